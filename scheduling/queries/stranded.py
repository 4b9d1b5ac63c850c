"""Booked visits that the hours, as they stand now, no longer hold. One engine says so: `rules.problems`."""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Q

from availability.queries import hours_of_days
from practice.models import Practice
from scheduling.models import Appointment
from scheduling.queries.problems import hours_of, wish_of
from scheduling.rules.facts import Facts, Hours
from scheduling.rules.problems import problems
from scheduling.states import AppointmentState

# What the hours alone decide; the other checks find nothing in facts that hold only hours.
BY_HOURS = frozenset({"outside_hours", "other_location", "no_telehealth_hours"})
AHEAD = (AppointmentState.HELD, AppointmentState.REQUESTED, AppointmentState.SCHEDULED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """Whose days a change of hours touches; `last` None for "from then on"."""

    provider_ids: frozenset[int]
    first: dt.date
    last: dt.date | None


@dataclass(frozen=True, slots=True)
class Stranded:
    visit: Appointment
    why: str


def visits_ahead(reach: Reach, *, practice: Practice, now: dt.datetime) -> list[Appointment]:
    """What is booked and has not begun, with everything a list of visits says. By start. Three queries."""
    start = max(now, dt.datetime.combine(reach.first, dt.time(), practice.tz))
    near = Q(starts_at__gte=start)
    if reach.last is not None:
        after = dt.datetime.combine(reach.last + dt.timedelta(days=1), dt.time(), practice.tz)
        near &= Q(starts_at__lt=after)
    rows = Appointment.objects.for_providers(reach.provider_ids).filter(near, state__in=AHEAD)
    shown = rows.select_related("type", "provider", "co_provider").prefetch_related("attendances__client")
    return list(shown.order_by("starts_at", "pk"))


def outside(visits: Sequence[Appointment], *, practice: Practice) -> dict[int, dict[str, str]]:
    """Visit → code → words, by the hours in the table now. One query, none without visits."""
    days = hours_of_days(
        (pk, visit.starts_at.astimezone(practice.tz).date()) for visit in visits for pk in visit.people
    )
    hours = {key: hours_of(day) for key, day in days.items()}
    return {visit.pk: _said(visit, hours, practice) for visit in visits}


def _said(visit: Appointment, hours: dict[tuple[int, dt.date], Hours], practice: Practice) -> dict[str, str]:
    on = visit.starts_at.astimezone(practice.tz).date()
    facts = Facts(
        place=wish_of(visit),
        buffer_before_minutes=0,
        buffer_after_minutes=0,
        names={one.pk: one.name for one in (visit.provider, visit.co_provider) if one is not None},
        hours={pk: hours[pk, on] for pk in visit.people},
        clock="%H:%M" if practice.clock_24h else "%-I:%M %p",
        zone=practice.tz,
    )
    return {p.code: p.message for p in problems(facts) if p.code in BY_HOURS}


def newly_stranded(
    visits: Iterable[Appointment], before: dict[int, dict[str, str]], after: dict[int, dict[str, str]]
) -> list[Stranded]:
    """Those that stood well before. One booked meanwhile counts as such."""
    return [
        Stranded(visit, next(iter(after[visit.pk].values())))
        for visit in visits
        if after[visit.pk].keys() - before.get(visit.pk, {}).keys()
    ]


def token_of(public_ids: Iterable[uuid.UUID]) -> str:
    """What a form brings back to say which visits its reader has seen. Empty for none."""
    ids = sorted(map(str, public_ids))
    return hashlib.sha256(" ".join(ids).encode()).hexdigest()[:32] if ids else ""
