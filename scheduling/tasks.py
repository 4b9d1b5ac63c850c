from celery import shared_task

from scheduling import operations


@shared_task(name="scheduling.release_expired_holds")
def release_expired_holds() -> None:
    operations.release_expired_holds()


@shared_task(name="scheduling.watch_authorizations")
def watch_authorizations() -> None:
    operations.watch_authorizations()


@shared_task(name="scheduling.settle_replans")
def settle_replans() -> None:
    operations.settle_replans()
