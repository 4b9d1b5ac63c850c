from celery import shared_task

from practice.operations.forgetting import forget_texts


@shared_task(name="practice.forget_texts")
def forget_former_texts() -> None:
    forget_texts()
