"""The news reminders listen to. Each writes rows of its own app and returns; a binding one lets its error rise."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.dispatch import receiver

from messaging.models import InboundMessage, Message
from messaging.rules.calls import Said
from messaging.signals import (
    consents_changed,
    key_pressed,
    messages_changed,
    reply_received,
    window_changed,
)
from practice.models import Change
from practice.signals import reach_changed
from reminders.operations import answering, calling, changes, following, hearing, safety, undoing
from scheduling.models import Appointment, Attendance
from scheduling.signals import (
    appointment_changed,
    appointment_doubted,
    appointments_booked,
    attendance_changed,
    change_restored,
    change_undone,
    risk_changed,
)
from scheduling.states import AttendanceState
from scheduling.states import Notice as Told

CHANGES = {"moved": changes.moved, "cancelled": changes.cancelled, "restored": changes.restored}


@receiver(appointments_booked)
def plan_booked(
    appointments: Sequence[Appointment], notice: str, change: Change, now: dt.datetime, **_: Any
) -> None:
    changes.booked(appointments, notice=notice, change=change, now=now)


@receiver(appointment_changed)
def plan_changed(
    *,
    appointment: Appointment,
    kind: str,
    before: dict,
    notice: str,
    change: Change,
    now: dt.datetime,
    **_: Any,
) -> None:
    CHANGES[kind](appointment, before=before, notice=notice, change=change, now=now)
    if kind == "cancelled":
        safety.cancelled(appointment, change=change, now=now)


@receiver(appointment_doubted)
def plan_doubted(
    appointment: Appointment,
    notice: str,
    answer_by: dt.datetime | None,
    change: Change,
    now: dt.datetime,
    **_: Any,
) -> None:
    changes.doubted(appointment, notice=notice, answer_by=answer_by, change=change, now=now)


@receiver(attendance_changed)
def plan_people(
    attendance: Attendance,
    kind: str,
    change: Change,
    now: dt.datetime,
    notice: str = Told.NONE,
    **_: Any,
) -> None:
    """Who left is told nothing more, who joined gets a plan; nobody else of the visit notices."""
    if kind in ("cancelled", "excused"):
        changes.person_left(attendance, notice=notice, change=change, now=now)
    elif kind in ("added", "restored"):
        changes.person_joined(attendance, is_back=kind == "restored", notice=notice, change=change, now=now)


@receiver(attendance_changed)
def call_who_stayed_away(
    attendance: Attendance, kind: str, before: dict, change: Change, now: dt.datetime, **_: Any
) -> None:
    if kind == "absent":
        safety.did_not_come(attendance, change=change, now=now)
    elif before.get("state") == AttendanceState.ABSENT:
        safety.came_after_all(attendance)
    elif kind == "cancelled" and attendance.late_cancelled:
        safety.late({attendance.client_id}, change=change, now=now)


@receiver(change_undone)
def take_back(undone: Change, **_: Any) -> None:
    undoing.take_back(undone)
    safety.take_back(undone)


@receiver(change_restored)
def tidy_after_undo(attendance_ids: list[int], **_: Any) -> None:
    undoing.tidy_after(attendance_ids)


@receiver([consents_changed, reach_changed])
def replan(client_ids: frozenset[int], now: dt.datetime, **_: Any) -> None:
    changes.reach_turned(client_ids, now)


@receiver(risk_changed)
def replan_risky(appointment_ids: frozenset[int], now: dt.datetime, **_: Any) -> None:
    following.follow_visits(appointment_ids, now)


@receiver(messages_changed)
def hear(messages: Sequence[Message], now: dt.datetime, **_: Any) -> None:
    hearing.take_changes(messages, now)


@receiver(reply_received)
def take_reply(inbound: InboundMessage, question: Message, meaning: str, now: dt.datetime, **_: Any) -> None:
    answering.take_reply(inbound, question, meaning, now)


@receiver(window_changed)
def replan_all(now: dt.datetime, **_: Any) -> None:
    following.rules_changed(now)


@receiver(key_pressed)
def take_key(question: Message, meaning: str, is_sure: bool, now: dt.datetime, **_: Any) -> Said | None:
    return calling.take_key(question, meaning, is_sure=is_sure, now=now)
