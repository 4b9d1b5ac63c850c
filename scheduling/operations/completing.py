"""A session is over: who came is settled, sessions of authorizations are used, charges are made. And corrections."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import F

from core.actors import Actor
from core.refusals import NotAllowed, Refusal
from practice.models import Change
from practice.operations import record_many
from practice.operations.acting import Acting, begin, operation
from practice.operations.images import Image, difference, image
from practice.permissions import require
from scheduling.models import Appointment, Attendance
from scheduling.operations.acting import Acted, done, done_before
from scheduling.operations.attending import told
from scheduling.operations.authorizing import draws, use_sessions
from scheduling.operations.charging import settle
from scheduling.operations.locking import lock_places, lock_rows, locked, refuse_stale
from scheduling.operations.placing import touch_days
from scheduling.permissions import may_act_on, may_settle
from scheduling.rules.completing import CAME, refuse_unmarked
from scheduling.rules.moves import refuse_correction, refuse_visit_act
from scheduling.signals import attendance_changed
from scheduling.states import AppointmentState, AttendanceState

BATCH = 500


@dataclass(frozen=True, slots=True)
class Completed:
    """`left`: why those that were not completed were not, by visit."""

    change: Change
    done: list[int]
    left: dict[int, str]
    repeated: bool = False


@operation("visit.complete", "appointment")
def complete(
    appointment_id: int, *, by: Actor, edition: int | None = None, change_id: uuid.UUID | None = None
) -> Acted:
    """The session is over. A single client counts as having attended; several must each be told apart first.

    Charges whoever is to be charged, in the same transaction and once: a second press finds it done.
    """
    acting = begin("visit.complete", change_id, by, {"appointment": appointment_id, "edition": edition})
    if acting.repeat:
        return done_before(acting)
    visit = locked(appointment_id, edition=edition)
    _finish(acting, {visit: _ready(acting, visit)})
    return done(acting, visit)


@operation("visit.complete_many", "appointment")
def complete_many(
    appointment_ids: Iterable[int], *, by: Actor, change_id: uuid.UUID | None = None
) -> Completed:
    """Every one of them that can be completed, as one act; those that cannot stay as they are, with the reason.

    Billing too completes what is over in bulk, but only where somebody else said who came.
    """
    ids = sorted(set(appointment_ids))
    acting = begin("visit.complete_many", change_id, by, {"appointments": ids})
    if acting.repeat:
        return _completed(acting.change, repeated=True)
    came: dict[Appointment, list[Attendance]] = {}
    left: dict[int, str] = {}
    for visit in _locked_all(ids):
        try:
            came[visit] = _ready(acting, visit, is_one_of_many=True)
        except Refusal as refusal:
            left[visit.pk] = "You may not do that." if isinstance(refusal, NotAllowed) else refusal.message
    _finish(acting, came)
    acting.close({"appointments": [v.pk for v in came], "left": {str(pk): why for pk, why in left.items()}})
    return _completed(acting.change)


def _completed(change: Change, *, repeated: bool = False) -> Completed:
    said = change.result
    return Completed(change, said["appointments"], {int(pk): w for pk, w in said["left"].items()}, repeated)


def _locked_all(ids: Sequence[int]) -> list[Appointment]:
    """With everybody whose session may be used; in the order of every operation."""
    visits = Appointment.objects.filter(pk__in=ids).select_related("type").prefetch_related("attendances")
    seen = list(visits)
    lock_places(seen, {person.client_id for visit in seen for person in visit.attendances.all()})
    lock_rows(Appointment, ids)
    lock_rows(Attendance, [person.pk for visit in seen for person in visit.attendances.all()])
    return list(visits.order_by("starts_at", "pk"))


def _ready(acting: Acting, visit: Appointment, *, is_one_of_many: bool = False) -> list[Attendance]:
    """Who came, if it may be completed now."""
    may_say = may_act_on(acting.by, "visit.attend", visit)
    require(may_say or (is_one_of_many and may_settle(acting.by)))
    refuse_visit_act("complete", visit.state)
    if acting.now < visit.starts_at:
        raise Refusal("The visit has not begun yet.", remedy="Complete it once it has.")
    people = list(visit.attendances.all())
    refuse_unmarked([person.state for person in people], says_who_came=may_say)
    return sorted((p for p in people if p.state in CAME), key=lambda person: person.pk)


def _finish(acting: Acting, came: dict[Appointment, list[Attendance]]) -> None:
    """Set-wise: two hundred sessions of twelve are a few statements, but for those that use an authorization."""
    visits = list(came)
    befores = [image(visit) for visit in visits]
    for visit in visits:
        visit.state, visit.completed_at = AppointmentState.COMPLETED, acting.now
        visit.edition += 1
    Appointment.objects.filter(pk__in=[visit.pk for visit in visits]).update(
        state=AppointmentState.COMPLETED, completed_at=acting.now, edition=F("edition") + 1
    )
    _record(acting, "visit.completed", visits, befores)
    _attended(acting, came)
    settle(acting, visits)
    touch_days(*visits)


def _attended(acting: Acting, came: dict[Appointment, list[Attendance]]) -> None:
    """Visits that use sessions one after another: each must see what the one before it used."""
    at_once: list[Attendance] = []
    befores = {person.pk: image(person) for people in came.values() for person in people}
    for visit, people in came.items():
        for person in people:
            person.appointment, person.state = visit, AttendanceState.ATTENDED
            person.edition += 1
        if draws(visit, people):
            use_sessions(visit, people)
            _write(people)
        else:
            at_once += people
    Attendance.objects.filter(pk__in=[person.pk for person in at_once]).update(
        state=AttendanceState.ATTENDED, edition=F("edition") + 1
    )
    everybody = [person for people in came.values() for person in people]
    _record(acting, "attendance.attended", everybody, [befores[person.pk] for person in everybody])
    for person in everybody:
        _tell(acting, person, "attended", befores[person.pk])


def _write(people: Sequence[Attendance]) -> None:
    columns = ["state", "authorization", "authorization_used", "edition"]
    Attendance.objects.bulk_update(people, columns, batch_size=BATCH)


def _record(
    acting: Acting, act: str, rows: Sequence[Appointment] | Sequence[Attendance], befores: Sequence[Image]
) -> None:
    differences = [difference(before, image(row)) for row, before in zip(rows, befores, strict=True)]
    lines = ((row, old, new) for row, (old, new, _) in zip(rows, differences, strict=True))
    record_many(act, lines, by=acting.by, at=acting.now, change=acting.change)


def _tell(acting: Acting, person: Attendance, kind: str, before: Image) -> None:
    attendance_changed.send(
        Attendance, attendance=person, kind=kind, before=before.columns, change=acting.change, now=acting.now
    )


@operation("visit.reopen", "appointment")
def reopen(
    appointment_id: int, *, by: Actor, edition: int | None = None, change_id: uuid.UUID | None = None
) -> Acted:
    """Not done after all: as it stood before it was completed; sessions are given back and charges reversed."""
    acting = begin("visit.reopen", change_id, by, {"appointment": appointment_id, "edition": edition})
    if acting.repeat:
        return done_before(acting)
    visit = locked(appointment_id, edition=edition)
    require(may_act_on(by, "visit.attend", visit))
    refuse_visit_act("reopen", visit.state)
    before = image(visit)
    visit.state = AppointmentState.IN_SESSION if visit.started_at else AppointmentState.SCHEDULED
    visit.completed_at = None
    visit.edition += 1
    acting.saved("visit.reopened", visit, before)
    for person in visit.attendances.filter(state=AttendanceState.ATTENDED).order_by("pk"):
        old = image(person)
        person.state = AttendanceState.ARRIVED if person.arrived_at else AttendanceState.EXPECTED
        person.authorization_used = False
        person.edition += 1
        told(acting, person, "reopened", old)
    settle(acting, [visit])
    touch_days(visit)
    return done(acting, visit)


# To which state, and what the history and the news call it.
CORRECTED = {
    AttendanceState.ATTENDED: "attended",
    AttendanceState.ABSENT: "absent",
    AttendanceState.EXCUSED: "excused",
}


@operation("attendance.correct", "attendance")
def correct(
    attendance_id: int,
    *,
    state: str,
    by: Actor,
    edition: int | None = None,
    change_id: uuid.UUID | None = None,
) -> Acted:
    """What was marked on a visit that is done was wrong: ATTENDED, ABSENT or EXCUSED instead.

    The session of an authorization follows, and charges of this person alone are reversed and made anew.
    Raises NotAllowed, StaleEdit, WrongState, Refusal when nobody at all would have come.
    """
    content = {"attendance": attendance_id, "state": state, "edition": edition}
    acting = begin("attendance.correct", change_id, by, content)
    if acting.repeat:
        return done_before(acting)
    person = _locked_person(attendance_id, edition)
    visit, to = person.appointment, AttendanceState(state)
    require(may_act_on(by, "visit.attend", visit))
    refuse_correction(visit.state, person.state, to)
    if to != AttendanceState.ATTENDED:
        _refuse_nobody(person)
    before = image(person)
    person.state = to
    person.authorization_used = False
    person.marked_at = acting.now
    if to != AttendanceState.ATTENDED:
        person.arrived_at, person.is_late = None, False
    person.edition += 1
    if to == AttendanceState.ATTENDED:
        use_sessions(visit, [person])
    told(acting, person, CORRECTED[to], before)
    settle(acting, [visit], attendance_ids={person.pk})
    touch_days(visit)
    return done(acting, visit)


def _locked_person(attendance_id: int, edition: int | None) -> Attendance:
    seen = Attendance.objects.filter(pk=attendance_id).values_list("appointment_id", flat=True).first()
    if seen is None:
        raise Refusal("This visit no longer exists.", remedy="Look at the calendar again.")
    visit = locked(seen)
    lock_rows(Attendance, [attendance_id])
    person = Attendance.objects.get(pk=attendance_id)
    person.appointment = visit
    refuse_stale(person, edition)
    return person


def _refuse_nobody(person: Attendance) -> None:
    others = Attendance.objects.filter(appointment=person.appointment_id, state=AttendanceState.ATTENDED)
    if not others.exclude(pk=person.pk).exists():
        raise Refusal(
            "Then nobody came, and the visit was not held.",
            remedy="Choose “Not done after all” on the visit, then mark who did not come.",
        )
