"""How far the practice's word has got: the badge on a tile, and the lines of a visit's timeline."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.db.models import F

from core.actors import SYSTEM
from messaging.models import Message
from messaging.states import MessageState
from practice.operations import record
from practice.states import Channel
from reminders.models import Reminder
from reminders.queries.about import notices_of
from reminders.states import NOTICE, REMINDER, ReminderState
from scheduling.models import Attendance
from scheduling.operations import record_contact
from scheduling.states import ContactState

FAILED = (MessageState.UNDELIVERED, MessageState.DEAD, MessageState.EXPIRED)
REACHED = (MessageState.ACCEPTED, MessageState.DELIVERED)


def note(act: str, attendance: Attendance, now: dt.datetime, after: dict[str, Any]) -> None:
    """A line of the timeline. Never tied to a change: Undo puts rows back, not what was said about them."""
    record(act, attendance, by=SYSTEM, at=now, after=after)


def record_badges(people: Iterable[Attendance]) -> None:
    """Of texts and mails about the visit as it stands now; the portal counts only when somebody looks."""
    people = list(people)
    messages, planned = _messages_about(people), _planned(people)
    for person in people:
        state, count = badge([m.state for m in messages[person.pk]], is_planned=person.pk in planned)
        record_contact(person.pk, state=state, count=count)


def _planned(people: list[Attendance]) -> set[int]:
    rows = Reminder.objects.filter(attendance__in=people, state=ReminderState.PLANNED)
    return set(rows.exclude(channel=Channel.PORTAL).values_list("attendance_id", flat=True))


def badge(states: list[str], *, is_planned: bool) -> tuple[ContactState, int]:
    """states: oldest first. The latest word counts; how many reached a carrier is counted."""
    count = sum(state in REACHED for state in states)
    told = [state for state in states if state != MessageState.SKIPPED]
    if not told:
        return (ContactState.PLANNED if is_planned else ContactState.NONE), count
    if told[-1] in FAILED:
        return ContactState.FAILED, count
    if told[-1] == MessageState.DELIVERED:
        return ContactState.DELIVERED, count
    if told[-1] == MessageState.ACCEPTED:
        return ContactState.SENT, count
    return (badge(told[:-1], is_planned=True)[0], count)


def _messages_about(people: list[Attendance]) -> dict[int, list[Message]]:
    """Per attendance, oldest first."""
    sent = Reminder.objects.filter(attendance__in=people, state=ReminderState.SENT)
    sent = sent.filter(occurrence=F("attendance__appointment__occurrence")).exclude(channel=Channel.PORTAL)
    owners = {(REMINDER, pk): {person} for pk, person in sent.values_list("pk", "attendance_id")}
    owners |= {(NOTICE, pk): persons for pk, persons in notices_of(people).items()}
    subjects = [subject for _, subject in owners]
    rows = Message.objects.filter(purpose__in=[REMINDER, NOTICE], subject__in=subjects)
    found: dict[int, list[Message]] = defaultdict(list)
    for message in rows.order_by("created_at", "pk"):
        for person in owners.get((message.purpose, message.subject), ()):
            found[person].append(message)
    return found
