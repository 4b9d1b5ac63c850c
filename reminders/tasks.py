"""Doors for the worker. The rows are the promise: safe to run twice, at once, or not at all for a while."""

from celery import shared_task

from reminders.operations.birthdays import sweep_birthdays
from reminders.operations.following import replan_all

MINUTES = 60


# Above the limit of other tasks: a changed schedule looks at every visit to come, in transactions of some hundreds.
@shared_task(name="reminders.replan", time_limit=10 * MINUTES)
def replan() -> None:
    replan_all()


@shared_task(name="reminders.birthdays")
def birthdays() -> None:
    sweep_birthdays()
