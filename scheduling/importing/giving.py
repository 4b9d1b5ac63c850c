"""What stands, as a file that can be taken in again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

from django.db.models import Case, CharField, IntegerField, Prefetch, QuerySet, Value, When
from django.db.models.functions import Cast, Coalesce, NullIf

from core import clock
from core.sheets.cells import Style
from practice.importing.naming import Places, Providers
from scheduling.importing.columns import Word
from scheduling.importing.types import TypeNames
from scheduling.models import Appointment, Attendance
from scheduling.states import AppointmentState, AttendanceState

PASSING = (AppointmentState.HELD, AppointmentState.REQUESTED, AppointmentState.RELEASED)
CHUNK = 500
WORDS = {
    AttendanceState.ARRIVED: Word.ARRIVED,
    AttendanceState.ATTENDED: Word.COMPLETED,
    AttendanceState.ABSENT: Word.NO_SHOW,
    AttendanceState.CANCELLED: Word.CANCELLED,
    AttendanceState.EXCUSED: Word.EXCUSED,
}
OF_NOBODY = {
    AppointmentState.COMPLETED: Word.COMPLETED,
    AppointmentState.CANCELLED: Word.CANCELLED,
    AppointmentState.IN_SESSION: Word.IN_SESSION,
}
MOMENTS = ("cancelled_at", "started_at", "completed_at")
AS_THEY_ARE = (
    "modality",
    "cleaning_minutes",
    "title",
    "note",
    "rate",
    "billing_mode",
    "capacity",
    "source",
    "cancel_reason",
    "cancel_text",
    "changed_alone",
    "bundle",
)


def _given() -> QuerySet[Any]:
    """Holds and requests pass, so they are not given. Those placed over others come last: they stand on them."""
    key = Coalesce(NullIf("record_number", Value("")), Cast("public_id", CharField()))
    is_over = Case(When(overrides=[], then=0), default=1, output_field=IntegerField())
    return Appointment.objects.exclude(state__in=PASSING).annotate(key=key, is_over=is_over)


def stands() -> int:
    """Rows: one per person, and one for a visit without any."""
    return Appointment.objects.exclude(state__in=PASSING).values("pk", "attendances__pk").count()


def visits(style: Style) -> Iterator[Mapping[str, Any]]:
    providers, places, types, now = Providers(), Places(), TypeNames(), clock.now()
    people = Attendance.objects.select_related("client").order_by("client__record_number")
    rows = _given().select_related("series").prefetch_related(Prefetch("attendances", people))
    for row in rows.order_by("is_over", "starts_at", "key").iterator(chunk_size=CHUNK):
        of_visit = _visit(row, style) | {
            "type": types.by_id[row.type_id].name,
            "provider": providers.word(row.provider_id),
            "co_provider": providers.word(row.co_provider_id),
            "location": places.location_word(row.location_id),
            "room": places.room_word(row.room_id),
        }
        attendances = row.attendances.all()
        for person in attendances:
            yield of_visit | _person(row, person, style, now)
        if not attendances:
            yield of_visit | {"status": OF_NOBODY.get(AppointmentState(row.state), _still(row, now))}


def _visit(row: Any, style: Style) -> dict[str, Any]:
    length, whole = row.ends_at - row.starts_at, dt.timedelta(minutes=1)
    reasons = dict.fromkeys(line.get("reason", "") for line in row.overrides)
    return {
        **{name: getattr(row, name) for name in AS_THEY_ARE},
        **{name: _local(getattr(row, name), style) for name in MOMENTS},
        "visit": row.key,
        "starts_at": _local(row.starts_at, style),
        "minutes": None if length % whole else length // whole,
        "ends_at": _local(row.ends_at, style) if length % whole else None,
        "buffer_before": row.buffer_before_minutes,
        "buffer_after": row.buffer_after_minutes,
        "cancelled_by": row.cancelled_by_kind,
        "override_reason": "; ".join(filter(None, reasons)),
        **_series(row),
    }


def _series(row: Appointment) -> dict[str, Any]:
    series = row.series
    if series is None:
        return {}
    return {
        "series": series.public_id,
        "series_rule": series.rule,
        "series_starts_on": series.starts_on,
        "series_time": series.local_time,
        "series_zone": series.zone,
    }


def _person(row: Appointment, person: Attendance, style: Style, now: dt.datetime) -> dict[str, Any]:
    return {
        "client": person.client.record_number,
        "status": _word(row, person, now),
        "confidential": person.is_confidential,
        "confirmed_at": _local(person.confirmed_at, style),
        "confirmed_how": person.confirmed_how,
        "confirmed_by": person.confirmed_by_kind,
        "arrived_at": _local(person.arrived_at, style),
        "late_cancelled": person.late_cancelled,
        "is_late": person.is_late,
        "attendance_note": person.note,
        "marked_at": _local(person.marked_at, style),
        "left_at": _local(person.cancelled_at, style),
        "left_reason": person.cancel_reason,
        "left_text": person.cancel_text,
    }


def _word(row: Appointment, person: Attendance, now: dt.datetime) -> Word:
    if person.late_cancelled:
        return Word.LATE_CANCELLED
    if row.state == AppointmentState.IN_SESSION and person.state == AttendanceState.ARRIVED:
        return Word.IN_SESSION
    return WORDS.get(AttendanceState(person.state), _still(row, now))


def _still(row: Appointment, now: dt.datetime) -> Word:
    """Over without an outcome is an empty cell."""
    return Word.NONE if row.ends_at <= now else Word.SCHEDULED


def _local(moment: dt.datetime | None, style: Style) -> dt.datetime | None:
    """With its offset, so that the hour the clocks repeat reads back as itself."""
    return moment and moment.astimezone(style.zone)
