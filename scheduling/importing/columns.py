"""The columns of a file of visits, and the words other systems write in them."""

from __future__ import annotations

import uuid
from enum import StrEnum

from core.actors import ActorKind
from core.sheets import cells
from core.sheets.cells import Style
from core.sheets.columns import Column
from practice.importing.readers import zone
from practice.states import Modality
from scheduling.importing.types import MODALITIES
from scheduling.states import BillingMode, CancelReason, ConfirmedHow, Source

DAY_MINUTES = 24 * 60


class Word(StrEnum):
    """What a row says of one person, or of a visit nobody attends."""

    NONE = ""  # over without outcome; or still ahead
    SCHEDULED = "scheduled"
    CONFIRMED = "confirmed"
    ARRIVED = "arrived"
    IN_SESSION = "in_session"
    COMPLETED = "completed"
    NO_SHOW = "no_show"
    CANCELLED = "cancelled"
    LATE_CANCELLED = "late_cancelled"
    EXCUSED = "excused"


# Case, spaces, hyphens and underscores do not matter.
STATUS: dict[str, str] = {
    **{word.value: word for word in Word if word},
    "booked": Word.SCHEDULED,
    "active": Word.SCHEDULED,
    "pending": Word.SCHEDULED,
    "unconfirmed": Word.SCHEDULED,
    "checked in": Word.ARRIVED,
    "here": Word.ARRIVED,
    "waiting": Word.ARRIVED,
    "in progress": Word.IN_SESSION,
    "complete": Word.COMPLETED,
    "done": Word.COMPLETED,
    "attended": Word.COMPLETED,
    "kept": Word.COMPLETED,
    "show": Word.COMPLETED,
    "showed": Word.COMPLETED,
    "seen": Word.COMPLETED,
    "checked out": Word.COMPLETED,
    "fulfilled": Word.COMPLETED,
    "noshow": Word.NO_SHOW,
    "did not come": Word.NO_SHOW,
    "did not attend": Word.NO_SHOW,
    "dna": Word.NO_SHOW,
    "missed": Word.NO_SHOW,
    "absent": Word.NO_SHOW,
    "canceled": Word.CANCELLED,
    "cancel": Word.CANCELLED,
    "rescheduled": Word.CANCELLED,
    "moved": Word.CANCELLED,
    "late cancel": Word.LATE_CANCELLED,
    "late canceled": Word.LATE_CANCELLED,
    "late cancellation": Word.LATE_CANCELLED,
    "lcx": Word.LATE_CANCELLED,
}
REASONS = {
    **{reason.value: reason.value for reason in CancelReason},
    "client": CancelReason.CLIENT_REQUEST,
    "patient": CancelReason.CLIENT_REQUEST,
    "client cancelled": CancelReason.CLIENT_REQUEST,
    "rescheduled": CancelReason.CLIENT_REQUEST,
    "provider": CancelReason.PROVIDER_UNAVAILABLE,
    "provider cancelled": CancelReason.PROVIDER_UNAVAILABLE,
    "no longer necessary": CancelReason.NO_LONGER_NEEDED,
}
HOW = {
    **{how.value: how.value for how in ConfirmedHow},
    "text": ConfirmedHow.SMS,
    "phone": ConfirmedHow.VOICE,
    "call": ConfirmedHow.VOICE,
    "online": ConfirmedHow.PORTAL,
}
WHO = {
    **{kind.value: kind.value for kind in ActorKind},
    "staff": ActorKind.USER,
    "patient": ActorKind.CLIENT,
}
MODALITY = {**MODALITIES, **{way.value: way.value for way in Modality}}
BILLING = {mode.value: mode.value for mode in BillingMode}
SOURCE = {source.value: source.value for source in Source}

# What a row says of its person; all else it says of the visit.
OF_PERSON = frozenset(
    {
        "client",
        "status",
        "late_cancelled",
        "confidential",
        "confirmed_at",
        "confirmed_how",
        "confirmed_by",
        "arrived_at",
        "is_late",
        "attendance_note",
        "marked_at",
        "left_at",
        "left_reason",
        "left_text",
    }
)


def rrule(cell: str) -> str:
    """RFC 5545, without the word before it."""
    rule = cell.upper().removeprefix("RRULE:")
    if not rule.startswith("FREQ=") or len(rule) > 200:
        raise ValueError("Write a rule like FREQ=WEEKLY;COUNT=10.")
    return rule


def bundle(cell: str) -> uuid.UUID:
    try:
        return uuid.UUID(cell)
    except ValueError:
        raise ValueError("This is written by an export; leave it as it is, or empty.") from None


def columns(style: Style) -> list[Column]:
    moment, text, whole = cells.moment(style), cells.text, cells.whole
    return [
        Column(
            name="visit",
            reads=text(40),
            required=True,
            also=("appointment_id", "appointment", "visit_id", "visit_number", "id"),
            says="its number in the other system; the rows of one visit stand together",
        ),
        Column(
            name="client",
            reads=text(20),
            also=("client_id", "client_number", "patient", "patient_id", "mrn"),
            says="record number; empty for administrative time",
        ),
        Column(
            name="type",
            reads=text(60),
            required=True,
            also=("appointment_type", "service", "visit_type"),
            says="name of the type",
        ),
        Column(
            name="provider",
            reads=text(120),
            also=("clinician", "therapist", "provider_id", "provider_number"),
            says="number or name",
        ),
        Column(
            name="co_provider", reads=text(120), also=("second_provider", "co_therapist", "cofacilitator")
        ),
        Column(name="location", reads=text(80), also=("office", "site")),
        Column(name="room", reads=text(60), also=("room_name",), says="its name within the location"),
        Column(
            name="modality",
            reads=cells.choice(MODALITY),
            also=("mode", "visit_mode"),
            says="empty for the type's own",
        ),
        Column(
            name="starts_at",
            reads=moment,
            required=True,
            also=("start", "starts", "start_time", "begins_at", "date_time"),
            says="like 2026-11-30 14:30, or with an offset like 2026-11-30T14:30-05:00",
        ),
        Column(
            name="minutes",
            reads=whole(1, DAY_MINUTES),
            empty=None,
            also=("duration", "duration_minutes", "length"),
            says="or ends_at; with neither as long as the type",
        ),
        Column(name="ends_at", reads=moment, empty=None, also=("end", "ends", "end_time")),
        Column(
            name="buffer_before",
            reads=whole(0, 240),
            empty=None,
            also=("buffer_before_minutes",),
            says="minutes; empty for the type's own",
        ),
        Column(name="buffer_after", reads=whole(0, 240), empty=None, also=("buffer_after_minutes",)),
        Column(name="cleaning_minutes", reads=whole(0, 240), empty=None, says="empty for the room's own"),
        Column(
            name="status",
            reads=cells.choice(STATUS),
            also=("outcome", "appointment_status", "attendance"),
            says="empty for a past visit nobody gave an outcome",
        ),
        Column(name="title", reads=text(120)),
        Column(name="note", reads=text(500), also=("notes", "comment", "comments")),
        Column(name="rate", reads=cells.money, empty=None, also=("fee", "price")),
        Column(
            name="billing_mode",
            reads=cells.choice(BILLING),
            says="per_attendance or per_meeting; empty for what is usual with the type",
        ),
        Column(name="capacity", reads=whole(1, 500), empty=None, also=("seats",)),
        Column(name="source", reads=cells.choice(SOURCE), says="empty for import"),
        Column(
            name="confidential",
            reads=cells.yes_no,
            empty=False,
            also=("is_confidential",),
            says="yes: contacts are told nothing of it",
        ),
        Column(name="confirmed_at", reads=moment, empty=None, also=("confirmed_on",)),
        Column(name="confirmed_how", reads=cells.choice(HOW), also=("confirmation_method",)),
        Column(name="confirmed_by", reads=cells.choice(WHO), says="user, client, contact or system"),
        Column(name="arrived_at", reads=moment, empty=None, also=("checked_in_at", "check_in_time")),
        Column(name="is_late", reads=cells.yes_no, empty=False, says="came after the beginning"),
        Column(name="attendance_note", reads=text(200), says="of this person alone"),
        Column(name="marked_at", reads=moment, empty=None, says="when the sheet was marked for this person"),
        Column(name="late_cancelled", reads=cells.yes_no, empty=False, also=("late_cancellation",)),
        Column(name="cancel_reason", reads=cells.choice(REASONS), also=("cancellation_reason",)),
        Column(name="cancel_text", reads=text(300), also=("cancellation_note",)),
        Column(name="cancelled_at", reads=moment, empty=None, also=("canceled_at", "cancelled_on")),
        Column(name="cancelled_by", reads=cells.choice(WHO), also=("canceled_by",)),
        Column(
            name="left_at", reads=moment, empty=None, says="when this person cancelled, while others came"
        ),
        Column(name="left_reason", reads=cells.choice(REASONS)),
        Column(name="left_text", reads=text(300)),
        Column(name="started_at", reads=moment, empty=None, also=("actual_start",)),
        Column(name="completed_at", reads=moment, empty=None, also=("actual_end",)),
        Column(
            name="override_reason",
            reads=text(1000),
            says="for a visit ahead: why it may go past a rule that allows it",
        ),
        Column(name="series", reads=text(40), also=("series_id",), says="its number in the other system"),
        Column(
            name="series_rule", reads=rrule, also=("rrule", "recurrence"), says="like FREQ=WEEKLY;COUNT=10"
        ),
        Column(name="series_starts_on", reads=cells.date(style), empty=None),
        Column(name="series_time", reads=cells.clock_time, empty=None),
        Column(name="series_zone", reads=zone),
        Column(
            name="changed_alone", reads=cells.yes_no, empty=False, says="differs from its series on purpose"
        ),
        Column(name="bundle", reads=bundle, empty=None, says="joins the rows of one team meeting"),
    ]


NAMES = tuple(column.name for column in columns(Style(zone=cells.UTC)))
