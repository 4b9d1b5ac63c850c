"""Marks of an attendance sheet: what a tap makes of somebody's attendance, and which of two taps counts."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from scheduling.states import AppointmentState, AttendanceState

# A tap made without a connection comes later; one that is older than this was a mistake of the device.
OLDEST = dt.timedelta(hours=24)
MARKABLE = (AppointmentState.SCHEDULED, AppointmentState.IN_SESSION, AppointmentState.COMPLETED)


class Mark(StrEnum):
    HERE = "here"
    LATE = "late"
    ABSENT = "absent"
    EXCUSED = "excused"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """What the row says after a tap."""

    state: str
    arrived_at: dt.datetime | None
    is_late: bool


NEWS = {
    AttendanceState.EXPECTED: "expected",
    AttendanceState.ARRIVED: "arrived",
    AttendanceState.ATTENDED: "attended",
    AttendanceState.ABSENT: "absent",
    AttendanceState.EXCUSED: "excused",
}


def fact_of(mark: Mark, *, was: Fact, seen_at: dt.datetime, at: dt.datetime | None, is_done: bool) -> Fact:
    """at: when they came, if somebody said so. On a session that is completed who came has attended."""
    if mark in (Mark.HERE, Mark.LATE):
        is_late = mark == Mark.LATE
        kept = was.arrived_at if was.arrived_at and was.is_late == is_late else None
        came = AttendanceState.ATTENDED if is_done else AttendanceState.ARRIVED
        return Fact(state=came, arrived_at=at or kept or seen_at, is_late=is_late)
    states = {Mark.ABSENT: AttendanceState.ABSENT, Mark.EXCUSED: AttendanceState.EXCUSED}
    return Fact(state=states.get(mark, AttendanceState.EXPECTED), arrived_at=None, is_late=False)


def mark_of(fact: Fact) -> Mark:
    """Twin of `fact_of`: which toggle is pressed."""
    if fact.state in (AttendanceState.ARRIVED, AttendanceState.ATTENDED):
        return Mark.LATE if fact.is_late else Mark.HERE
    marks = {AttendanceState.ABSENT: Mark.ABSENT, AttendanceState.EXCUSED: Mark.EXCUSED}
    return marks.get(AttendanceState(fact.state), Mark.NONE)


def seen(said: dt.datetime | None, now: dt.datetime) -> dt.datetime:
    """When a tap was made, between a day ago and now."""
    return max(min(said or now, now), now - OLDEST)


def is_overtaken(marked_at: dt.datetime | None, seen_at: dt.datetime) -> bool:
    """Somebody marked the same person after this tap was made, so it only goes into the history."""
    return marked_at is not None and marked_at > seen_at
