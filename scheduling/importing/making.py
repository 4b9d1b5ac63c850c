"""Rows of the tables from what a file says: the visit, and who comes."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from core.actors import ActorKind
from core.sheets.columns import Row
from practice.importing.kinds import Importing
from practice.states import Modality
from scheduling.importing.columns import Word
from scheduling.importing.reading import GONE, Catalogue, Person, Visit
from scheduling.models import Appointment, Attendance
from scheduling.states import (
    UNCOUNTED,
    AppointmentState,
    AttendanceState,
    CancelReason,
    ConfirmedHow,
    Source,
    usual_mode,
)

PERSON = {
    Word.NONE: AttendanceState.EXPECTED,
    Word.SCHEDULED: AttendanceState.EXPECTED,
    Word.CONFIRMED: AttendanceState.EXPECTED,
    Word.ARRIVED: AttendanceState.ARRIVED,
    Word.IN_SESSION: AttendanceState.ARRIVED,
    Word.COMPLETED: AttendanceState.ATTENDED,
    Word.NO_SHOW: AttendanceState.ABSENT,
    Word.CANCELLED: AttendanceState.CANCELLED,
    Word.LATE_CANCELLED: AttendanceState.CANCELLED,
    Word.EXCUSED: AttendanceState.EXCUSED,
}


def uuid_of(key: str) -> uuid.UUID | None:
    """Our own visits go by their public id where they have no number of another system."""
    try:
        return uuid.UUID(key) if len(key) == 36 else None
    except ValueError:
        return None


def new_visit(visit: Visit, importing: Importing, book: Catalogue) -> Appointment:
    """Not yet written; overbooked flags and overrides are still to come."""
    own = uuid_of(visit.key)
    name = {"public_id": own} if own else {"record_number": visit.key}
    columns = _defaults(visit, book, is_ahead=visit.ends_at > importing.now) | visit.columns
    row = Appointment(**name, **columns)
    states = [PERSON[person.word] for person in visit.people]
    set_state(row, state_of(row, states, visit.words), visit, importing)
    return row


def _defaults(visit: Visit, book: Catalogue, *, is_ahead: bool) -> dict[str, Any]:
    kind, room = visit.type, book.places.rooms.get(visit.columns.get("room_id") or 0)
    ways = kind.modalities or [Modality.IN_PERSON]
    defaults = {
        "modality": Modality.IN_PERSON if Modality.IN_PERSON in ways else ways[0],
        "buffer_before_minutes": kind.buffer_before_minutes,
        "buffer_after_minutes": kind.buffer_after_minutes,
        "cleaning_minutes": room.cleaning_minutes if room else 0,
        "source": Source.IMPORT,
        "billing_mode": usual_mode(kind.category),
    }
    # What a visit long past cost, only the file can say.
    if is_ahead and visit.columns.get("rate") is None:
        offer = book.offer(kind, visit.columns.get("provider_id"))
        visit.columns["rate"] = (offer and offer.rate) or kind.rate
    return defaults


def state_of(row: Appointment, people: Collection[str], words: Sequence[Word]) -> AppointmentState:
    """Of the visit, from those of everybody on it; nobody's visit goes by its own word."""
    if Word.IN_SESSION in words:
        return AppointmentState.IN_SESSION
    if AttendanceState.ATTENDED in people or (not people and Word.COMPLETED in words):
        return AppointmentState.COMPLETED
    if _all_gone(people, words):
        return AppointmentState.CANCELLED
    was_started = row.started_at is not None and row.completed_at is None
    return AppointmentState.IN_SESSION if was_started else AppointmentState.SCHEDULED


def _all_gone(people: Collection[str], words: Sequence[Word]) -> bool:
    if not people:
        return any(word in GONE for word in words)
    return AttendanceState.CANCELLED in people and all(state in UNCOUNTED for state in people)


def set_state(row: Appointment, state: AppointmentState, visit: Visit, importing: Importing) -> None:
    """With who cancelled it, when and why; what the file leaves out is kept where it stands."""
    row.state = state
    if state != AppointmentState.CANCELLED:
        row.cancel_reason, row.cancel_text, row.cancelled_at = "", "", None
        row.cancelled_by_kind, row.cancelled_by_id = "", None
        return
    said = visit.values
    row.cancel_reason = said.get("cancel_reason") or row.cancel_reason or CancelReason.OTHER
    row.cancel_text = said.get("cancel_text", row.cancel_text)
    row.cancelled_at = said.get("cancelled_at") or row.cancelled_at or min(visit.starts_at, importing.now)
    row.cancelled_by_kind = said.get("cancelled_by") or row.cancelled_by_kind or importing.by.kind


def person_columns(person: Person, importing: Importing, was: Attendance | None = None) -> dict[str, Any]:
    """What the row says; an empty cell says nothing, so it takes no outcome and no confirmation away."""
    row, word = person.row, person.word
    columns: dict[str, Any] = {}
    if word is not Word.NONE:
        columns["state"] = PERSON[word]
        columns["late_cancelled"] = word in GONE and _late(person, was)
    if row.has("confidential"):
        columns["is_confidential"] = row["confidential"]
    if row.get("arrived_at"):
        columns["arrived_at"] = row["arrived_at"]
    columns |= _marked(row) | _left(person)
    if word is Word.CONFIRMED or row.get("confirmed_at"):
        columns |= _confirmed(person, importing.now, was)
    return columns


def _marked(row: Row) -> dict[str, Any]:
    columns = {"note": row["attendance_note"]} if row.has("attendance_note") else {}
    if row.get("arrived_at") and row.has("is_late"):
        columns["is_late"] = row["is_late"]
    return columns | ({"marked_at": row["marked_at"]} if row.get("marked_at") else {})


def _left(person: Person) -> dict[str, Any]:
    """Who cancelled alone; of a visit that was cancelled whole the visit has it."""
    row = person.row
    if person.word not in GONE:
        nothing = {"cancelled_at": None, "cancel_reason": "", "cancel_text": ""}
        return nothing if person.word is not Word.NONE else {}
    if not row.get("left_at"):
        return {}
    return {
        "cancelled_at": row["left_at"],
        "cancel_reason": row.get("left_reason") or CancelReason.OTHER,
        "cancel_text": row.get("left_text") or "",
    }


def _late(person: Person, was: Attendance | None) -> bool:
    said: bool | None = person.row.get("late_cancelled")
    return person.word is Word.LATE_CANCELLED or (bool(was and was.late_cancelled) if said is None else said)


def _confirmed(person: Person, now: dt.datetime, was: Attendance | None) -> dict[str, Any]:
    row = person.row
    how = row.get("confirmed_how") or (was and was.confirmed_how) or ConfirmedHow.STAFF
    usual = ActorKind.USER if how == ConfirmedHow.STAFF else ActorKind.CLIENT
    return {
        "confirmed_at": row.get("confirmed_at") or (was and was.confirmed_at) or now,
        "confirmed_how": how,
        "confirmed_by_kind": row.get("confirmed_by") or (was and was.confirmed_by_kind) or usual.value,
    }


def new_people(
    visits: Iterable[tuple[Visit, Appointment]], importing: Importing
) -> list[tuple[Person, Attendance]]:
    return [
        (
            person,
            Attendance(appointment=row, client_id=person.client_id, **person_columns(person, importing)),
        )
        for visit, row in visits
        for person in visit.people
    ]
