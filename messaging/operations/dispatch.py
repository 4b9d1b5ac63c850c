"""One tick: let every app promote what is due, claim, send. And the sweep that clears up after dead processes."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import structlog
from django.db import transaction

from core import clock
from messaging import purposes
from messaging.operations import banner, claiming, events, expiring, polling, verifying
from messaging.operations.failures import report
from messaging.operations.gates import gates
from messaging.operations.posting import Post
from messaging.purposes import Purpose

log = structlog.get_logger(__name__)

PROMOTE_LIMIT = 500
TICK_SECONDS = 20.0  # well below the task's time limit: whatever is left is the next tick's
# Decided on together: enough that a batch's queries cost little each, few enough to be posted within half a lease.
DECIDED_AT_ONCE = 100


@dataclass(slots=True)
class Tally:
    """What a tick did. `failed` counts what raised; nothing of that is lost, but somebody should look."""

    promoted: int = 0
    claimed: int = 0
    released: int = 0
    doubted: int = 0
    verified: int = 0
    polled: int = 0
    expired: int = 0
    events: int = 0
    failed: int = 0


def _nothing() -> None:
    pass


def _never() -> bool:
    return False


def tick(
    now: datetime | None = None,
    *,
    seconds: float = TICK_SECONDS,
    when_full: Callable[[], None] = _nothing,
    is_stopping: Callable[[], bool] = _never,
) -> Tally:
    """Work until nothing is due or `seconds` are over. Any number may run at once, with or without a broker.

    `now` decides what is due; each batch reads the clock again before it is sent. when_full: called once, when
    there is more than one process can hold. is_stopping: asked between batches; what is under way is finished.
    """
    tally, owner, end = Tally(), claiming.new_owner(), time.monotonic() + seconds
    now = now or clock.now()

    def is_over() -> bool:
        return is_stopping() or time.monotonic() > end

    with Post(owner) as post:
        while True:
            tally.promoted += (promoted := _promote_all(now, tally))
            ids = _claim(owner, now)
            tally.claimed += len(ids)
            if len(ids) >= claiming.BATCH:
                when_full()
                when_full = _nothing
            _send(ids, post, is_over)
            if is_over() or not (promoted or ids):
                break
            now = max(now, clock.now())
    tally.failed += post.failed
    return tally


def reap(now: datetime | None = None) -> Tally:
    """Take back what dead processes held, settle what is in doubt, act on callbacks that came too early or never."""
    now = now or clock.now()
    banner.show()
    return Tally(
        released=claiming.release_lapsed_claims(now),
        doubted=claiming.doubt_lapsed_sends(now),
        verified=verifying.verify_due(now),
        polled=polling.poll_silent(now),
        expired=expiring.expire_overdue(now) + expiring.give_way(now),
        events=events.process_waiting(now),
    )


def _claim(owner: str, now: datetime) -> list[int]:
    """Idle it is one query; only then is it asked what carriers can take."""
    return claiming.claim(owner, now=now, most=gates(now)) if claiming.anything_due(now) else []


def _send(ids: list[int], post: Post, is_over: Callable[[], bool]) -> None:
    for first in range(0, len(ids), DECIDED_AT_ONCE):
        if first and is_over():
            claiming.release(post.owner)
            return
        post.send(ids[first : first + DECIDED_AT_ONCE])


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
