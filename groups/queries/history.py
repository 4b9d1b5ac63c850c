"""What became of the sessions of a group: sessions × members, rates and streaks, all counted from the attendances."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from groups.models import Group
from groups.queries.sessions import sessions_of
from groups.rules.history import Tally, tally
from groups.states import OPEN
from practice.models import Client
from scheduling.models import Appointment, Attendance
from scheduling.rules.marks import Fact, Mark, mark_of
from scheduling.states import AppointmentState, AttendanceState

MOST = 60  # sessions in one table, the latest


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One member. cells: a mark for each session of the matrix, None where they were not on it."""

    client: Client
    is_member: bool
    cells: Sequence[Mark | None]
    tally: Tally


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """`totals`: who came, of how many, by session."""

    sessions: Sequence[Appointment]
    lines: Sequence[Line]
    totals: Sequence[tuple[int, int]]
    everybody: Tally


def matrix_of(group: Group, now: dt.datetime, *, most: int = MOST) -> Matrix:
    """Sessions that have begun, in order. Four queries, whatever the size."""
    past = sessions_of(group).shown().filter(starts_at__lte=now).order_by("-starts_at", "-pk")[:most]
    sessions = list(past)[::-1]
    columns = {visit.pk: n for n, visit in enumerate(sessions)}
    rows = (
        Attendance.objects.filter(appointment__in=columns)
        .exclude(state=AttendanceState.CANCELLED)
        .values_list("appointment_id", "client_id", "state", "arrived_at", "is_late")
    )
    cells: dict[int, list[Mark | None]] = defaultdict(lambda: [None] * len(sessions))
    for visit_id, client_id, state, arrived_at, is_late in rows.order_by():
        fact = Fact(state=state, arrived_at=arrived_at, is_late=is_late)
        cells[client_id][columns[visit_id]] = mark_of(fact)
    members = set(group.memberships.filter(state__in=OPEN).values_list("client_id", flat=True))
    clients = Client.objects.filter(pk__in=cells).order_by("first_name", "last_name", "pk")
    lines = [
        Line(
            client=client,
            is_member=client.pk in members,
            cells=cells[client.pk],
            tally=tally(cells[client.pk]),
        )
        for client in clients
    ]
    return Matrix(
        sessions=sessions,
        lines=lines,
        totals=[_total(lines, n) for n in range(len(sessions))],
        everybody=tally([cell for line in lines for cell in line.cells]),
    )


def _total(lines: Sequence[Line], column: int) -> tuple[int, int]:
    counted = Counter(line.cells[column] for line in lines)
    came = counted[Mark.HERE] + counted[Mark.LATE]
    return came, came + counted[Mark.ABSENT]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sister:
    """A session of another group of the same type, where somebody who missed theirs could come."""

    group: Group
    visit: Appointment
    free: int


def make_ups(group: Group, client_id: int, now: dt.datetime, *, most: int = 8) -> list[Sister]:
    """Sessions ahead of sister groups with a free seat, the soonest first; none this client is on. Two queries."""
    weeks = now + dt.timedelta(weeks=4)
    rows = (
        Appointment.objects.filter(
            meeting__group__type=group.type_id,
            state=AppointmentState.SCHEDULED,
            starts_at__gt=now,
            starts_at__lt=weeks,
        )
        .exclude(meeting__group=group)
        .select_related("meeting__group", "provider", "room")
        .prefetch_related("attendances")
        .order_by("starts_at", "pk")
    )
    found = []
    for visit in rows:
        people = [a for a in visit.attendances.all() if a.state not in ("cancelled", "excused")]
        free = (visit.capacity or 0) - len(people)
        if free > 0 and all(a.client_id != client_id for a in people):
            found.append(Sister(group=visit.meeting.group, visit=visit, free=free))
    return found[:most]
