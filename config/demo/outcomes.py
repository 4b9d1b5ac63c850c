"""What became of each visit, as the practice's clock stands."""

import datetime as dt
import zoneinfo
from dataclasses import dataclass, field
from decimal import Decimal

from config.demo import today
from config.demo.chance import Chance
from config.demo.places import Places
from config.demo.plans import VIDEO, Plan
from practice.states import Modality
from scheduling.models import Appointment, Attendance, Series
from scheduling.states import AppointmentState, AttendanceState, CancelReason, ConfirmedHow, Source

GROUP_SEATS = 8


@dataclass(slots=True, kw_only=True)
class Visit:
    """One row to write, with its people."""

    row: Appointment
    people: list[Attendance] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    chance: Chance
    places: Places
    now: dt.datetime
    tz: zoneinfo.ZoneInfo
    desk_id: int


def visit_of(plan: Plan, scene: Scene, series: Series | None) -> Visit:
    row = _row(plan, scene, series)
    people = [Attendance(appointment=row, client=client) for client in plan.clients]
    visit = Visit(row=row, people=people)
    if plan.state:
        _as_pictured(visit, plan.state, scene)
    elif row.ends_at <= scene.now:
        _past(visit, scene)
    elif row.starts_at <= scene.now:
        _begin(visit)
    else:
        _ahead(visit, scene)
    return visit


def _row(plan: Plan, scene: Scene, series: Series | None) -> Appointment:
    places = scene.places
    kind = places.types[plan.kind]
    location, room = places.home(plan.post)
    if plan.kind == today.GROUP:
        room = places.rooms["Riverside/Group room"]
    if plan.kind == VIDEO:
        location, room = places.locations["Telehealth"], None
    day = dt.datetime.combine(plan.on, dt.time(), scene.tz)
    start = day.replace(hour=plan.minute // 60, minute=plan.minute % 60).astimezone(dt.UTC)
    return Appointment(
        public_id=scene.chance.uuid(),
        type=kind,
        title=plan.title,
        provider=places.providers[plan.post.last],
        room=room,
        location=location,
        modality=Modality.TELEHEALTH if plan.kind == VIDEO else Modality.IN_PERSON,
        starts_at=start,
        ends_at=start + dt.timedelta(minutes=plan.minutes or kind.duration_minutes),
        buffer_after_minutes=kind.buffer_after_minutes,
        series=series,
        source=Source.SERIES if series else Source.STAFF,
        rate=kind.rate or Decimal(0),
        capacity=GROUP_SEATS if plan.kind == today.GROUP else None,
    )


def _as_pictured(visit: Visit, state: str, scene: Scene) -> None:
    if state == today.HELD:
        visit.row.state = AppointmentState.HELD
        visit.row.hold_until = scene.now + dt.timedelta(hours=1, minutes=52)
    elif state == today.IN_SESSION:
        _begin(visit)
        visit.people[-1].state, visit.people[-1].arrived_at = AttendanceState.EXPECTED, None
    elif state == today.DONE:
        _confirm(visit, scene)
        _finish(visit)
    elif state == today.MISSED:
        _miss(visit)
    elif state in (today.HERE, today.CONFIRMED):
        _confirm(visit, scene)
        for person in visit.people if state == today.HERE else []:
            person.state = AttendanceState.ARRIVED
            person.arrived_at = scene.now - dt.timedelta(minutes=scene.chance.randint(2, 9))


def _past(visit: Visit, scene: Scene) -> None:
    dice = scene.chance.random()
    if dice < 0.04:
        _cancel(visit, scene, hours_before=scene.chance.randint(30, 120))
    elif dice < 0.08:
        _cancel(visit, scene, hours_before=scene.chance.randint(1, 20))
    elif dice < 0.15:
        _miss(visit)
    else:
        if dice < 0.7:
            _confirm(visit, scene)
        _finish(visit)


def _ahead(visit: Visit, scene: Scene) -> None:
    days = (visit.row.starts_at - scene.now).total_seconds() / 86400
    if scene.chance.odds(0.02):
        _cancel(visit, scene, hours_before=int(days * 24) + scene.chance.randint(1, 48))
    elif scene.chance.odds(0.6 if days < 2 else 0.25 if days < 7 else 0.03):
        _confirm(visit, scene)


def _begin(visit: Visit) -> None:
    visit.row.state, visit.row.started_at = AppointmentState.IN_SESSION, visit.row.starts_at
    for person in visit.people:
        person.state = AttendanceState.ARRIVED
        person.arrived_at = visit.row.starts_at - dt.timedelta(minutes=4)


def _finish(visit: Visit) -> None:
    row = visit.row
    row.state, row.started_at, row.completed_at = AppointmentState.COMPLETED, row.starts_at, row.ends_at
    for person in visit.people:
        person.state = AttendanceState.ATTENDED
        person.arrived_at = row.starts_at - dt.timedelta(minutes=5)


def _miss(visit: Visit) -> None:
    """A visit nobody came to stays SCHEDULED: its attendance says what happened."""
    for person in visit.people:
        person.state = AttendanceState.ABSENT


def _cancel(visit: Visit, scene: Scene, *, hours_before: int) -> None:
    row = visit.row
    row.state, row.cancel_reason = AppointmentState.CANCELLED, CancelReason.CLIENT_REQUEST
    row.cancelled_at = min(row.starts_at - dt.timedelta(hours=hours_before), scene.now)
    row.cancelled_by_kind, row.cancelled_by_id = "user", scene.desk_id
    for person in visit.people:
        person.state = AttendanceState.CANCELLED
        person.late_cancelled = row.starts_at - row.cancelled_at < dt.timedelta(hours=24)


def _confirm(visit: Visit, scene: Scene) -> None:
    before = dt.timedelta(hours=scene.chance.randint(20, 47), minutes=scene.chance.randint(0, 59))
    at = min(visit.row.starts_at - before, scene.now - dt.timedelta(minutes=scene.chance.randint(1, 900)))
    for person in visit.people:
        person.confirmed_at, person.confirmed_how = at, ConfirmedHow.SMS
        person.confirmed_by_kind, person.confirmed_by_id = "client", person.client_id
