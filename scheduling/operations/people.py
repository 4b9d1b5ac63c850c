"""Who comes to a standing visit: one of several cancels, is put back, or joins.

These acts change what the visit is, so besides the attendance they raise the visit's own edition: a form opened before
is out of date, and Undo refuses once somebody moved the visit on.
"""

from __future__ import annotations

import uuid
from dataclasses import replace

from core.actors import Actor
from core.refusals import Problem, Refusal, StaleEdit
from practice.operations.acting import Acting, begin, operation
from practice.operations.images import image
from practice.permissions import require
from scheduling.models import Appointment, Attendance
from scheduling.operations.acting import Acted, done, done_before
from scheduling.operations.authorizing import keep_sessions, lock_authorizations
from scheduling.operations.booking import attend
from scheduling.operations.changing import end, is_late, refuse_reasonless
from scheduling.operations.charging import settle
from scheduling.operations.locking import lock_rows, locked, refuse_stale
from scheduling.operations.placing import keep_overrides, refuse_unless_overridden, touch_days
from scheduling.permissions import may_act_on, may_answer_for
from scheduling.queries.problems import problems_with, wish_of
from scheduling.rules.moves import refuse_person_act, refuse_visit_act
from scheduling.rules.wishes import Wish
from scheduling.signals import attendance_changed
from scheduling.states import AttendanceState, Category, Notice


@operation("attendance.cancel", "attendance")
def cancel_person(
    attendance_id: int,
    *,
    reason: str,
    text: str = "",
    by: Actor,
    edition: int | None = None,
    occurrence: int | None = None,
    change_id: uuid.UUID | None = None,
    notice: str = Notice.NONE,
) -> Acted:
    """Take one person off a visit. The last one to go cancels the visit itself, as `cancel` does; a group meets anyway.

    `notice` tells this person alone. occurrence: what the question was about; StaleEdit when it has moved since.
    Raises NotAllowed, StaleEdit, WrongState, Refusal for a missing reason.
    """
    content = {"attendance": attendance_id, "reason": reason, "text": text, "notice": notice}
    content |= {"edition": edition, "occurrence": occurrence}
    acting = begin("attendance.cancel", change_id, by, content)
    if acting.repeat:
        return done_before(acting)
    refuse_reasonless(reason, text)
    person = _locked_person(attendance_id, edition=edition)
    visit = person.appointment
    require(may_answer_for(by, "may_cancel", person, acting.now) or may_act_on(by, "visit.cancel", visit))
    if occurrence is not None and visit.occurrence != occurrence:
        raise StaleEdit("The visit has moved since this was asked.", remedy="Ask again about the new time.")
    refuse_person_act("cancel_person", visit.state, person.state)
    others = visit.attendances.counted().exclude(pk=person.pk).exists()
    if others or visit.type.category == Category.GROUP:
        _take_off(acting, person, reason, text, notice)
    else:
        refuse_visit_act("cancel", visit.state)
        end(acting, visit, reason=reason, text=text, notice=notice)
    return done(acting, visit)


def _take_off(acting: Acting, person: Attendance, reason: str, text: str, notice: str) -> None:
    before = image(person)
    person.state = AttendanceState.CANCELLED
    person.cancelled_at, person.cancel_reason, person.cancel_text = acting.now, reason, text
    person.late_cancelled = is_late(person.appointment, reason, acting.now)
    person.edition += 1
    acting.saved("attendance.cancelled", person, before)
    visit, was = person.appointment, image(person.appointment)
    visit.edition += 1
    acting.saved("visit.people_changed", visit, was)
    settle(acting, [visit], attendance_ids={person.pk})
    _changed(acting, person, "cancelled", before.columns, notice)


@operation("attendance.put_back", "attendance")
def put_back(
    attendance_id: int,
    *,
    by: Actor,
    edition: int | None = None,
    change_id: uuid.UUID | None = None,
    notice: str = Notice.STANDARD,
    override_reason: str = "",
) -> Acted:
    """Somebody who was taken off comes after all, to be confirmed anew. Raises as `add_person` does."""
    content = {"attendance": attendance_id, "edition": edition, "notice": notice, "override": override_reason}
    acting = begin("attendance.put_back", change_id, by, content)
    if acting.repeat:
        return done_before(acting)
    person = _locked_person(attendance_id, edition=edition)
    require(may_act_on(by, "visit.book", person.appointment))
    refuse_person_act("put_back", person.appointment.state, person.state)
    _seat_again(acting, person, notice, override_reason)
    return done(acting, person.appointment)


@operation("visit.add_person", "appointment")
def add_person(
    appointment_id: int,
    *,
    client_id: int,
    by: Actor,
    edition: int | None = None,
    change_id: uuid.UUID | None = None,
    notice: str = Notice.STANDARD,
    override_reason: str = "",
) -> Acted:
    """One more person comes to a booked visit; who was on it before and cancelled gets the old seat back.

    Judged by what their coming adds: what stood against the visit already was decided when it was booked.
    Raises NotAllowed, StaleEdit, WrongState, Blocked, Refusal when they are on it or every seat is taken.
    """
    content: dict[str, object] = {"appointment": appointment_id, "client": client_id, "edition": edition}
    content |= {"notice": notice, "override": override_reason}
    acting = begin("visit.add_person", change_id, by, content)
    if acting.repeat:
        return done_before(acting)
    visit = locked(appointment_id, edition=edition, client_ids=[client_id])
    require(may_act_on(by, "visit.book", visit))
    refuse_visit_act("add_person", visit.state)
    there = visit.attendances.select_for_update(no_key=True).filter(client=client_id).first()
    if there is not None:
        there.appointment = visit
        _refuse_seated(there)
        _seat_again(acting, there, notice, override_reason)
        return done(acting, visit)
    _make_room(acting, visit, client_id, override_reason)
    [person] = attend(acting, visit, (client_id,), is_confidential=False)
    _changed(acting, person, "added", {}, notice)
    return done(acting, visit)


def _refuse_seated(person: Attendance) -> None:
    if person.state not in (AttendanceState.CANCELLED, AttendanceState.EXCUSED):
        raise Refusal("This client is already on the visit.", field="client", remedy="Choose somebody else.")


def _seat_again(acting: Acting, person: Attendance, notice: str, override_reason: str) -> None:
    _make_room(acting, person.appointment, person.client_id, override_reason)
    before = image(person)
    person.state, person.late_cancelled = AttendanceState.EXPECTED, False
    person.cancelled_at, person.cancel_reason, person.cancel_text = None, "", ""
    person.confirmed_at, person.confirmed_by_id = None, None
    person.confirmed_by_kind = person.confirmed_how = ""
    person.edition += 1
    acting.saved("attendance.restored", person, before)
    keep_sessions(acting, person.appointment)
    settle(acting, [person.appointment], attendance_ids={person.pk})
    _changed(acting, person, "restored", before.columns, notice)


def _make_room(acting: Acting, visit: Appointment, client_id: int, override_reason: str) -> None:
    """Raise the visit's edition, with what had to be overridden for one more; the visit is locked."""
    _refuse_full(visit)
    lock_authorizations(visit.type, [client_id])
    before = image(visit)
    overridden = refuse_unless_overridden(acting, _added_problems(acting, visit, client_id), override_reason)
    keep_overrides(acting, visit, overridden, override_reason)
    visit.edition += 1
    acting.saved("visit.people_changed", visit, before)


def _refuse_full(visit: Appointment) -> None:
    if visit.capacity is not None and visit.attendances.counted().count() >= visit.capacity:
        raise Refusal(f"All {visit.capacity} places are taken.", field="client", remedy="Free a place first.")


def _added_problems(acting: Acting, visit: Appointment, client_id: int) -> list[Problem]:
    def found(wish: Wish) -> list[Problem]:
        return problems_with(wish, appointment_id=visit.pk, by=acting.by, now=acting.now)

    own = wish_of(visit)
    stood = found(own)
    return [p for p in found(replace(own, client_ids=(*own.client_ids, client_id))) if p not in stood]


def _locked_person(attendance_id: int, *, edition: int | None) -> Attendance:
    """With everything a cancelled visit would let go of locked, in the order of every operation."""
    seen = Attendance.objects.filter(pk=attendance_id).values_list("appointment_id", flat=True).first()
    if seen is None:
        raise Refusal("This visit no longer exists.", remedy="Look at the calendar again.")
    visit = locked(seen)
    lock_rows(Attendance, [attendance_id])
    person = Attendance.objects.select_related("client").get(pk=attendance_id)
    person.appointment = visit
    refuse_stale(person, edition)
    return person


def _changed(acting: Acting, person: Attendance, kind: str, before: dict, notice: str) -> None:
    touch_days(person.appointment)
    attendance_changed.send(
        Attendance,
        attendance=person,
        kind=kind,
        before=before,
        notice=notice,
        change=acting.change,
        now=acting.now,
    )
