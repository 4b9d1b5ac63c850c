"""The attendance sheet of one session: who is on it, what was said of each, and by whom."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from core.actors import Actor
from groups.models import Group
from groups.permissions import may_with
from groups.rules.names import sheet_name, told_apart
from practice.models import AuditEntry, User
from scheduling.models import Appointment, Attendance
from scheduling.rules.marks import Fact, Mark, mark_of
from scheduling.states import AttendanceState

GONE = (AttendanceState.CANCELLED,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """`note` is empty for who may not read it."""

    person: Attendance
    name: str
    mark: Mark
    note: str

    @property
    def is_off(self) -> bool:
        """They called this session off, or were taken off it."""
        return self.person.state in GONE


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """`counts` by mark: counted here from what stands, stored nowhere."""

    rows: Sequence[Row]
    off: Sequence[Row]
    counts: Counter[str]

    @property
    def marked(self) -> int:
        return sum(self.counts.values()) - self.counts[Mark.NONE]

    @property
    def unmarked(self) -> int:
        return self.counts[Mark.NONE]


# A tap reads all of them anew for one row, and whole clients cost more than the tap itself.
_SHOWN = (
    "state",
    "arrived_at",
    "is_late",
    "note",
    "edition",
    "appointment_id",
    "client__first_name",
    "client__last_name",
    "client__preferred_name",
)


def sheet_of(visit: Appointment, group: Group, by: Actor) -> Sheet:
    """One query."""
    shown = visit.attendances.select_related("client").only(*_SHOWN)
    people = list(shown.order_by("client__first_name", "client__last_name", "pk"))
    names = told_apart([_name(person) for person in people])
    reads = may_with(by, "group.notes", group)
    rows = [_row(person, name, reads=reads) for person, name in zip(people, names, strict=True)]
    there = [row for row in rows if not row.is_off]
    return Sheet(
        rows=there,
        off=[row for row in rows if row.is_off],
        counts=Counter(row.mark.value for row in there),
    )


def row_of(person: Attendance, visit: Appointment, group: Group, by: Actor) -> Row:
    """One line anew, told apart as on the whole sheet."""
    return next(row for row in _all(sheet_of(visit, group, by)) if row.person.pk == person.pk)


def _all(sheet: Sheet) -> list[Row]:
    return [*sheet.rows, *sheet.off]


def _name(person: Attendance) -> str:
    client = person.client
    return sheet_name(client.preferred_name or client.first_name, client.last_name)


def _row(person: Attendance, name: str, *, reads: bool) -> Row:
    fact = Fact(state=person.state, arrived_at=person.arrived_at, is_late=person.is_late)
    return Row(person=person, name=name, mark=mark_of(fact), note=person.note if reads else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One line of what was said of somebody: when, by whom, what; `overtaken`: it came too late to count."""

    at: dt.datetime
    who: str
    what: str
    overtaken: bool


_WHAT = {
    "attendance.arrived": "here",
    "attendance.attended": "here, session completed",
    "attendance.absent": "absent",
    "attendance.excused": "excused",
    "attendance.expected": "mark taken away",
    "attendance.reopened": "session opened again",
    "attendance.cancelled": "called off",
    "attendance.restored": "put back",
    "attendance.added": "put on the session",
}


def history_of(person: Attendance) -> list[Said]:
    """Newest first, from the one audit trail. Two queries."""
    entries = list(AuditEntry.objects.about("attendance", person.pk))
    users = User.objects.in_bulk({e.actor_id for e in entries if e.actor_kind == "user" and e.actor_id})
    lines = [
        Said(
            at=entry.at,
            who=users[entry.actor_id].name if entry.actor_id in users else entry.actor_kind,
            what=_what(entry),
            overtaken=entry.act == "attendance.mark_overtaken",
        )
        for entry in entries
        if entry.act in _WHAT or entry.act == "attendance.mark_overtaken"
    ]
    return lines[::-1]


def _what(entry: AuditEntry) -> str:
    after = entry.after or {}
    if entry.act == "attendance.mark_overtaken":
        return str(after.get("mark", ""))
    is_late = entry.act == "attendance.arrived" and after.get("is_late")
    return "late" if is_late else _WHAT[entry.act]
