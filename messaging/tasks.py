"""Doors for the worker. The rows are the promise: both are safe to run twice, at once, or not at all for a while."""

from celery import shared_task

from core import clock
from messaging.operations import alarms, dispatch
from messaging.rehearsal.tasks import rehearsal_callbacks  # noqa: F401  the worker finds tasks only here


@shared_task(name="messaging.dispatch")
def dispatch_messages() -> None:
    dispatch.tick()


@shared_task(name="messaging.reap")
def reap_messages() -> None:
    dispatch.reap()


@shared_task(name="messaging.ring")
def ring_alarms() -> None:
    alarms.ring_again(clock.now())
