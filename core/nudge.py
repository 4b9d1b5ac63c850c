"""Wake a worker after commit, by task name. A nudge is a courtesy: the row is the promise, the next sweep finds it."""

import structlog
from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

log = structlog.get_logger(__name__)


def after_commit(task: str, *ids: int) -> None:
    """Ask for `task` once this transaction has committed; `ids` are primitive keys, never personal data."""
    transaction.on_commit(lambda: _send(task, ids), robust=True)


def _send(task: str, ids: tuple[int, ...]) -> None:
    try:
        current_app.send_task(task, args=ids, expires=30, retry=False, ignore_result=True)
    except (OperationalError, OSError):
        log.warning("nudge_lost", task=task)
