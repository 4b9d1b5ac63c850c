"""What became of a message, brought to the visit's badge and timeline."""

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import Any

from messaging.models import Message
from messaging.operations.tasks import raise_task
from messaging.states import MessageClass, MessageState, TaskKind
from practice.states import Channel
from reminders.models import Notice, Reminder
from reminders.operations.contact import note, record_badges
from reminders.states import NOTICE, REMINDER
from scheduling.models import Attendance

# Per (purpose, subject): whom it is about, and what it is called.
Told = dict[tuple[str, int], tuple[list[Attendance], str]]

WORTH_A_LINE = {
    MessageState.ACCEPTED: "message.sent",
    MessageState.DELIVERED: "message.delivered",
    MessageState.UNDELIVERED: "message.undelivered",
    MessageState.SKIPPED: "message.skipped",
    MessageState.EXPIRED: "message.expired",
    MessageState.DEAD: "message.dead",
}


def take_changes(messages: Iterable[Message], now: dt.datetime) -> None:
    """Never refuses: a step of the dispatcher must not fail for a line of a timeline. As many queries for one."""
    worth = [m for m in messages if m.purpose in (REMINDER, NOTICE) and m.state in WORTH_A_LINE]
    if not worth:
        return
    told = _about(worth)
    for state in {message.state for message in worth}:
        same = [message for message in worth if message.state == state]
        note(WORTH_A_LINE[MessageState(state)], [line for m in same for line in _lines(m, told)], now)
    heard = [person for m in worth if m.channel != Channel.PORTAL for person in told[m.purpose, m.subject][0]]
    if heard:
        record_badges({person.pk: person for person in heard}.values())
    _call_beside(worth, now)
    _call_risky(worth, now)


def _lines(message: Message, told: Told) -> Iterator[tuple[Attendance, dict[str, Any]]]:
    people, what = told[message.purpose, message.subject]
    after = {"channel": message.channel, "what": what, "reason": message.reason}
    return ((person, after) for person in people)


def _call_beside(messages: Iterable[Message], now: dt.datetime) -> None:
    """A change of today is too late for a text alone: somebody also calls."""
    for message in messages:
        if message.purpose == NOTICE and message.klass == MessageClass.URGENT:
            raise_task(TaskKind.CALL_CLIENT, now=now, client_id=message.client_id, message=message)


def _call_risky(messages: Iterable[Message], now: dt.datetime) -> None:
    """Beside the extra step somebody calls who did not say they come; the portal's copy goes to everybody (REM-14)."""
    copies = {m.subject: m for m in messages if m.purpose == REMINDER and m.channel == Channel.PORTAL}
    if not copies:
        return
    risky = Reminder.objects.filter(
        pk__in=copies, rule__only_high_risk=True, attendance__confirmed_at__isnull=True
    )
    for pk in risky.order_by("pk").values_list("pk", flat=True):
        raise_task(TaskKind.CALL_CLIENT, now=now, client_id=copies[pk].client_id, message=copies[pk])


def _about(messages: Iterable[Message]) -> Told:
    """Every message has an entry; nobody, for a row that is gone."""
    subjects: dict[str, set[int]] = {REMINDER: set(), NOTICE: set()}
    for message in messages:
        subjects[message.purpose].add(message.subject)
    told: Told = {(name, pk): ([], "") for name, pks in subjects.items() for pk in pks}
    return told | _of_reminders(subjects[REMINDER]) | _of_notices(subjects[NOTICE])


def _of_reminders(subjects: set[int]) -> Told:
    rows = Reminder.objects.filter(pk__in=subjects).select_related("attendance__appointment", "rule")
    rows = rows.only("attendance__client_id", "attendance__appointment__occurrence", "rule__name")
    return {
        (REMINDER, row.pk): ([row.attendance], row.rule.name if row.rule else "Reminder")
        for row in (rows if subjects else ())
    }


def _of_notices(subjects: set[int]) -> Told:
    if not subjects:
        return {}
    notices = list(Notice.objects.filter(pk__in=subjects))
    ids = {entry["attendance"] for notice in notices for entry in notice.attendances}
    people = Attendance.objects.select_related("appointment").in_bulk(ids)
    return {
        (NOTICE, notice.pk): (
            [people[pk] for pk in sorted({e["attendance"] for e in notice.attendances}) if pk in people],
            notice.get_kind_display(),
        )
        for notice in notices
    }
