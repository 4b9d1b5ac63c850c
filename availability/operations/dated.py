"""Dates that differ: extra hours, absences, and days the practice or a location is closed."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import asdict

from availability.models import Closure, DatedException
from availability.operations.acting import Acted, add, done, done_before, lock_providers, refuse_reversed
from availability.operations.added import telling_added
from availability.permissions import may_change_closures, may_change_hours
from availability.rules.wishes import ClosureWish
from availability.states import ExceptionKind
from core.actors import Actor
from core.refusals import Refusal
from practice.models import Provider
from practice.operations.acting import begin, operation
from practice.permissions import require


@operation("exception.add", "provider")
def add_exception(
    provider_id: int,
    *,
    on: dt.date,
    kind: str,
    starts_at: dt.time,
    ends_at: dt.time,
    location_id: int | None = None,
    reason: str = "",
    by: Actor,
    change_id: uuid.UUID | None = None,
) -> Acted:
    """One date that differs; 00:00 to 23:59 is the whole day.

    Raises NotAllowed; Refusal when the date already has one of this kind at that time; AlreadyUsed.
    """
    row = DatedException(
        provider_id=provider_id,
        on=on,
        kind=kind,
        starts_at=starts_at,
        ends_at=ends_at,
        location_id=location_id,
        reason=reason.strip(),
    )
    content = {"provider": provider_id, "on": on, "kind": kind, "starts_at": starts_at, "ends_at": ends_at}
    acting = begin("exception.add", change_id, by, content | {"location": location_id, "reason": row.reason})
    if acting.repeat:
        return done_before(acting, DatedException)
    require(may_change_hours(by, provider_id))
    refuse_reversed(starts_at, ends_at)
    lock_providers([provider_id])
    refuse_overlapping(row)
    with telling_added(acting, [provider_id], on, on):
        add(acting, "exception.added", row)
    return done(acting, [provider_id], on, on, row)


def refuse_overlapping(row: DatedException) -> None:
    """Raises Refusal. Under the provider's lock it is the truth, in a form only a courtesy."""
    others = DatedException.objects.filter(provider=row.provider_id, on=row.on, kind=row.kind)
    other = others.filter(starts_at__lt=row.ends_at, ends_at__gt=row.starts_at).first()
    if other is not None:
        what = ExceptionKind(row.kind).label.lower()
        raise Refusal(
            f"That day already says “{what}” from {other.starts_at:%H:%M} to {other.ends_at:%H:%M}.",
            field="starts_at",
            remedy="Take that one away first, or choose other times.",
        )


@operation("exception.remove", "datedexception")
def remove_exception(exception_id: int, *, by: Actor, change_id: uuid.UUID | None = None) -> Acted:
    """Raises NotAllowed, AlreadyUsed, Refusal when somebody else removed it already."""
    acting = begin("exception.remove", change_id, by, {"exception": exception_id})
    if acting.repeat:
        return done_before(acting)
    row = DatedException.objects.select_for_update().filter(pk=exception_id).first()
    if row is None:
        raise _gone()
    require(may_change_hours(by, row.provider_id))
    with telling_added(acting, [row.provider_id], row.on, row.on):
        acting.removed("exception.removed", row)
    return done(acting, [row.provider_id], row.on, row.on)


@operation("closure.add", "closure")
def add_closure(
    *,
    first_on: dt.date,
    last_on: dt.date,
    reason: str,
    location_id: int | None = None,
    by: Actor,
    change_id: uuid.UUID | None = None,
) -> Acted:
    """Whole days, both included, everywhere or at one location. Raises NotAllowed, Refusal, AlreadyUsed."""
    row = Closure(location_id=location_id, first_on=first_on, last_on=last_on, reason=reason.strip())
    content = {"location": location_id, "first": first_on, "last": last_on, "reason": row.reason}
    acting = begin("closure.add", change_id, by, content)
    if acting.repeat:
        return done_before(acting, Closure)
    require(may_change_closures(by))
    _refuse_reversed_days(first_on, last_on)
    add(acting, "closure.added", row)
    return done(acting, _everybody(), first_on, last_on, row)


@operation("closures.add", "closure")
def add_closures(wishes: Sequence[ClosureWish], *, by: Actor, change_id: uuid.UUID | None = None) -> Acted:
    """Several at once, such as a year's holidays: one act, taken back as one. Raises as `add_closure`."""
    acting = begin("closures.add", change_id, by, {"closures": [asdict(wish) for wish in wishes]})
    if acting.repeat:
        return done_before(acting)
    require(may_change_closures(by))
    if not wishes:
        raise Refusal("Nothing was chosen.", remedy="Tick at least one day.")
    for wish in wishes:
        _refuse_reversed_days(wish.first_on, wish.last_on)
        add(acting, "closure.added", Closure(**asdict(wish)))
    first, last = min(w.first_on for w in wishes), max(w.last_on for w in wishes)
    return done(acting, _everybody(), first, last)


@operation("closure.remove", "closure")
def remove_closure(closure_id: int, *, by: Actor, change_id: uuid.UUID | None = None) -> Acted:
    """Raises NotAllowed, AlreadyUsed, Refusal when somebody else removed it already."""
    acting = begin("closure.remove", change_id, by, {"closure": closure_id})
    if acting.repeat:
        return done_before(acting)
    require(may_change_closures(by))
    row = Closure.objects.select_for_update().filter(pk=closure_id).first()
    if row is None:
        raise _gone()
    everybody = _everybody()
    with telling_added(acting, everybody, row.first_on, row.last_on):
        acting.removed("closure.removed", row)
    return done(acting, everybody, row.first_on, row.last_on)


def _refuse_reversed_days(first_on: dt.date, last_on: dt.date) -> None:
    if last_on < first_on:
        raise Refusal("The last day must not come before the first.", field="last_on", remedy="Swap them.")


def _everybody() -> list[int]:
    return list(Provider.objects.active().order_by("pk").values_list("pk", flat=True))


def _gone() -> Refusal:
    return Refusal("This is no longer there.", remedy="Look at the list again.")
