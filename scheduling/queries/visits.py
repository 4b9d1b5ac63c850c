"""One visit as the panel shows it."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from core.actors import Actor
from practice.models import Client, Practice
from scheduling.models import Appointment, Attendance
from scheduling.permissions import may_act_on
from scheduling.queries.charges import charge_line, charged
from scheduling.queries.holders import holders_of
from scheduling.queries.series import standing_of
from scheduling.queries.stories import Line, story_of
from scheduling.queries.tiles import counted_of, name_of, place_of
from scheduling.rules import words
from scheduling.rules.localday import LocalDay
from scheduling.rules.status import status_of
from scheduling.states import AppointmentState, AttendanceState, CancelReason, Category, ConfirmedHow, Status

NO_BREAK, JOINER = "\u00a0", "\u2060"
TONES = {
    Status.CONFIRMED: "ok",
    Status.CHECKED_IN: "brand",
    Status.IN_SESSION: "brand",
    Status.NO_SHOW: "bad",
    Status.CANCELLED: "bad",
    Status.HELD: "warn",
    Status.REQUESTED: "warn",
}


@dataclass(frozen=True, slots=True)
class Person:
    attendance: Attendance
    name: str
    stands: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitSheet:
    """`client`: the one it is about, None for several or nobody. `rows`: term, value, a second line."""

    visit: Appointment
    on: dt.date
    status: Status
    tone: str
    stands: str
    name: str
    about: str
    client: Client | None
    alerts: Sequence[str]
    persons: Sequence[Person]
    people: Sequence[Attendance]
    rows: Sequence[tuple[str, str, str]]
    story: Sequence[Line]
    may_attend: bool
    may_move: bool
    may_cancel: bool
    change_id: uuid.UUID


@dataclass(frozen=True, slots=True)
class _Told:
    """How this practice tells dates and times."""

    practice: Practice
    now: dt.datetime

    def clock(self, at: dt.datetime) -> str:
        wall = at.astimezone(self.practice.tz)
        return words.clock(wall.hour * 60 + wall.minute, h24=self.practice.clock_24h)

    def date(self, at: dt.datetime) -> str:
        today = self.now.astimezone(self.practice.tz).date()
        return words.short_date(at.astimezone(self.practice.tz).date(), today)

    def moment(self, at: dt.datetime) -> str:
        """The time alone today, else the date with it."""
        same = at.astimezone(self.practice.tz).date() == self.now.astimezone(self.practice.tz).date()
        return self.clock(at) if same else f"{self.date(at)}, {self.clock(at)}"


def visit_sheet(
    public_id: uuid.UUID, *, by: Actor, practice: Practice, now: dt.datetime
) -> VisitSheet | None:
    """None when there is no such visit, or none `by` may see. Up to eight queries, nine for a series or a hold."""
    found = Appointment.objects.visible_to(by).select_related(
        "type", "provider", "co_provider", "room", "location", "series"
    )
    visit = found.filter(public_id=public_id).first()
    if visit is None:
        return None
    people = list(visit.attendances.select_related("client").order_by("id"))
    status = status_of(visit.state, [(p.state, p.confirmed_at is not None) for p in people])
    told = _Told(practice, now)
    client = people[0].client if len(people) == 1 else None
    return VisitSheet(
        visit=visit,
        on=visit.starts_at.astimezone(practice.tz).date(),
        status=status,
        tone=TONES.get(status, ""),
        stands=_stands(visit, people, status, told),
        name=name_of(visit, people, status, held_by=_held_by(visit)),
        about=_about(visit, people, client),
        client=client,
        alerts=[p.client.alert_banner for p in people if p.client.alert_banner],
        persons=[Person(p, p.client.name, _person_stands(p, told)) for p in people]
        if len(people) > 1
        else [],
        people=people,
        rows=[*_rows(visit, client, status, told), *_charges(visit, by)],
        story=story_of(visit, people, zone=practice.tz, h24=practice.clock_24h),
        may_attend=may_act_on(by, "visit.attend", visit),
        may_move=may_act_on(by, "visit.move", visit),
        may_cancel=may_act_on(by, "visit.cancel", visit),
        change_id=uuid.uuid4(),
    )


def _held_by(visit: Appointment) -> str:
    return holders_of([visit.pk]).get(visit.pk, "") if visit.state == AppointmentState.HELD else ""


def _stands(visit: Appointment, people: Sequence[Attendance], status: Status, told: _Told) -> str:
    """The pill: "Confirmed by text, Nov 22"."""
    counted = counted_of(people)
    if status in (Status.CONFIRMED, Status.CHECKED_IN) and len(counted) == 1:
        return _person_stands(counted[0], told)
    if status == Status.CHECKED_IN:
        here = sum(p.state == AttendanceState.ARRIVED for p in counted)
        return f"{here} of {len(counted)} here"
    if status == Status.SCHEDULED:
        return _unconfirmed(visit, counted, told)
    moments = {
        Status.CONFIRMED: "All confirmed",
        Status.HELD: visit.hold_until and _deadline(visit.hold_until, told),
        Status.IN_SESSION: visit.started_at and f"In session since {told.clock(visit.started_at)}",
        Status.COMPLETED: visit.completed_at and f"Done, {told.moment(visit.completed_at)}",
        Status.CANCELLED: visit.cancelled_at and f"Cancelled {told.date(visit.cancelled_at)}",
    }
    return moments.get(status) or status.label


def _deadline(until: dt.datetime, told: _Told) -> str:
    return f"{'Held until' if until >= told.now else 'Ran out'} {told.moment(until)}"


def _unconfirmed(visit: Appointment, counted: Sequence[Attendance], told: _Told) -> str:
    if not counted:
        return "Planned"
    if visit.ends_at <= told.now:
        return "Without outcome"
    confirmed = sum(p.confirmed_at is not None for p in counted)
    return f"{confirmed} of {len(counted)} confirmed" if len(counted) > 1 else "Not confirmed yet"


def _person_stands(person: Attendance, told: _Told) -> str:
    if person.state == AttendanceState.ARRIVED and person.arrived_at:
        return f"Here since {told.clock(person.arrived_at)}"
    if person.state == AttendanceState.CANCELLED and person.late_cancelled:
        return "Cancelled late"
    if person.state != AttendanceState.EXPECTED:
        words_for = {AttendanceState.ATTENDED: "Was here", AttendanceState.ABSENT: "Did not come"}
        return words_for.get(AttendanceState(person.state), person.get_state_display())
    if person.confirmed_at is None:
        return "Not confirmed yet"
    how = ConfirmedHow(person.confirmed_how).label.lower()
    return f"Confirmed {how}, {told.date(person.confirmed_at)}"


def _about(visit: Appointment, people: Sequence[Attendance], client: Client | None) -> str:
    """Under the name: "she/her · #10482 · new client", or how many of how many."""
    if client is None:
        counted = len(counted_of(people))
        if visit.type.category == Category.GROUP and visit.capacity:
            return f"{counted} of {visit.capacity} places taken"
        return "" if not people else "1 person" if counted == 1 else f"{counted} people"
    is_new = not _has_been_here(client, visit)
    parts = [client.pronouns, f"#{client.record_number.lstrip('#')}", "new client" if is_new else ""]
    return " · ".join(part for part in parts if part)


def _has_been_here(client: Client, visit: Appointment) -> bool:
    earlier = Attendance.objects.counted().filter(client=client, appointment__starts_at__lt=visit.starts_at)
    return earlier.exclude(appointment=visit).exists()


def _repeats(visit: Appointment, told: _Told) -> str:
    """ "Every week on Monday until Feb 8, visit 3 of 10"."""
    found = standing_of(visit)
    if found is None:
        return ""
    often = f"{found.often[0].upper()}{found.often[1:]}" if found.often else "A series"
    today = told.now.astimezone(told.practice.tz).date()
    until = f"{often} until {words.short_date(found.last_on, today)}"
    return f"{until}, visit {found.number} of {found.total}" if found.number else until


def _rows(
    visit: Appointment, client: Client | None, status: Status, told: _Told
) -> list[tuple[str, str, str]]:
    day = LocalDay(visit.starts_at.astimezone(told.practice.tz).date(), told.practice.tz)
    between = words.between(*day.span(visit.starts_at, visit.ends_at), h24=told.practice.clock_24h)
    unbroken = between.replace(" ", NO_BREAK).replace("–", f"–{JOINER}")
    people = [p.name for p in (visit.provider, visit.co_provider) if p]
    rows = [
        ("When", f"{words.short_day(day.on)}, {unbroken}", _margins(visit)),
        ("Type", _kind(visit), ""),
        ("With", " and ".join(people), ""),
        ("Where", place_of(visit), ""),
        (
            "Repeats",
            _repeats(visit, told),
            "Changed by itself: changes of the series leave it alone" if visit.changed_alone else "",
        ),
        ("Insurance", ", ".join(client.insurances) if client else "", ""),
        ("Needs", _needs(client) if client else "", ""),
        ("Reason", _reason(visit) if status == Status.CANCELLED else "", visit.cancel_text),
        ("Overbooked", _overbooked(visit), ""),
        ("Note", visit.note, ""),
    ]
    return [row for row in rows if row[1]]


def _charges(visit: Appointment, by: Actor) -> list[tuple[str, str, str]]:
    what, stands = charge_line(charged(visit, by))
    return [("Charge", what, stands)] if what else []


def _margins(visit: Appointment) -> str:
    before, after = visit.buffer_before_minutes, visit.buffer_after_minutes
    parts = [f"+{before} min before"] * bool(before) + [f"+{after} min after"] * bool(after)
    return ", ".join(parts)


def _kind(visit: Appointment) -> str:
    parts = [visit.type.name, words.minutes(visit.minutes), visit.type.cpt_code]
    return " · ".join(part for part in parts if part)


def _needs(client: Client) -> str:
    interpreter = f"interpreter ({client.language})" if client.needs_interpreter else ""
    return ", ".join(part for part in (interpreter, client.accessibility_needs) if part)


def _reason(visit: Appointment) -> str:
    return CancelReason(visit.cancel_reason).label if visit.cancel_reason else ""


def _overbooked(visit: Appointment) -> str:
    if not (visit.overbooked_provider or visit.overbooked_room):
        return ""
    return str(visit.overrides[-1].get("reason", "")) if visit.overrides else "Yes"
