"""Visits that were imported before: history follows the file, what is ahead is moved in the calendar only."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from practice.importing.kinds import Importing
from practice.operations import record_many
from scheduling.importing.ahead import acting_of
from scheduling.importing.making import person_columns, set_state, state_of
from scheduling.importing.past import overrides_of
from scheduling.importing.reading import Catalogue, Person, Visit
from scheduling.models import Appointment, Attendance
from scheduling.operations.placing import clear_overbooked
from scheduling.queries.overlaps import flag_overlaps
from scheduling.states import BLOCKING, AppointmentState

PLACE = ("provider_id", "co_provider_id", "room_id", "location_id", "modality", "type_id")
MARGINS = ("buffer_before_minutes", "buffer_after_minutes", "cleaning_minutes")
TIME = ("starts_at", "ends_at")
# Of a visit ahead only these follow the file: they tell nobody anything, and take nobody's time.
FREE = frozenset(
    {"title", "note", "rate", "billing_mode", "capacity", "changed_alone", "bundle", "series_id", "source"}
)
FREE_OF_PERSON = frozenset({"confirmed_at", "confirmed_how", "confirmed_by_kind", "note"})
NOT_OURS = (AppointmentState.HELD, AppointmentState.REQUESTED, AppointmentState.RELEASED)

ONLY_HELD = "Here this time is only held or asked for. Settle it in the calendar first."
OTHER_PEOPLE = "This visit stands already without this client. Add them in the calendar."
OTHER_STATUS = "This visit stands already and says otherwise. Change it in the calendar."


@dataclass(slots=True)
class Again:
    """One visit and what the file would change about it."""

    visit: Visit
    row: Appointment
    was: Appointment
    fields: list[str] = field(default_factory=list)
    people: list[tuple[Person, Attendance, list[str]]] = field(default_factory=list)
    newcomers: list[Person] = field(default_factory=list)

    @property
    def is_changed(self) -> bool:
        return bool(self.fields or self.newcomers or any(fields for *_, fields in self.people))


def write_again(
    visits: Sequence[Visit], importing: Importing, book: Catalogue
) -> list[tuple[Person, Attendance]]:
    compared = (_compared(visit, visit.standing, importing, book) for visit in visits if visit.standing)
    differing = [one for one in compared if one is not None]
    for one in differing:
        if one.is_changed:
            _write(one, importing)
            importing.report.changed += len(one.visit.rows)
        else:
            importing.report.unchanged += len(one.visit.rows)
    _note([one for one in differing if one.is_changed], importing)
    clear_overbooked(acting_of(importing), [one.was for one in differing if _left(one)])
    return [pair for one in differing for pair in _pairs(one)]


def _compared(visit: Visit, row: Appointment, importing: Importing, book: Catalogue) -> Again | None:
    """None when what stands may not follow the file, which was said."""
    if row.state in NOT_OURS:
        _refuse(visit, "visit", ONLY_HELD, importing)
        return None
    one = Again(visit, row, copy.copy(row))
    _compare_people(one, importing)
    columns = dict(visit.columns)
    _set(one, columns)
    _set_state(one, importing)
    is_over = one.was.ends_at <= importing.now and row.ends_at <= importing.now
    return one if is_over or _may_follow(one, importing, book) else None


def _compare_people(one: Again, importing: Importing) -> None:
    there = {person.client_id: person for person in one.row.attendances.all()}
    for person in one.visit.people:
        was = there.get(person.client_id)
        if was is None:
            one.newcomers.append(person)
            continue
        columns = person_columns(person, importing, was)
        one.people.append((person, was, _changed(was, columns)))


def _set(one: Again, columns: Mapping[str, Any]) -> None:
    one.fields = _changed(one.row, columns)


def _changed(row: Appointment | Attendance, columns: Mapping[str, Any]) -> list[str]:
    """Sets what differs, and tells which."""
    names = [name for name, value in columns.items() if getattr(row, name) != value]
    for name in names:
        setattr(row, name, columns[name])
    return names


STATE = ("state", "cancel_reason", "cancel_text", "cancelled_at", "cancelled_by_kind", "cancelled_by_id")


def _set_state(one: Again, importing: Importing) -> None:
    """The state follows those who come, those the file does not name included."""
    words = one.visit.words
    if not any(words):
        return
    states = [person.state for person in one.row.attendances.all()]
    states += [person_columns(person, importing).get("state", "expected") for person in one.newcomers]
    set_state(one.row, state_of(one.row, states, words), one.visit, importing)
    one.fields += [name for name in STATE if getattr(one.row, name) != getattr(one.was, name)]


def _may_follow(one: Again, importing: Importing, book: Catalogue) -> bool:
    """A moved, cancelled or joined visit must tell people, and an import tells nobody."""
    against = [name for name in one.fields if name not in FREE]
    if moved := [name for name in (*TIME, *PLACE, *MARGINS) if name in against]:
        local = one.was.starts_at.astimezone(book.zone)
        clock = "%H:%M" if book.practice.clock_24h else "%-I:%M %p"
        when = f"{local:%B} {local.day}, {local.year} at {local.strftime(clock).lower()}"
        column = "starts_at" if moved[0] in TIME else _column(moved[0])
        _refuse(
            one.visit, column, f"This visit stands already on {when}; move it in the calendar.", importing
        )
        return False
    if against:
        _refuse(one.visit, "status", OTHER_STATUS, importing)
        return False
    return _people_may_follow(one, importing)


def _people_may_follow(one: Again, importing: Importing) -> bool:
    for person in one.newcomers:
        _refuse(one.visit, "client", OTHER_PEOPLE, importing, person)
        return False
    for person, _, fields in one.people:
        if not FREE_OF_PERSON.issuperset(fields):
            _refuse(one.visit, "status", OTHER_STATUS, importing, person)
            return False
    return True


def _column(name: str) -> str:
    return name.removesuffix("_id") if name.endswith("_id") else name.removesuffix("_minutes")


def _refuse(
    visit: Visit, column: str, reason: str, importing: Importing, person: Person | None = None
) -> None:
    at_fault = person.row if person else visit.rows[0]
    importing.refuse(at_fault, column, reason)
    for row in visit.rows:
        if row is not at_fault:
            importing.refuse(row, "visit", f"Line {at_fault.line} of this visit cannot be taken.")


def _write(one: Again, importing: Importing) -> None:
    row = one.row
    if _takes_other_time(one):
        flag_overlaps([row])
        one.fields += ["overbooked_provider", "overbooked_room"]
        if row.overbooked_provider or row.overbooked_room:
            row.overrides = overrides_of(row, one.visit.reason, importing)
            one.fields.append("overrides")
    if one.fields:
        row.edition += 1
        row.save(update_fields=[*_stored(one.fields), "edition"])
    for _, person, fields in one.people:
        if fields:
            person.edition += 1
            person.save(update_fields=[*fields, "edition"])
    fresh = [
        Attendance(appointment=row, client_id=person.client_id, **person_columns(person, importing))
        for person in one.newcomers
    ]
    Attendance.objects.bulk_create(fresh)
    one.people += [(person, made, []) for person, made in zip(one.newcomers, fresh, strict=True)]


def _stored(fields: list[str]) -> list[str]:
    return list(dict.fromkeys(fields))


def _takes_other_time(one: Again) -> bool:
    names = ("provider_id", "co_provider_id", "room_id", *MARGINS, *TIME)
    was_there, is_there = one.was.state in BLOCKING, one.row.state in BLOCKING
    return was_there != is_there or any(name in one.fields for name in names)


def _left(one: Again) -> bool:
    return one.was.state in BLOCKING and _takes_other_time(one)


def _note(changed: list[Again], importing: Importing) -> None:
    """The names of the columns, never what stands in them."""
    record_many(
        "visit.changed_by_import",
        ((one.row, {}, {"fields": sorted(set(one.fields)), "edition": one.row.edition}) for one in changed),
        by=importing.by,
        at=importing.now,
        change=importing.change,
    )


def _pairs(one: Again) -> list[tuple[Person, Attendance]]:
    return [(person, attendance) for person, attendance, _ in one.people]
