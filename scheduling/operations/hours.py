"""Acts on hours that look at the visits booked into them, which `availability` may not know of."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Sequence
from typing import Any

from django.db import transaction

from availability import operations as hours
from availability.models import DatedException
from availability.operations import Acted as HoursActed
from availability.rules.wishes import ClosureWish, WeekBlock
from core import clock
from core.actors import Actor
from core.refusals import Refusal
from core.walltime import local_date
from practice.models import Provider
from practice.operations.acting import operation
from practice.queries import one_practice, the_practice
from scheduling.queries.stranded import (
    Reach,
    Stranded,
    newly_stranded,
    outside,
    token_of,
    visits_ahead,
)


class Strands(Refusal):
    """Not a no but a question: these visits would lie outside the hours. Nothing is kept until they were seen."""

    code = "strands"

    def __init__(self, stranded: Sequence[Stranded]) -> None:
        count = len(stranded)
        visits = "1 booked visit" if count == 1 else f"{count} booked visits"
        super().__init__(f"{visits} would lie outside these hours.", remedy="Look at them, then save again.")
        self.stranded = list(stranded)
        self.token = token_of(one.visit.public_id for one in stranded)


@operation("hours.set", "provider")
def set_week(
    provider_id: int,
    blocks: Sequence[WeekBlock],
    *,
    from_on: dt.date,
    seen: str = "",
    by: Actor,
    change_id: uuid.UUID | None = None,
) -> HoursActed:
    """`availability.operations.set_week`, from today on or later.

    `seen`: the token of a former Strands. Raises Strands, NotAllowed, Refusal, AlreadyUsed.
    """
    reach = Reach(provider_ids=frozenset({provider_id}), first=from_on, last=None)
    if from_on < local_date(clock.now(), the_practice().tz):
        raise Refusal(
            "Hours that have passed stay as they were.",
            field="from_on",
            remedy="Choose today or a later day.",
        )
    return _looking(
        lambda: hours.set_week(provider_id, blocks, from_on=from_on, by=by, change_id=change_id), reach, seen
    )


@operation("exception.add", "provider")
def add_exception(
    provider_id: int,
    *,
    on: dt.date,
    seen: str = "",
    by: Actor,
    change_id: uuid.UUID | None = None,
    **facts: Any,
) -> HoursActed:
    """As that of `availability`, with `seen`. Raises Strands besides."""
    reach = Reach(provider_ids=frozenset({provider_id}), first=on, last=on)
    return _looking(
        lambda: hours.add_exception(provider_id, on=on, by=by, change_id=change_id, **facts), reach, seen
    )


@operation("exception.remove", "datedexception")
def remove_exception(
    exception_id: int, *, seen: str = "", by: Actor, change_id: uuid.UUID | None = None
) -> HoursActed:
    """Extra hours that go may hold visits. Raises Strands besides."""
    row = DatedException.objects.filter(pk=exception_id).first()
    reach = Reach(provider_ids=frozenset({row.provider_id}), first=row.on, last=row.on) if row else None
    return _looking(lambda: hours.remove_exception(exception_id, by=by, change_id=change_id), reach, seen)


@operation("closures.add", "closure")
def add_closures(
    wishes: Sequence[ClosureWish], *, seen: str = "", by: Actor, change_id: uuid.UUID | None = None
) -> HoursActed:
    """As that of `availability`, with `seen`. Raises Strands besides."""
    reach = None
    if wishes:
        everybody = frozenset(Provider.objects.active().values_list("pk", flat=True))
        first, last = min(w.first_on for w in wishes), max(w.last_on for w in wishes)
        reach = Reach(provider_ids=everybody, first=first, last=last)
    return _looking(lambda: hours.add_closures(wishes, by=by, change_id=change_id), reach, seen)


def remove_closure(closure_id: int, *, by: Actor, change_id: uuid.UUID | None = None) -> HoursActed:
    """Days that open again strand nobody."""
    return hours.remove_closure(closure_id, by=by, change_id=change_id)


def strands_of_week(
    provider_id: int, blocks: Sequence[WeekBlock], *, from_on: dt.date, by: Actor
) -> list[Stranded]:
    """A dry run: who would be stranded. Nothing is kept, whatever comes of it. Raises as `set_week`."""
    reach = Reach(provider_ids=frozenset({provider_id}), first=from_on, last=None)
    try:
        with transaction.atomic():
            _looking(lambda: hours.set_week(provider_id, blocks, from_on=from_on, by=by), reach, "")
            transaction.set_rollback(True)
    except Strands as question:
        return question.stranded
    return []


def _looking(act: Callable[[], HoursActed], reach: Reach | None, seen: str) -> HoursActed:
    """Act, look at what it did to visits, and take it all back unless its reader has seen just these visits.

    The look before takes no lock: a visit booked meanwhile is judged by the hours after.
    """
    with one_practice(), transaction.atomic():
        if reach is None:
            return act()
        practice, now = the_practice(), clock.now()
        before = outside(visits_ahead(reach, practice=practice, now=now), practice=practice)
        acted = act()
        if acted.repeated:
            return acted
        visits = visits_ahead(reach, practice=practice, now=now)
        stranded = newly_stranded(visits, before, outside(visits, practice=practice))
        if stranded and token_of(one.visit.public_id for one in stranded) != seen:
            raise Strands(stranded)
        return acted


__all__ = ["Strands", "add_closures", "add_exception", "remove_closure", "remove_exception", "set_week"]
