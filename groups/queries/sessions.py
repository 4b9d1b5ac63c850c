"""Which appointments are sessions of a group, and which more there could be."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, Q

from groups.models import Group
from groups.rules import rhythm as rhythm_rules
from groups.states import MemberState
from scheduling.models import Appointment, Series
from scheduling.queries.series import Line, pattern_of
from scheduling.querysets import AppointmentQuerySet
from scheduling.rules.recurrence import Pattern, Rhythm
from scheduling.rules.wishes import Wish
from scheduling.states import UNCOUNTED, AppointmentState, AttendanceState, Source

CAME = (AttendanceState.ARRIVED, AttendanceState.ATTENDED)


def sessions_of(group: Group) -> AppointmentQuerySet:
    """All of them, cancelled ones too."""
    return Appointment.objects.filter(meeting__group=group)


def ahead_of(group: Group, now: dt.datetime) -> list[Appointment]:
    """Still to come and standing, in order: what a change of the roster reaches."""
    rows = sessions_of(group).filter(starts_at__gt=now, state=AppointmentState.SCHEDULED)
    return list(rows.order_by("starts_at", "pk"))


def has_begun(group: Group, now: dt.datetime) -> bool:
    return sessions_of(group).shown().filter(starts_at__lte=now).exists()


def members_coming(group: Group) -> list[int]:
    """Whoever has a place and is not on hold: they stand on every session that is planned now."""
    rows = group.memberships.filter(state=MemberState.ENROLLED)
    return list(rows.order_by("client").values_list("client_id", flat=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One session as the group's page lists it. `number` counts the sessions that stand, from 1."""

    visit: Appointment
    number: int
    total: int
    coming: int
    came: int
    absent: int
    flag: str

    @property
    def is_done(self) -> bool:
        return self.visit.state == AppointmentState.COMPLETED

    @property
    def is_missed(self) -> bool:
        """Nobody came: there is nothing to complete."""
        return 0 < self.coming == self.absent


@dataclass(frozen=True, slots=True, kw_only=True)
class Sessions:
    """`today`: on now, or later today; `open`: past and not completed yet."""

    ahead: Sequence[Session] = ()
    past: Sequence[Session] = ()
    total: int = 0
    left: int = 0

    @property
    def next(self) -> Session | None:
        return self.ahead[0] if self.ahead else None


def sessions_shown(group: Group, now: dt.datetime, *, most: int = 6) -> Sessions:
    """The next few and the last few that stand. Two queries, however many there are."""
    marks = list(sessions_of(group).shown().order_by("starts_at", "pk").values_list("pk", "ends_at"))
    first = next((n for n, (_, ends_at) in enumerate(marks) if ends_at > now), len(marks))
    wanted = marks[max(first - most, 0) : first + most]
    rows = _rows([pk for pk, _ in wanted])
    numbers = {pk: n for n, (pk, _) in enumerate(marks, 1)}
    made = {pk: _session(rows[pk], numbers[pk], len(marks)) for pk, _ in wanted}
    return Sessions(
        ahead=[made[pk] for pk, _ in marks[first : first + most]],
        past=[made[pk] for pk, _ in reversed(marks[max(first - most, 0) : first])],
        total=len(marks),
        left=len(marks) - first,
    )


def _rows(ids: Sequence[int]) -> dict[int, Appointment]:
    if not ids:
        return {}
    coming = ~Q(attendances__state__in=UNCOUNTED)
    rows = Appointment.objects.filter(pk__in=ids).annotate(
        coming=Count("attendances", filter=coming & Q(attendances__isnull=False)),
        came=Count("attendances", filter=Q(attendances__state__in=CAME)),
        absent=Count("attendances", filter=Q(attendances__state=AttendanceState.ABSENT)),
    )
    return {row.pk: row for row in rows.select_related("provider", "co_provider", "room", "meeting")}


def _session(row: Appointment, number: int, total: int) -> Session:
    counted: Any = row
    return Session(
        visit=row,
        number=number,
        total=total,
        coming=counted.coming,
        came=counted.came,
        absent=counted.absent,
        flag=row.meeting.flag,
    )


def number_of(group: Group, visit: Appointment) -> tuple[int, int]:
    """(which of the sessions that stand, how many there are)."""
    ids = list(sessions_of(group).shown().order_by("starts_at", "pk").values_list("pk", flat=True))
    return (ids.index(visit.pk) + 1 if visit.pk in ids else 0, len(ids))


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What `count` more sessions of a group would be. `extends`: the series they make longer."""

    rhythm: Rhythm
    template: Wish
    lines: Sequence[Line]
    extends: int | None


def plan_for(group: Group, count: int, *, zone: ZoneInfo, today: dt.date) -> Plan:
    """From the day after the last session on, else from the group's first day. Raises ValueError with words."""
    pattern = rhythm_rules.pattern_for(group, count=count)
    last = sessions_of(group).shown().order_by("starts_at").values_list("starts_at", flat=True).last()
    series = group.series
    follows = series is not None and last is not None and _same_rule(series, pattern, group)
    last_on = last.astimezone(zone).date() if last else None
    if follows and series and last_on:
        dates = pattern.more(last_on, count)
        first, extends = dates[0], series.pk
    else:
        first = max(group.starts_on, today, (last_on + dt.timedelta(days=1)) if last_on else today)
        dates, extends = pattern.dates(first), None
    dates = [on for on in dates if group.ends_on is None or on <= group.ends_on]
    if not dates:
        raise ValueError(
            f"The group ends on {group.ends_on:%B} {group.ends_on.day if group.ends_on else ''}."
        )
    template = template_of(group)
    rhythm = Rhythm(
        pattern=replace(pattern, count=len(dates)),
        first=dates[0] if extends else first,
        at=group.at,
        zone=zone,
    )
    lines = [
        Line(on=on, at=group.at, provider_id=template.provider_id, room_id=template.room_id) for on in dates
    ]
    return Plan(rhythm=rhythm, template=template, lines=lines, extends=extends)


def _same_rule(series: Series, pattern: Pattern, group: Group) -> bool:
    own = pattern_of(series)
    names = ("every", "interval", "weekdays", "nth")
    return (
        own is not None
        and series.local_time == group.at
        and all(getattr(own, name) == getattr(pattern, name) for name in names)
    )


def template_of(group: Group) -> Wish:
    return Wish(
        type_id=group.type_id,
        title=group.name,
        provider_id=group.facilitator_id,
        co_provider_id=group.co_facilitator_id,
        starts_at=dt.datetime.min.replace(tzinfo=dt.UTC),  # each line has its own
        minutes=group.minutes,
        room_id=group.room_id,
        location_id=group.location_id,
        modality=group.modality,
        client_ids=tuple(members_coming(group)),
        rate_cents=None if group.rate is None else int(group.rate * 100),
        billing_mode=group.billing_mode,
        capacity=group.capacity,
        source=Source.SERIES,
    )
