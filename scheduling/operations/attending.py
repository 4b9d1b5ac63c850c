"""What happens on the day: confirmed, here, in session, done, did not come. One person at a time where it can be."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping

from django.db import connection

from core.actors import Actor
from core.refusals import Refusal, StaleEdit
from practice.models import Practice
from practice.operations.acting import Acting, begin, operation
from practice.operations.images import Image, image
from practice.permissions import require
from practice.queries import the_practice
from scheduling.models import Attendance
from scheduling.operations.acting import Acted, done, done_before
from scheduling.operations.charging import settle
from scheduling.operations.locking import locked, locked_attendance, raise_days
from scheduling.operations.placing import days_of, touch_days
from scheduling.permissions import may_act_on, may_answer_for
from scheduling.rules.moves import refuse_person_act, refuse_visit_act
from scheduling.signals import attendance_changed
from scheduling.states import AppointmentState, AttendanceState, ConfirmedHow, ContactState


class AlreadyDone(Refusal):
    """It already says so; whoever asked twice may be told the same answer again."""

    code = "already_done"


@operation("attendance.confirm", "attendance")
def confirm(
    attendance_id: int,
    *,
    how: str = ConfirmedHow.STAFF,
    by: Actor,
    edition: int | None = None,
    occurrence: int | None = None,
    change_id: uuid.UUID | None = None,
) -> Acted:
    """Record that this person said they come.

    occurrence: what the question was about; raises StaleEdit when the visit has moved since.
    Raises AlreadyDone, NotAllowed, WrongState.
    """
    content = {"attendance": attendance_id, "how": how, "edition": edition, "occurrence": occurrence}
    acting = begin("attendance.confirm", change_id, by, content)
    if acting.repeat:
        return done_before(acting)
    person = locked_attendance(attendance_id, edition=edition)
    visit = person.appointment
    require(may_answer_for(by, "may_confirm", person, acting.now) or may_act_on(by, "visit.attend", visit))
    if occurrence is not None and visit.occurrence != occurrence:
        raise StaleEdit("The visit has moved since this was asked.", remedy="Ask again about the new time.")
    if person.confirmed_at is not None:
        raise AlreadyDone("Already confirmed.")
    refuse_person_act("confirm", visit.state, person.state)

    def set_confirmed() -> None:
        person.confirmed_at, person.confirmed_how = acting.now, how
        person.confirmed_by_kind, person.confirmed_by_id = by.kind, by.id

    return _change_person(acting, person, "confirmed", set_confirmed)


@operation("attendance.unconfirm", "attendance")
def unconfirm(
    attendance_id: int, *, by: Actor, edition: int | None = None, change_id: uuid.UUID | None = None
) -> Acted:
    """Take a confirmation back."""

    def clear(acting: Acting, person: Attendance) -> None:
        person.confirmed_at, person.confirmed_by_id = None, None
        person.confirmed_by_kind = person.confirmed_how = ""

    return _staff_act(
        "unconfirm", "unconfirmed", attendance_id, clear, by=by, edition=edition, change_id=change_id
    )


@operation("attendance.check_in", "attendance")
def check_in(
    attendance_id: int, *, by: Actor, edition: int | None = None, change_id: uuid.UUID | None = None
) -> Acted:
    """The person is here. Refused before the day of the visit."""

    def arrive(acting: Acting, person: Attendance) -> None:
        zone = the_practice().tz
        if person.appointment.starts_at.astimezone(zone).date() > acting.now.astimezone(zone).date():
            raise Refusal("This visit is on a later day.", remedy="Check in on the day itself.")
        person.state, person.arrived_at = AttendanceState.ARRIVED, acting.now

    return _staff_act(
        "check_in", "arrived", attendance_id, arrive, by=by, edition=edition, change_id=change_id
    )


@operation("attendance.take_back_check_in", "attendance")
def take_back_check_in(
    attendance_id: int, *, by: Actor, edition: int | None = None, change_id: uuid.UUID | None = None
) -> Acted:
    """The person is not here after all."""

    def leave(acting: Acting, person: Attendance) -> None:
        person.state, person.arrived_at, person.is_late = AttendanceState.EXPECTED, None, False

    return _staff_act(
        "take_back_check_in", "expected", attendance_id, leave, by=by, edition=edition, change_id=change_id
    )


@operation("attendance.mark_absent", "attendance")
def mark_absent(
    attendance_id: int, *, by: Actor, edition: int | None = None, change_id: uuid.UUID | None = None
) -> Acted:
    """The person did not come. Refused before the visit has begun; nothing is ever marked by itself."""

    def stay_away(acting: Acting, person: Attendance) -> None:
        if acting.now < person.appointment.starts_at:
            raise Refusal("The visit has not begun yet.", remedy="Wait until it starts, or cancel it.")
        person.state, person.arrived_at, person.is_late = AttendanceState.ABSENT, None, False

    return _staff_act(
        "mark_absent", "absent", attendance_id, stay_away, by=by, edition=edition, change_id=change_id
    )


@operation("attendance.take_back_absent", "attendance")
def take_back_absent(
    attendance_id: int, *, by: Actor, edition: int | None = None, change_id: uuid.UUID | None = None
) -> Acted:
    """The person may still come, or was here."""

    def expect(acting: Acting, person: Attendance) -> None:
        person.state = AttendanceState.EXPECTED

    return _staff_act(
        "take_back_absent", "expected", attendance_id, expect, by=by, edition=edition, change_id=change_id
    )


def _staff_act(
    act: str,
    kind: str,
    attendance_id: int,
    apply: Callable[[Acting, Attendance], None],
    *,
    by: Actor,
    edition: int | None,
    change_id: uuid.UUID | None,
) -> Acted:
    acting = begin(f"attendance.{act}", change_id, by, {"attendance": attendance_id, "edition": edition})
    if acting.repeat:
        return done_before(acting)
    person = locked_attendance(attendance_id, edition=edition)
    require(may_act_on(by, "visit.attend", person.appointment))
    refuse_person_act(act, person.appointment.state, person.state)
    return _change_person(acting, person, kind, lambda: apply(acting, person))


def _change_person(acting: Acting, person: Attendance, kind: str, apply: Callable[[], None]) -> Acted:
    before = image(person)
    apply()
    person.edition += 1
    told(acting, person, kind, before)
    settle(acting, [person.appointment], attendance_ids={person.pk})
    touch_days(person.appointment)
    return done(acting, person.appointment)


@operation("visit.start", "appointment")
def start(
    appointment_id: int, *, by: Actor, edition: int | None = None, change_id: uuid.UUID | None = None
) -> Acted:
    """The session begins."""
    acting = begin("visit.start", change_id, by, {"appointment": appointment_id, "edition": edition})
    if acting.repeat:
        return done_before(acting)
    visit = locked(appointment_id, edition=edition)
    require(may_act_on(by, "visit.attend", visit))
    refuse_visit_act("start", visit.state)
    if visit.attendances.exists() and not visit.attendances.filter(state=AttendanceState.ARRIVED).exists():
        raise Refusal("Nobody has checked in yet.", remedy="Check the client in first.")
    before = image(visit)
    visit.state, visit.started_at = AppointmentState.IN_SESSION, acting.now
    visit.edition += 1
    acting.saved("visit.started", visit, before)
    touch_days(visit)
    return done(acting, visit)


def told(acting: Acting, person: Attendance, kind: str, before: Image) -> None:
    acting.saved(f"attendance.{kind}", person, before)
    attendance_changed.send(
        Attendance, attendance=person, kind=kind, before=before.columns, change=acting.change, now=acting.now
    )


# Only rows that say something else are locked, in id order, and written; it answers with the visits they are of.
RECORD_CONTACTS = """
WITH other AS (
    SELECT person.id, said.state, said.count
    FROM unnest(%s::bigint[], %s::text[], %s::int[]) AS said (id, state, count)
    JOIN scheduling_attendance AS person ON person.id = said.id
    WHERE (person.contact_state, person.contact_count) <> (said.state, said.count)
    ORDER BY person.id
    FOR NO KEY UPDATE OF person
)
UPDATE scheduling_attendance AS person SET contact_state = other.state, contact_count = other.count
FROM other, scheduling_appointment AS visit
WHERE person.id = other.id AND visit.id = person.appointment_id
RETURNING visit.provider_id, visit.co_provider_id, visit.starts_at
"""


def record_contacts(
    said: Mapping[int, tuple[ContactState, int]], *, practice: Practice | None = None
) -> None:
    """{attendance: (state, count)}: machine columns for the tile's badge. They raise ProviderDay, never an edition.

    Two statements however many. `practice`: where the caller has read it already.
    """
    if not said:
        return
    states, counts = [state.value for state, _ in said.values()], [count for _, count in said.values()]
    with connection.cursor() as cursor:
        cursor.execute(RECORD_CONTACTS, [list(said), states, counts])
        changed = cursor.fetchall()
    if changed:
        zone = (practice or the_practice()).tz
        raise_days(
            day
            for provider, co_provider, starts_at in changed
            for day in days_of(provider, co_provider, starts_at.astimezone(zone).date())
        )
