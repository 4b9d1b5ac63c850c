"""Three hundred groups of ten in the practice the bench has opened, with sessions; written in bulk, as imports are."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import cycle, islice

from core import clock
from groups.models import Group, Meeting, Membership
from groups.states import MemberState
from practice.models import Client, Provider
from practice.states import ClientStatus
from scheduling.models import Appointment, AppointmentType, Attendance, TypeOffer
from scheduling.states import AppointmentState, AttendanceState, Category

GROUPS, EACH, MEMBERS, CROWD = 300, 10, 12, 20
BEHIND, AHEAD, MATRIX, BULK = 4, 4, 60, 200
BATCH = 5000


@dataclass(slots=True, kw_only=True)
class Scene:
    """pages: groups by public id; crowded: one with sixty sessions behind it; today: a session that has begun.

    seats: attendances of that session; empty: groups of twelve without a session, each led by somebody else.
    """

    pages: list[uuid.UUID] = field(default_factory=list)
    crowded: uuid.UUID = field(default_factory=uuid.uuid4)
    today: uuid.UUID = field(default_factory=uuid.uuid4)
    seats: list[int] = field(default_factory=list)
    empty: list[Group] = field(default_factory=list)
    to_complete: list[int] = field(default_factory=list)


def make_scene(*, with_sessions: bool = True) -> Scene:
    now = clock.now()
    kind = _kind()
    providers = list(Provider.objects.active().order_by("pk"))
    clients = list(Client.objects.filter(status=ClientStatus.ACTIVE).order_by("pk")[: GROUPS * EACH])
    groups = [_group(n, providers[n % len(providers)], kind, now) for n in range(GROUPS)]
    crowded = _group(GROUPS, providers[0], kind, now, capacity=CROWD)
    empty = [_group(GROUPS + 1 + n, one, kind, now, capacity=MEMBERS) for n, one in enumerate(providers[:6])]
    Group.objects.bulk_create([*groups, crowded, *empty])
    around = cycle(clients)
    members = [m for group in groups for m in _members(group, islice(around, EACH), now)]
    members += _members(crowded, clients[:CROWD], now)
    # Somebody else for each, so that nobody's own visits are in the way of a whole year.
    members += [m for group in empty for m in _members(group, islice(around, MEMBERS), now)]
    Membership.objects.bulk_create(members, batch_size=BATCH)
    scene = Scene(pages=[group.public_id for group in groups], crowded=crowded.public_id, empty=empty)
    if with_sessions:
        _sessions(scene, groups, crowded, kind, now)
    return scene


def _kind() -> AppointmentType:
    kind = AppointmentType.objects.filter(category=Category.GROUP, is_active=True).order_by("pk").first()
    if kind is None:
        kind = AppointmentType.objects.create(name="Measured group", category=Category.GROUP, rate=60)
    for provider in Provider.objects.active():
        TypeOffer.objects.get_or_create(type=kind, provider=provider)
    return kind


def _group(
    number: int, provider: Provider, kind: AppointmentType, now: dt.datetime, *, capacity: int = EACH
) -> Group:
    return Group(
        name=f"Measured group {number}",
        facilitator=provider,
        type=kind,
        capacity=capacity,
        weekday=number % 5,
        at=dt.time(7, 5),
        starts_on=now.date(),
        needs_screening=False,
    )


def _members(group: Group, clients: Sequence[Client] | islice, now: dt.datetime) -> list[Membership]:
    return [
        Membership(
            group=group,
            client=client,
            seat=seat,
            state=MemberState.ENROLLED,
            referred_at=now,
            enrolled_at=now,
        )
        for seat, client in enumerate(clients, 1)
    ]


def _sessions(
    scene: Scene, groups: Sequence[Group], crowded: Group, kind: AppointmentType, now: dt.datetime
) -> None:
    """Overbooked rows exempt themselves from the guards: here only their number matters."""
    minutes = dt.timedelta(minutes=10)
    rows: list[tuple[Group, Appointment]] = []
    for number, group in enumerate(groups):
        rows += [
            (group, _visit(group, kind, now + dt.timedelta(weeks=w) + number * dt.timedelta(minutes=1), now))
            for w in (*range(-BEHIND, 0), *range(1, AHEAD + 1))
        ]
    rows += [(crowded, _visit(crowded, kind, now - dt.timedelta(weeks=w), now)) for w in range(1, MATRIX + 1)]
    begun = _visit(groups[0], kind, now - minutes, now)
    bulk = [_visit(groups[n], kind, now - dt.timedelta(hours=3), now) for n in range(BULK)]
    rows += [(groups[0], begun), *zip(groups, bulk, strict=False)]
    Appointment.objects.bulk_create((visit for _, visit in rows), batch_size=BATCH)
    Meeting.objects.bulk_create(
        (Meeting(group=group, appointment=visit) for group, visit in rows), batch_size=BATCH
    )
    people = _people(rows, now, here={visit.pk for visit in bulk})
    Attendance.objects.bulk_create(people, batch_size=BATCH)
    scene.today = begun.public_id
    scene.seats = [person.pk for person in people if person.appointment_id == begun.pk]
    scene.to_complete = [visit.pk for visit in bulk]


def _visit(group: Group, kind: AppointmentType, start: dt.datetime, now: dt.datetime) -> Appointment:
    is_past = start < now - dt.timedelta(hours=4)
    return Appointment(
        type=kind,
        title=group.name,
        provider=group.facilitator,
        starts_at=start,
        ends_at=start + dt.timedelta(minutes=90),
        state=AppointmentState.COMPLETED if is_past else AppointmentState.SCHEDULED,
        completed_at=start if is_past else None,
        overbooked_provider=True,
        rate=kind.rate,
        capacity=group.capacity,
    )


def _people(
    rows: Sequence[tuple[Group, Appointment]], now: dt.datetime, *, here: set[int]
) -> list[Attendance]:
    by_group: dict[int, list[int]] = {}
    for group_id, client_id in Membership.objects.values_list("group", "client").order_by("group", "seat"):
        by_group.setdefault(group_id, []).append(client_id)
    return [
        Attendance(appointment=visit, client_id=client_id, **_fact(visit, n, here=visit.pk in here))
        for group, visit in rows
        for n, client_id in enumerate(by_group[group.pk])
    ]


def _fact(visit: Appointment, number: int, *, here: bool) -> dict:
    if here:
        return {"state": AttendanceState.ARRIVED, "arrived_at": visit.starts_at}
    if visit.state != AppointmentState.COMPLETED:
        return {}
    is_absent = (number + visit.starts_at.day) % 7 == 0
    state = AttendanceState.ABSENT if is_absent else AttendanceState.ATTENDED
    return {"state": state, "arrived_at": None if is_absent else visit.starts_at}
