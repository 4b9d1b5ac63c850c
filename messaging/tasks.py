"""Doors for the worker. The rows are the promise: both are safe to run twice, at once, or not at all for a while."""

import threading

from celery import shared_task
from celery.worker import state

from core import clock, nudge
from messaging.operations import alarms, dispatch
from messaging.rehearsal.tasks import rehearsal_callbacks  # noqa: F401  the worker finds tasks only here

# One tick per process: a second one would only share its processor.
_sending = threading.Lock()


@shared_task(name="messaging.dispatch")
def dispatch_messages() -> None:
    """When there is more than one process can hold, others are asked to help."""
    if _sending.acquire(blocking=False):
        try:
            dispatch.tick(when_full=_call_others, is_stopping=_is_stopping)
        finally:
            _sending.release()


@shared_task(name="messaging.reap")
def reap_messages() -> None:
    dispatch.reap()


@shared_task(name="messaging.ring")
def ring_alarms() -> None:
    alarms.ring_again(clock.now())


def _call_others() -> None:
    nudge.after_commit("messaging.dispatch")


def _is_stopping() -> bool:
    """The worker was asked to end: what is under way is finished, the rest is left to others."""
    return any(asked not in (None, False) for asked in (state.should_stop, state.should_terminate))
