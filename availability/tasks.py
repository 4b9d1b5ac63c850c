"""Doors for the worker. The rows are the promise: safe to run twice, at once, or not at all for a while."""

from celery import shared_task

from availability.operations import outside


@shared_task(name="availability.fetch_outside_calendars", soft_time_limit=240, time_limit=300)
def fetch_outside_calendars() -> None:
    outside.fetch_due()
