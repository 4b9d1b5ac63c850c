"""What is over and was not completed yet, and what came of completing many at once."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.db.models import Count, Exists, OuterRef, QuerySet, Sum

from core.actors import Actor
from core.walltime import MIDNIGHT, ONE_DAY, local_date, to_utc
from practice.models import Change
from scheduling.models import Appointment, Attendance, Charge
from scheduling.queries.charges import Asked, money, with_people
from scheduling.states import UNCOUNTED, AppointmentState, AttendanceState, Category, ChargeState

ACT = "visit.complete_many"
DAYS = 90  # looked for this far back, unless the address says from when
OPEN = (AppointmentState.SCHEDULED, AppointmentState.IN_SESSION)


def to_complete(
    by: Actor, asked: Asked, *, marked: bool, zone: ZoneInfo, now: dt.datetime
) -> QuerySet[Appointment]:
    """Past its end and somebody came, or may have. `marked`: of everybody it is said; else of somebody it is not."""
    first = asked.first_on or local_date(now, zone) - DAYS * ONE_DAY
    people = Attendance.objects.filter(appointment=OuterRef("pk"))
    unsaid = Exists(people.filter(state=AttendanceState.EXPECTED))
    here = Exists(people.filter(state=AttendanceState.ARRIVED))
    rows = (
        Appointment.objects.visible_to(by)
        .filter(state__in=OPEN, ends_at__lte=now, starts_at__gte=to_utc(first, MIDNIGHT, zone))
        .exclude(type__category=Category.ADMINISTRATIVE)
        .filter(here & ~unsaid if marked else unsaid)
    )
    if asked.last_on:
        rows = rows.filter(starts_at__lt=to_utc(asked.last_on + ONE_DAY, MIDNIGHT, zone))
    rows = rows.filter(provider=asked.provider) if asked.provider else rows
    return with_people(rows).order_by("-starts_at", "-pk")


def stands(visit: Appointment) -> str:
    """ "here", "3 here, 1 did not come, 2 not marked"."""
    states = [person.state for person in visit.attendances.all() if person.state not in UNCOUNTED]
    told = {
        "here": states.count(AttendanceState.ARRIVED),
        "did not come": states.count(AttendanceState.ABSENT),
        "not marked": states.count(AttendanceState.EXPECTED),
    }
    if len(states) == 1:
        return next(word for word, count in told.items() if count)
    return ", ".join(f"{count} {word}" for word, count in told.items() if count)


@dataclass(frozen=True, slots=True, kw_only=True)
class Came:
    """What one press did. `charged`: (state, its words, how many, how much); `left`: visits with why not.

    `undo`: while it may be taken back.
    """

    completed: int
    charged: Sequence[tuple[str, str, int, str]]
    left: Sequence[tuple[Appointment, str]]
    undo: Change | None
    is_undone: bool


def came_of(change_id: uuid.UUID, by: Actor, now: dt.datetime) -> Came | None:
    """None for anything but an own press of this button."""
    own = Change.objects.filter(pk=change_id, act=ACT, actor_kind=by.kind, actor_id=by.id)
    change = own.first()
    if change is None:
        return None
    why = {int(pk): words for pk, words in change.result["left"].items()}
    left = with_people(Appointment.objects.visible_to(by).filter(pk__in=why)).order_by("starts_at", "pk")
    return Came(
        completed=len(change.result["appointments"]),
        charged=[] if change.undone_at else _charged(change, by),
        left=[(visit, why[visit.pk]) for visit in left],
        undo=change if change.undone_at is None and now < change.undo_until else None,
        is_undone=change.undone_at is not None,
    )


def _charged(change: Change, by: Actor) -> list[tuple[str, str, int, str]]:
    """As they stand now. One query."""
    made = Charge.objects.visible_to(by).filter(change=change, reverses=None).with_state()
    rows = made.order_by().values("status").annotate(n=Count("id"), cents=Sum("amount_cents"))
    found = {row["status"]: row for row in rows}
    told = [(state, found[state]) for state in ChargeState if state in found]
    return [(state.value, state.label, row["n"], money(row["cents"])) for state, row in told]
