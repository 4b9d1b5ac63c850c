"""Marks of an attendance sheet: one tap is one act with an id of its own, and the latest fact about a person stands.

No edition is asked: two therapists at one sheet are not in each other's way. `marked_at` is when a tap was made, so one
that was made earlier and arrives later, after a hole in the network, changes nothing that was said since.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from core.actors import Actor
from core.refusals import Refusal
from practice.models import Change
from practice.operations import record
from practice.operations.acting import Acting, begin, operation
from practice.operations.images import image
from practice.permissions import require
from practice.queries import the_practice
from scheduling.models import Appointment, Attendance
from scheduling.operations.charging import settle
from scheduling.operations.locking import lock_rows, locked_attendance
from scheduling.operations.placing import touch_days
from scheduling.permissions import may_act_on
from scheduling.rules.marks import MARKABLE, NEWS, Fact, Mark, fact_of, is_overtaken, seen
from scheduling.rules.moves import WrongState
from scheduling.signals import attendance_changed
from scheduling.states import AppointmentState, AttendanceState, Category

AHEAD = (Mark.EXCUSED, Mark.NONE)  # may be said before the day


@dataclass(frozen=True, slots=True)
class Marked:
    """`overtaken`: somebody marked this person after the tap was made."""

    change: Change
    attendance: Attendance
    overtaken: bool = False
    repeated: bool = False


@operation("attendance.mark", "attendance")
def mark(
    attendance_id: int,
    *,
    mark: str,
    by: Actor,
    at: dt.datetime | None = None,
    note: str | None = None,
    seen_at: dt.datetime | None = None,
    change_id: uuid.UUID | None = None,
) -> Marked:
    """here, late, absent, excused, or none of them; on a completed session only how they came and the note.

    at: when they came. note: None leaves it. seen_at: when the tap was made; no part of what was asked, since a
    replay says it anew. Raises NotAllowed, WrongState, Refusal.
    """
    content = {"attendance": attendance_id, "mark": mark, "at": at, "note": note}
    acting = begin("attendance.mark", change_id, by, content)
    if acting.repeat:
        row = Attendance.objects.select_related("appointment", "client").get(pk=attendance_id)
        return Marked(acting.change, row, acting.change.result["overtaken"], repeated=True)
    person = locked_attendance(attendance_id)
    require(may_act_on(by, "visit.attend", person.appointment))
    overtaken = not mark_in(acting, person, Mark(mark), at=at, note=note, seen_at=seen(seen_at, acting.now))
    acting.close({"appointment": person.appointment_id, "overtaken": overtaken})
    return Marked(acting.change, person, overtaken)


@operation("visit.mark_all", "appointment")
def mark_all_here(
    appointment_id: int,
    *,
    by: Actor,
    seen_at: dt.datetime | None = None,
    change_id: uuid.UUID | None = None,
) -> Change:
    """Everybody nothing was said of yet is here. Raises NotAllowed, WrongState, Refusal."""
    acting = begin("visit.mark_all", change_id, by, {"appointment": appointment_id})
    if acting.repeat:
        return acting.change
    lock_rows(Appointment, [appointment_id])
    visit = Appointment.objects.select_related("type").filter(pk=appointment_id).first()
    if visit is None:
        raise Refusal("This visit no longer exists.", remedy="Look at the calendar again.")
    require(may_act_on(by, "visit.attend", visit))
    waiting = Attendance.objects.filter(appointment=visit, state=AttendanceState.EXPECTED)
    for person in waiting.select_for_update(no_key=True).order_by("pk"):
        person.appointment = visit
        mark_in(acting, person, Mark.HERE, seen_at=seen(seen_at, acting.now))
    acting.close({"appointment": visit.pk})
    return acting.change


def mark_in(
    acting: Acting,
    person: Attendance,
    wanted: Mark,
    *,
    seen_at: dt.datetime,
    at: dt.datetime | None = None,
    note: str | None = None,
) -> bool:
    """As `mark`, as a part of an act; the person is locked, with the visit.

    False for a tap that was overtaken: it is a line of the history and nothing else.
    """
    if is_overtaken(person.marked_at, seen_at):
        said = {"mark": wanted.value, "seen_at": seen_at.isoformat()}
        record(
            "attendance.mark_overtaken",
            person,
            by=acting.by,
            at=acting.now,
            change=acting.change,
            before={},  # the row was there before: Undo has nothing to put back, and nothing to take away
            after=said,
        )
        return False
    was = Fact(state=person.state, arrived_at=person.arrived_at, is_late=person.is_late)
    is_done = person.appointment.state == AppointmentState.COMPLETED
    fact = fact_of(wanted, was=was, seen_at=seen_at, at=at, is_done=is_done)
    if is_done and fact.state != was.state:
        raise WrongState("This session is completed.", remedy="Correct the mark instead.")
    _refuse(acting, person, wanted)
    before = image(person)
    person.state, person.arrived_at, person.is_late = fact.state, fact.arrived_at, fact.is_late
    person.marked_at = seen_at
    if note is not None:
        person.note = note.strip()
    person.edition += 1
    kind = NEWS[AttendanceState(fact.state)]
    acting.saved(f"attendance.{kind}", person, before)
    attendance_changed.send(
        Attendance, attendance=person, kind=kind, before=before.columns, change=acting.change, now=acting.now
    )
    # A note or a time changes nothing that is owed, nor what was taken back for good; nor does a mark in a group: what
    # its members owe is decided when the session is completed, and by corrections after that.
    if fact.state != was.state and person.appointment.type.category != Category.GROUP:
        settle(acting, [person.appointment], attendance_ids={person.pk})
    touch_days(person.appointment)
    return True


def _refuse(acting: Acting, person: Attendance, wanted: Mark) -> None:
    visit = person.appointment
    if visit.state not in MARKABLE:
        raise WrongState("This session is not open for marks.", remedy="Look at it again.")
    if person.state == AttendanceState.CANCELLED:
        raise WrongState("This client called this session off.", remedy="Put them back first.")
    zone = the_practice().tz
    is_ahead = visit.starts_at.astimezone(zone).date() > acting.now.astimezone(zone).date()
    if is_ahead and wanted not in AHEAD:
        raise Refusal("This session is on a later day.", remedy="Mark it on the day itself.")
    if wanted == Mark.ABSENT and acting.now < visit.starts_at:
        raise Refusal("The session has not begun yet.", remedy="Wait until it starts.")
