"""A tap on the sheet: a mark while the session is open, a correction once it is completed."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from core.actors import Actor
from core.refusals import Refusal
from scheduling import operations as visits
from scheduling.models import Attendance
from scheduling.rules.marks import Mark, is_overtaken
from scheduling.states import AppointmentState, AttendanceState

# What a correction of a completed session makes of a tap.
CORRECTED = {
    Mark.HERE: AttendanceState.ATTENDED,
    Mark.LATE: AttendanceState.ATTENDED,
    Mark.ABSENT: AttendanceState.ABSENT,
    Mark.EXCUSED: AttendanceState.EXCUSED,
}


def mark_member(
    meeting_id: int,
    attendance_id: int,
    *,
    mark: str,
    by: Actor,
    at: dt.datetime | None = None,
    note: str | None = None,
    seen_at: dt.datetime | None = None,
    change_id: uuid.UUID | None = None,
) -> None:
    """A tap; on a session that is completed a correction, which its charges follow. Raises as those do."""
    people = Attendance.objects.filter(appointment__meeting=meeting_id)
    marked_at, state, visit_state = people.values_list("marked_at", "state", "appointment__state").get(
        pk=attendance_id
    )
    about: dict[str, Any] = {"by": by, "change_id": change_id}
    is_late_tap = seen_at is not None and is_overtaken(marked_at, seen_at)
    is_done = visit_state == AppointmentState.COMPLETED and not is_late_tap
    if not is_done or CORRECTED.get(Mark(mark)) == state:
        visits.mark(attendance_id, mark=mark, at=at, note=note, seen_at=seen_at, **about)
        return
    if mark == Mark.NONE:
        raise Refusal("This session is completed.", remedy="Choose what is true, or open the session again.")
    visits.correct(attendance_id, state=CORRECTED[Mark(mark)], **about)
    if mark == Mark.LATE:  # who was not here came late: a second act, whose id a replay makes again
        second = uuid.uuid5(change_id, "late") if change_id else None
        visits.mark(attendance_id, mark=mark, at=at, by=by, change_id=second)
