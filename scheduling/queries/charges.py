"""The biller's worklist: what is charged, what is not, what is missing and who can mend it."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet

from core.actors import Actor
from practice.models import Client
from practice.permissions import may
from scheduling.models import Appointment, Attendance, Charge
from scheduling.querysets import ChargeQuerySet
from scheduling.states import (
    TOGETHER,
    AppointmentState,
    AttendanceState,
    BillingMode,
    Category,
    ChargeKind,
    ChargeState,
)

# Completed visits without a charge are looked for this far back, unless the address says from when.
UNCHARGED_DAYS = 90
# Before this nothing can be charged.
NOT_YET = (AppointmentState.HELD, AppointmentState.REQUESTED, AppointmentState.RELEASED)
OPEN = (ChargeState.PROPOSED, ChargeState.MISSING, ChargeState.READY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Dates are the practice's, both included. batch: the export somebody looks at again."""

    states: Sequence[str] = ()
    first_on: dt.date | None = None
    last_on: dt.date | None = None
    provider: int | None = None
    kind: str = ""
    batch: uuid.UUID | None = None


def charges(by: Actor, asked: Asked) -> ChargeQuerySet:
    """Newest service first, with all a line says of them. Two queries when read."""
    rows = narrowed(Charge.objects.visible_to(by).with_state(), asked)
    if asked.states:
        rows = rows.filter(status__in=asked.states)
    return with_all(rows).order_by("-served_on", "-id")


def narrowed(rows: ChargeQuerySet, asked: Asked) -> ChargeQuerySet:
    wanted: dict[str, Any] = {
        "served_on__gte": asked.first_on,
        "served_on__lte": asked.last_on,
        "provider": asked.provider,
        "kind": asked.kind or None,
        "exported_by_change": asked.batch,
    }
    return rows.filter(**{name: value for name, value in wanted.items() if value is not None})


def with_all(rows: ChargeQuerySet) -> ChargeQuerySet:
    people = Attendance.objects.select_related("client").order_by("pk")
    return rows.select_related(
        "attendance__client",
        "attendance__appointment__type",
        "attendance__appointment__location",
        "appointment__type",
        "appointment__location",
        "provider",
        "supervising_provider",
        "authorization",
        "decided_by",
        "reverses",
    ).prefetch_related(Prefetch("appointment__attendances", people))


def tallies(by: Actor, asked: Asked) -> dict[str, int]:
    """How many stand in each state that asks for work. One query, over the partial index of what is open."""
    rows = narrowed(Charge.objects.visible_to(by).with_state(), asked)
    counted = rows.filter(exported_at=None, reversed_at=None, status__in=OPEN).order_by().values("status")
    found = dict(counted.annotate(n=Count("id")).values_list("status", "n"))
    return {state.value: found.get(state, 0) for state in OPEN}


def uncharged(by: Actor, asked: Asked, *, zone: dt.tzinfo, today: dt.date) -> QuerySet[Appointment]:
    """Completed, billable, somebody was here, and no charge was ever made; a charge taken back for good is one."""
    first = asked.first_on or today - dt.timedelta(days=UNCHARGED_DAYS)
    services = Charge.objects.filter(kind=ChargeKind.SERVICE)
    here = Attendance.objects.filter(appointment=OuterRef("pk"), state=AttendanceState.ATTENDED)
    alone = here.filter(~Exists(services.filter(attendance=OuterRef("pk"))))
    rows = (
        Appointment.objects.visible_to(by)
        .filter(
            Q(billing_mode=BillingMode.PER_ATTENDANCE) & Exists(alone)
            | Q(billing_mode=BillingMode.PER_MEETING)
            & Exists(here)
            & ~Exists(services.filter(appointment=OuterRef("pk"))),
            state=AppointmentState.COMPLETED,
            type__is_billable=True,
            starts_at__gte=dt.datetime.combine(first, dt.time(), zone),
        )
        .exclude(type__category=Category.ADMINISTRATIVE)
    )
    if asked.last_on:
        end = dt.datetime.combine(asked.last_on + dt.timedelta(days=1), dt.time(), zone)
        rows = rows.filter(starts_at__lt=end)
    return rows.filter(provider=asked.provider) if asked.provider else rows


def with_people(rows: QuerySet[Appointment]) -> QuerySet[Appointment]:
    people = Attendance.objects.select_related("client").order_by("pk")
    return rows.select_related("type", "provider").prefetch_related(Prefetch("attendances", people))


def visit_of(charge: Charge) -> Appointment:
    visit = charge.attendance.appointment if charge.attendance else charge.appointment
    assert visit is not None  # noqa: S101  the CHECK says so
    return visit


def billed_client(charge: Charge) -> Client | None:
    """Whose record it goes to: of a couple or family the first who came, of a group at a flat rate nobody."""
    if charge.attendance:
        return charge.attendance.client
    visit = visit_of(charge)
    if visit.type.category not in TOGETHER:
        return None
    people: Iterable[Attendance] = visit.attendances.all()
    came = [p for p in people if p.state == AttendanceState.ATTENDED] or list(people)
    return came[0].client if came else None


def charged(visit: Appointment, by: Actor) -> list[Charge]:
    """What stands of one visit, as far as `by` may know. No query where nothing can stand or nobody may look."""
    if not may(by, "charge.see") or visit.state in NOT_YET:
        return []
    rows = Charge.objects.visible_to(by).standing().of_visits([visit.pk]).with_state()
    return list(rows.order_by("pk"))


def charge_line(rows: Sequence[Charge]) -> tuple[str, str]:
    """A quiet line of the panel: what and how much, and below where it stands."""
    if not rows:
        return "", ""
    known = [row.amount_cents for row in rows if row.amount_cents is not None]
    what = what_of(rows[0]) if len(rows) == 1 else f"{len(rows)} charges"
    states = Counter(ChargeState(row.status).label for row in rows)  # type: ignore[attr-defined]  # annotated
    told = [label if len(rows) == 1 else f"{n} {label.lower()}" for label, n in states.items()]
    return f"{what} · {money(sum(known) if known else None)}", ", ".join(told)


def what_of(charge: Charge) -> str:
    is_fee = charge.kind != ChargeKind.SERVICE
    return (
        charge.get_kind_display() if is_fee else "-".join([charge.cpt_code or "No code", *charge.modifiers])
    )


def money(cents: int | None) -> str:
    if cents is None:
        return "no rate"
    sign = "−" if cents < 0 else ""
    return f"{sign}${abs(cents) / 100:,.2f}"
