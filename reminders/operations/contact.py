"""How far the practice's word has got: the badge on a tile, and the lines of a visit's timeline."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from core.actors import SYSTEM
from messaging.models import Message
from messaging.states import MessageState
from practice.models import Practice
from practice.operations import record_many
from practice.states import Channel
from reminders.models import Reminder
from reminders.operations.rows import Row
from reminders.queries.about import notices_of, plan_of
from reminders.states import NOTICE, REMINDER, ReminderState
from scheduling.models import Attendance
from scheduling.operations import record_contacts
from scheduling.states import ContactState

FAILED = (MessageState.UNDELIVERED, MessageState.DEAD, MessageState.EXPIRED)
REACHED = (MessageState.ACCEPTED, MessageState.DELIVERED)


def note(act: str, lines: Iterable[tuple[Attendance, dict[str, Any]]], now: dt.datetime) -> None:
    """Lines of timelines. Never tied to a change: Undo puts rows back, not what was said about them."""
    record_many(act, [(person, None, after) for person, after in lines], by=SYSTEM, at=now)


def record_badges(
    people: Iterable[Attendance],
    *,
    plan: Iterable[Reminder | Row] | None = None,
    notices: dict[int, set[int]] | None = None,
    practice: Practice | None = None,
) -> None:
    """Of texts and mails about the visit as it stands now; the portal counts only when somebody looks.

    Where the caller has them already: `plan`, every Reminder of these people, `notices` as `notices_of` has them.
    """
    people = list(people)
    heard = [row for row in (plan_of(people) if plan is None else plan) if row.channel != Channel.PORTAL]
    planned = {row.attendance_id for row in heard if row.state == ReminderState.PLANNED}
    told = notices_of(people) if notices is None else notices
    states = _states_of_messages(people, heard, told)
    said = {person.pk: badge(states[person.pk], is_planned=person.pk in planned) for person in people}
    record_contacts(said, practice=practice)


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


def _states_of_messages(
    people: list[Attendance], heard: Sequence[Reminder | Row], notices: dict[int, set[int]]
) -> dict[int, list[str]]:
    """Per attendance what became of each message about the visit as it stands now, oldest first."""
    current = {person.pk: person.appointment.occurrence for person in people}
    owners = {
        (REMINDER, row.pk): {row.attendance_id}
        for row in heard
        if row.state == ReminderState.SENT and row.occurrence == current[row.attendance_id]
    }
    owners |= {(NOTICE, pk): persons for pk, persons in notices.items()}
    subjects = {subject for _, subject in owners if subject}
    rows = Message.objects.filter(purpose__in=[REMINDER, NOTICE], subject__in=subjects)
    found: dict[int, list[str]] = defaultdict(list)
    for purpose, subject, state in rows.order_by("created_at", "pk").values_list(
        "purpose", "subject", "state"
    ):
        for person in owners.get((purpose, subject), ()):
            found[person].append(state)
    return found
