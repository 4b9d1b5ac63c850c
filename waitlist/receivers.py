"""The news the waiting list listens to. Each writes rows of this app and returns; all are binding."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.dispatch import receiver

from availability.signals import hours_added
from messaging.models import InboundMessage, Message
from messaging.rules.calls import Said
from messaging.signals import key_pressed, messages_changed, reply_received
from practice.models import Change
from scheduling.models import Appointment, Attendance
from scheduling.signals import (
    appointment_changed,
    appointment_released,
    appointments_booked,
    attendance_changed,
    change_undone,
    seats_changed,
)
from waitlist.operations import ending, hearing, seating, undoing
from waitlist.operations import spans as freed


@receiver(appointment_released)
def take_freed(
    appointment: Appointment, span: freed.Moments, why: str, change: Change, now: dt.datetime, **_: Any
) -> None:
    if why == "released":
        freed.hold_left(appointment, change=change, now=now)
    else:
        freed.visit_left(appointment, span, why=why, change=change, now=now)


@receiver(hours_added)
def take_added(
    provider_id: int, spans: Sequence[freed.Moments], change: Change, now: dt.datetime, **_: Any
) -> None:
    freed.hours_came(provider_id, spans, change=change, now=now)


@receiver(appointments_booked)
def withdraw_taken(appointments: Sequence[Appointment], change: Change, now: dt.datetime, **_: Any) -> None:
    freed.visits_booked(appointments, change=change, now=now)


@receiver(appointment_changed)
def follow_visit(appointment: Appointment, kind: str, change: Change, now: dt.datetime, **_: Any) -> None:
    """A visit that moved onto a time on offer takes it, as one that was booked there does."""
    if kind in ("cancelled", "moved"):
        seating.session_changed(appointment, change=change, now=now)
    if kind == "cancelled":
        freed.visit_off(appointment.attendances.values_list("pk", flat=True), change=change, now=now)
        return
    freed.hold_moved(appointment, change=change, now=now)
    freed.visits_booked([appointment], change=change, now=now)


@receiver(attendance_changed)
def follow_person(attendance: Attendance, kind: str, change: Change, now: dt.datetime, **_: Any) -> None:
    if kind in ("cancelled", "excused"):
        freed.visit_off([attendance.pk], change=change, now=now)


@receiver(seats_changed)
def follow_places(seats: UUID, freed: int, change: Change, now: dt.datetime, **_: Any) -> None:
    seating.places_changed(seats, freed=freed, change=change, now=now)


@receiver(change_undone)
def take_back(undone: Change, **_: Any) -> None:
    undoing.take_back(undone)


@receiver(messages_changed)
def hear_of_offers(messages: Sequence[Message], now: dt.datetime, **_: Any) -> None:
    ending.unsent(messages, now)


@receiver(reply_received)
def take_reply(inbound: InboundMessage, question: Message, meaning: str, now: dt.datetime, **_: Any) -> None:
    hearing.take_reply(inbound, question, meaning, now)


@receiver(key_pressed)
def take_key(question: Message, meaning: str, **_: Any) -> Said | None:
    return hearing.take_key(question, meaning)
