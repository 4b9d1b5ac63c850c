"""Being away: asked for, changed, decided by somebody else, withdrawn.

Granting is half of an act: `scheduling` decides in the same one what becomes of the visits, so it brings its Acting.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

from django.db import IntegrityError, transaction

from availability.models import TIME_OFF_ONCE, TimeOff
from availability.operations.acting import Acted, add, done, done_before, lock_providers, send_news
from availability.operations.added import telling_added
from availability.permissions import (
    SUDDEN,
    may_ask_time_off,
    may_decide_time_off,
    may_withdraw_time_off,
)
from availability.rules.wishes import TimeOffWish
from availability.states import TimeOffKind, TimeOffState
from core.actors import Actor
from core.refusals import Refusal, StaleEdit
from core.walltime import local_date
from messaging.operations.tasks import raise_task
from messaging.states import TaskKind
from practice.operations.acting import Acting, begin, operation
from practice.operations.images import image
from practice.permissions import require
from practice.queries import the_practice

NOT_ONES_OWN = "Somebody else has to decide on this. Nobody decides on their own time off."


@operation("time_off.ask", "provider")
def ask_time_off(
    provider_id: int, wish: TimeOffWish, *, by: Actor, change_id: uuid.UUID | None = None
) -> Acted:
    """Raises NotAllowed, AlreadyUsed, Refusal where it overlaps other time off, or has passed."""
    acting = begin("time_off.ask", change_id, by, {"provider": provider_id, **asdict(wish)})
    if acting.repeat:
        return done_before(acting, TimeOff)
    require(may_ask_time_off(by, provider_id))
    lock_providers([provider_id])
    _refuse_past(wish, acting.now)
    row = TimeOff(provider_id=provider_id, asked_at=acting.now, asked_by_id=by.id or 0, **_columns(wish))
    with _once():
        add(acting, "time_off.asked", row)
    _call_for_a_decision(acting, row)
    return _told(acting, row)


def _call_for_a_decision(acting: Acting, row: TimeOff) -> None:
    """Who reports their own illness of today may not settle it: somebody at the desk has to know at once."""
    is_sudden = row.kind == TimeOffKind.SICK and row.starts_at < acting.now + SUDDEN
    if is_sudden and not may_decide_time_off(acting.by, row, acting.now):
        raise_task(TaskKind.TIME_OFF, now=acting.now, change=acting.change)


@operation("time_off.edit", "timeoff")
def edit_time_off(
    time_off_id: int,
    wish: TimeOffWish,
    *,
    edition: int | None = None,
    by: Actor,
    change_id: uuid.UUID | None = None,
) -> Acted:
    """Only while nobody has decided. Raises NotAllowed, StaleEdit, AlreadyUsed, Refusal as `ask_time_off`."""
    acting = begin("time_off.edit", change_id, by, {"time_off": time_off_id, **asdict(wish)})
    if acting.repeat:
        return done_before(acting, TimeOff)
    row = locked_time_off(time_off_id, edition=edition)
    require(may_ask_time_off(by, row.provider_id))
    _refuse_decided(row)
    _refuse_past(wish, acting.now)
    before = image(row)
    for name, value in _columns(wish).items():
        setattr(row, name, value)
    _save(acting, "time_off.edited", row, before)
    return _told(acting, row)


@operation("time_off.deny", "timeoff")
def deny_time_off(
    time_off_id: int,
    *,
    reason: str,
    edition: int | None = None,
    by: Actor,
    change_id: uuid.UUID | None = None,
) -> Acted:
    """Raises NotAllowed, StaleEdit, AlreadyUsed, Refusal without a reason or when it was decided already."""
    acting = begin("time_off.deny", change_id, by, {"time_off": time_off_id, "reason": reason})
    if acting.repeat:
        return done_before(acting, TimeOff)
    row = locked_time_off(time_off_id, edition=edition)
    require(may_decide_time_off(by, row, acting.now), NOT_ONES_OWN)
    _refuse_decided(row)
    if not reason.strip():
        raise Refusal("Say why it cannot be.", field="reason", remedy="A few words are enough.")
    before = image(row)
    row.state, row.decision_reason = TimeOffState.DENIED, reason.strip()
    row.decided_at, row.decided_by_id = acting.now, by.id
    _save(acting, "time_off.denied", row, before)
    return _told(acting, row)


def grant_time_off(acting: Acting, row: TimeOff, *, reason: str = "") -> dict[str, Any]:
    """The hours close now. For `scheduling.operations`, inside its act and with `row` locked.

    Answers what belongs into the Change's result, so that Undo finds the days. Raises NotAllowed, Refusal.
    """
    require(may_decide_time_off(acting.by, row, acting.now), NOT_ONES_OWN)
    _refuse_decided(row)
    before = image(row)
    row.state, row.decision_reason = TimeOffState.GRANTED, reason.strip()
    row.decided_at, row.decided_by_id = acting.now, acting.by.id
    _save(acting, "time_off.granted", row, before)
    return facts_of(row)


def tell_granted(acting: Acting) -> None:
    """Once the Change has its result."""
    send_news(acting.change, acting.now)


def withdraw_time_off(acting: Acting, row: TimeOff) -> dict[str, Any]:
    """Not away after all; of granted time off the hours come back. As `grant_time_off`, with `row` locked."""
    require(may_withdraw_time_off(acting.by, row))
    if row.state not in (TimeOffState.PENDING, TimeOffState.GRANTED):
        raise Refusal("This was decided already.", remedy="Look at it again.")
    if row.ends_at <= acting.now:
        raise Refusal("This has passed and stays on record.")
    before, facts = image(row), facts_of(row)
    first, last = (dt.date.fromisoformat(facts[name]) for name in ("first", "last"))
    with telling_added(acting, [row.provider_id], first, last):
        row.state, row.withdrawn_at, row.withdrawn_by_id = (
            TimeOffState.WITHDRAWN,
            acting.now,
            acting.by.id,
        )
        _save(acting, "time_off.withdrawn", row, before)
    return facts


def facts_of(row: TimeOff) -> dict[str, Any]:
    """Whose hours it touches, on which of the practice's days."""
    zone = the_practice().tz
    last = row.ends_at - dt.timedelta(minutes=1)
    return {
        "providers": [row.provider_id],
        "first": local_date(row.starts_at, zone).isoformat(),
        "last": local_date(last, zone).isoformat(),
        "row": row.pk,
    }


def locked_time_off(time_off_id: int, *, edition: int | None = None) -> TimeOff:
    """Under its provider's lock. Raises StaleEdit when `edition` is not the row's."""
    seen = TimeOff.objects.filter(pk=time_off_id).values_list("provider_id", flat=True).first()
    if seen is None:
        raise Refusal("This is no longer there.", remedy="Look at the list again.")
    lock_providers([seen])
    row = TimeOff.objects.select_for_update(no_key=True).get(pk=time_off_id)
    if edition is not None and row.edition != edition:
        raise StaleEdit(
            "Somebody changed this since you opened it.", remedy="Look at what it says now, then try again."
        )
    return row


def _told(acting: Acting, row: TimeOff) -> Acted:
    facts = facts_of(row)
    first, last = (dt.date.fromisoformat(facts[name]) for name in ("first", "last"))
    return done(acting, facts["providers"], first, last, row)


def _save(acting: Acting, act: str, row: TimeOff, before: Any) -> None:
    row.edition += 1
    with _once():
        acting.saved(act, row, before)


@contextmanager
def _once() -> Iterator[None]:
    """The database's own no to an overlap. Raises Refusal."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        if getattr(getattr(error.__cause__, "diag", None), "constraint_name", None) != TIME_OFF_ONCE:
            raise
        raise Refusal(
            "There is other time off in these days.",
            field="first_on",
            remedy="Change that one, or choose other days.",
        ) from error


def _columns(wish: TimeOffWish) -> dict[str, Any]:
    """In UTC, as they would come back from the table: Undo compares what the history says with what stands."""
    utc = {name: getattr(wish, name).astimezone(dt.UTC) for name in ("starts_at", "ends_at")}
    return asdict(wish) | utc


def _refuse_decided(row: TimeOff) -> None:
    if not row.is_pending:
        raise Refusal("This was decided already.", remedy="Look at what it says now.")


def _refuse_past(wish: TimeOffWish, now: dt.datetime) -> None:
    if wish.ends_at <= now:
        raise Refusal("These days have passed.", field="last_on", remedy="Choose days to come.")
