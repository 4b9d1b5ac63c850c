"""Two living groups: the one that meets in the picture, and one on Saturdays a place of which is just being offered."""

import datetime as dt
import uuid
from collections.abc import Sequence

from config.demo.outcomes import GROUP_SEATS, Scene, Visit
from config.demo.places import ZONE
from config.demo.today import GROUP
from groups.models import Group, Meeting, Membership, Screening
from groups.states import Kind, MemberState, Often
from practice.models import Client, User
from scheduling.models import Appointment, Attendance, Series
from scheduling.states import AppointmentState, Source

SATURDAY, SATURDAYS, SEATS, TAKEN = "Grief support", 6, 6, 5


def add(visits: list[Visit], scene: Scene) -> None:
    """The Saturday sessions, from the coming one on every two weeks."""
    today = scene.now.astimezone(scene.tz).date()
    first = today + dt.timedelta(days=(5 - today.weekday()) % 7 or 7)
    series = Series.objects.create(
        public_id=_id("series"),
        rule=f"FREQ=WEEKLY;INTERVAL=2;BYDAY=SA;COUNT={SATURDAYS}",
        starts_on=first,
        local_time=dt.time(10),
        zone=ZONE,
    )
    members = _clients_of(visits, "Mori")[:TAKEN]
    for number in range(SATURDAYS):
        row = _saturday(first + dt.timedelta(weeks=2 * number), scene, series)
        visits.append(Visit(row=row, people=[Attendance(client=client) for client in members]))


def _id(words: str) -> uuid.UUID:
    """The same each time, and drawn from nobody's luck: the rest of the practice stays as it is."""
    return uuid.uuid5(uuid.NAMESPACE_OID, f"demo groups {words}")


def _saturday(on: dt.date, scene: Scene, series: Series) -> Appointment:
    start = dt.datetime.combine(on, dt.time(10), scene.tz).astimezone(dt.UTC)
    places = scene.places
    room = places.rooms["Riverside/Group room"]
    why = {"code": "outside_hours", "reason": "Saturday group", "by": "system", "at": scene.now.isoformat()}
    return Appointment(
        public_id=_id(f"session {on}"),
        type=places.types[GROUP],
        title=SATURDAY,
        provider=places.providers["Mori"],
        co_provider=places.providers["Smith"],
        room=room,
        location=room.location,
        starts_at=start,
        ends_at=start + dt.timedelta(minutes=90),
        series=series,
        source=Source.SERIES,
        rate=places.types[GROUP].rate,
        capacity=SEATS,
        overrides=[why],
    )


def _clients_of(visits: Sequence[Visit], last_name: str) -> list[Client]:
    """Whom somebody sees alone, in the order they first come."""
    own = [
        v for v in visits if v.row.provider and v.row.provider.last_name == last_name and len(v.people) == 1
    ]
    return list(dict.fromkeys(visit.people[0].client for visit in own))


def make(visits: Sequence[Visit], scene: Scene) -> None:
    """The groups themselves, once the sessions are in their table."""
    _anxiety([v for v in visits if v.row.title == GROUP], visits, scene)
    _grief([v for v in visits if v.row.title == SATURDAY], visits, scene)


def _anxiety(own: Sequence[Visit], visits: Sequence[Visit], scene: Scene) -> None:
    first = min(visit.row.starts_at for visit in own).astimezone(scene.tz)
    row = _group(own, scene, name=GROUP, kind=Kind.SKILLS, capacity=GROUP_SEATS, needs_screening=True)
    row.description = "Twelve weeks of skills for anxiety and panic: breathing, exposure, thoughts."
    row.weekday, row.at, row.starts_on = first.weekday(), first.time(), first.date()
    row.save()
    _link(row, own)
    clients = list(dict.fromkeys(p.client for v in own for p in v.people))
    members = _enrol(row, clients, scene, weeks=10)
    by = User.objects.get(provider__last_name="Osei")
    Screening.objects.bulk_create(
        Screening(
            membership=member, by=by, on=member.referred_at.date(), is_approved=True, notes="Motivated; fits."
        )
        for member in members
    )
    asking = [client for client in _clients_of(visits, "Lee") if client not in clients]
    days = dt.timedelta(days=3)
    Membership.objects.bulk_create(
        Membership(group=row, client=client, referred_at=scene.now - days, state=state)
        for client, state in zip(asking, (MemberState.REFERRED, MemberState.APPROVED), strict=False)
    )


def _grief(own: Sequence[Visit], visits: Sequence[Visit], scene: Scene) -> None:
    row = _group(own, scene, name=SATURDAY, kind=Kind.SUPPORT, capacity=SEATS, needs_screening=False)
    row.description = "For people who have lost somebody in the last two years."
    row.often, row.weekday, row.at, row.is_drop_in = Often.FORTNIGHTLY, 5, dt.time(10), True
    row.starts_on = own[0].row.starts_at.astimezone(scene.tz).date()
    row.save()
    _link(row, own)
    _enrol(row, [person.client for person in own[0].people], scene, weeks=4)
    waiting = _clients_of(visits, "Becker")[:2]
    Membership.objects.bulk_create(
        Membership(
            group=row,
            client=client,
            referred_at=scene.now - dt.timedelta(days=9 - n),
            waiting_since=scene.now - dt.timedelta(days=8 - n),
            state=MemberState.WAITING,
        )
        for n, client in enumerate(waiting)
    )


def _group(
    own: Sequence[Visit], scene: Scene, *, name: str, kind: str, capacity: int, needs_screening: bool
) -> Group:
    like = own[0].row
    return Group(
        public_id=_id(f"group {name}"),
        name=name,
        kind=kind,
        facilitator=like.provider,
        co_facilitator=like.co_provider,
        type=like.type,
        capacity=capacity,
        needs_screening=needs_screening,
        room=like.room,
        location=like.location,
        minutes=like.minutes,
        rate=like.rate,
        series=like.series,
    )


def _link(row: Group, own: Sequence[Visit]) -> None:
    stands = [visit for visit in own if visit.row.state != AppointmentState.CANCELLED]
    Meeting.objects.bulk_create(Meeting(group=row, appointment=visit.row) for visit in stands)


def _enrol(row: Group, clients: Sequence[Client], scene: Scene, *, weeks: int) -> list[Membership]:
    since = scene.now - dt.timedelta(weeks=weeks)
    return Membership.objects.bulk_create(
        Membership(
            group=row,
            client=client,
            seat=seat,
            state=MemberState.ENROLLED,
            referred_at=since - dt.timedelta(days=6),
            enrolled_at=since,
        )
        for seat, client in enumerate(clients, 1)
    )
