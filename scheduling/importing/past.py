"""Visits that are over. History is what it was: no rule refuses it, nobody is told, and no line is written."""

from __future__ import annotations

from collections.abc import Sequence

from practice.importing.copying import copy_in
from practice.importing.kinds import Importing
from scheduling.importing.making import new_people, new_visit
from scheduling.importing.reading import Catalogue, Person, Visit
from scheduling.models import Appointment, Attendance
from scheduling.queries.overlaps import flag_overlaps

IMPORTED = "imported"


def write_past(
    visits: Sequence[Visit], importing: Importing, book: Catalogue
) -> list[tuple[Person, Attendance]]:
    rows = [new_visit(visit, importing, book) for visit in visits]
    flag_overlaps(rows)
    for visit, row in zip(visits, rows, strict=True):
        row.overrides = overrides_of(row, visit.reason, importing)
    copy_in(rows)
    people = new_people(zip(visits, rows, strict=True), importing)
    copy_in([attendance for _, attendance in people])
    importing.report.added += sum(len(visit.rows) for visit in visits)
    return people


def overrides_of(row: Appointment, reason: str, importing: Importing) -> list[dict[str, str]]:
    """Why it lies over another; a reason the other system had is kept even where nothing is overlapped."""
    flags = {"provider_busy": row.overbooked_provider, "room_busy": row.overbooked_room}
    codes = [code for code, is_set in flags.items() if is_set] or ([IMPORTED] if reason else [])
    line = {"reason": reason or IMPORTED, "by": str(importing.by), "at": importing.now.isoformat()}
    return [{"code": code, **line} for code in codes]
