"""One tick: let every app promote what is due, claim, send. And the sweep that clears up after dead processes."""

import contextvars
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

import structlog
from django.conf import settings
from django.db import connection, transaction

from core import clock
from messaging import purposes
from messaging.operations import claiming, events, verifying
from messaging.operations.failures import report
from messaging.operations.sending import send_claimed
from messaging.purposes import Purpose

log = structlog.get_logger(__name__)

PROMOTE_LIMIT = 500
TICK_SECONDS = 20.0  # well below the task's time limit: whatever is left is the next tick's


@dataclass(slots=True)
class Tally:
    """What a tick did. `failed` counts what raised; nothing of that is lost, but somebody should look."""

    promoted: int = 0
    claimed: int = 0
    released: int = 0
    doubted: int = 0
    verified: int = 0
    events: int = 0
    failed: int = 0


def tick(now: datetime | None = None, *, seconds: float = TICK_SECONDS) -> Tally:
    """Work until nothing is due or `seconds` are over. Any number may run at once, with or without a broker.

    `now` decides what is due; each row reads the clock again before it is sent.
    """
    tally, until, owner = Tally(), time.monotonic() + seconds, claiming.new_owner()
    now = now or clock.now()
    while True:
        tally.promoted += (promoted := _promote_all(now, tally))
        ids = claiming.claim(owner, now=now)
        tally.claimed += len(ids)
        tally.failed += _send_all(ids, owner)
        if not (promoted or ids) or time.monotonic() > until:
            return tally
        now = max(now, clock.now())


def reap(now: datetime | None = None) -> Tally:
    """Take back what dead processes held, settle what is in doubt, and act on callbacks that came too early."""
    now = now or clock.now()
    return Tally(
        released=claiming.release_lapsed_claims(now),
        doubted=claiming.doubt_lapsed_sends(now),
        verified=verifying.verify_due(now),
        events=events.process_waiting(now),
    )


def _promote_all(now: datetime, tally: Tally) -> int:
    return sum(_promote(purpose, now, tally) for purpose in purposes.all() if purpose.promote)


def _promote(purpose: Purpose, now: datetime, tally: Tally) -> int:
    """One app's mistake must not silence the others."""
    try:
        with transaction.atomic():
            return purpose.promote(now, PROMOTE_LIMIT) if purpose.promote else 0
    except Exception as error:
        report("promote_failed", error, purpose=purpose.name)
        tally.failed += 1
        return 0


def _send_all(ids: list[int], owner: str) -> int:
    """How many raised. Their rows are still leased; the reaper takes them from here."""
    # Another connection would not see rows of an open transaction (a test's), so then it is done right here.
    if len(ids) < 2 or settings.MESSAGE_SENDERS < 2 or connection.in_atomic_block:
        return sum(not _send_one(message_id, owner) for message_id in ids)
    with ThreadPoolExecutor(settings.MESSAGE_SENDERS, thread_name_prefix="send") as pool:
        # The context carries a frozen clock into the threads.
        jobs = [pool.submit(contextvars.copy_context().run, _in_thread, i, owner) for i in ids]
    return sum(not job.result() for job in jobs)


def _in_thread(message_id: int, owner: str) -> bool:
    try:
        return _send_one(message_id, owner)
    finally:
        connection.close()  # this thread's own


def _send_one(message_id: int, owner: str) -> bool:
    try:
        send_claimed(message_id, owner=owner)
    except Exception as error:
        report("send_failed", error, message=message_id)
        return False
    return True
