"""Doors for the worker. Offers are made by the dispatcher's tick; these only tidy, and are safe to run twice."""

from celery import shared_task

from waitlist.operations.ageing import expire_entries, rescore


@shared_task(name="waitlist.age")
def age() -> None:
    rescore()
    expire_entries()
