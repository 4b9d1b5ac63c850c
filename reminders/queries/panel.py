"""What the visit panel shows of messages: per person what is planned, what went out and what did not, and why."""

import datetime as dt
from dataclasses import dataclass

from messaging.models import Message
from messaging.rules.speaking import Office, When
from messaging.states import MessageState
from practice.models import Practice
from practice.states import Channel
from reminders.models import Notice, Reminder
from reminders.states import NOTICE, REMINDER, ReminderState
from scheduling.models import Appointment, Attendance

BAD = (MessageState.UNDELIVERED, MessageState.DEAD, MessageState.EXPIRED)
SENT = (MessageState.ACCEPTED, MessageState.DELIVERED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """As the timeline part draws it; tone: planned, bad, warn or empty."""

    what: str
    when: str
    tone: str
    at: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    name: str
    lines: list[Line]


def told_about(visit: Appointment, practice: Practice) -> list[Told]:
    """Everybody counted or not, the client before the contacts; of this occurrence. Four queries."""
    people = list(visit.attendances.select_related("client").order_by("pk"))
    rows = Reminder.objects.filter(attendance__in=people, occurrence=visit.occurrence)
    rows = rows.exclude(state=ReminderState.SUPERSEDED).select_related("rule", "contact")
    notices = _notices(visit, people)
    messages = _latest({(REMINDER, r.pk) for r in rows} | {(NOTICE, n.pk) for n, _ in notices})
    found: dict[tuple[int, int], tuple[str, list[Line]]] = {}
    for row in rows:
        name = str(row.contact) if row.contact else str(_of(people, row.attendance_id).client)
        _, lines = found.setdefault((row.attendance_id, row.contact_id or 0), (name, []))
        lines.append(_reminder_line(row, messages.get((REMINDER, row.pk)), practice))
    for notice, person in notices:
        name = str(notice.contact) if notice.contact else str(person.client)
        _, lines = found.setdefault((person.pk, notice.contact_id or 0), (name, []))
        lines.append(_notice_line(notice, messages.get((NOTICE, notice.pk)), practice))
    return [
        Told(name=name, lines=sorted(lines, key=lambda line: line.at))
        for _, (name, lines) in sorted(found.items())
    ]


def _of(people: list[Attendance], pk: int) -> Attendance:
    return next(person for person in people if person.pk == pk)


def _notices(visit: Appointment, people: list[Attendance]) -> list[tuple[Notice, Attendance]]:
    rows = Notice.objects.filter(client__in={p.client_id for p in people}).select_related("contact")
    by_id = {person.pk: person for person in people}
    return [
        (row, by_id[entry["attendance"]])
        for row in rows.order_by("pk")
        for entry in row.attendances
        if entry["attendance"] in by_id and entry["occurrence"] == visit.occurrence
    ]


def _latest(keys: set[tuple[str, int]]) -> dict[tuple[str, int], Message]:
    subjects = [subject for _, subject in keys]
    rows = Message.objects.filter(purpose__in=[REMINDER, NOTICE], subject__in=subjects)
    return {
        (m.purpose, m.subject): m for m in rows.order_by("created_at", "pk") if (m.purpose, m.subject) in keys
    }


def _reminder_line(row: Reminder, message: Message | None, practice: Practice) -> Line:
    what = f"{row.rule.name if row.rule else 'Reminder'}, {_channel(row.channel)}"
    if row.state == ReminderState.SKIPPED:
        return Line(what=what, when=f"not sent: {row.reason}", tone="warn", at=row.falls_due_at)
    if message is None:
        when = f"planned {_said(row.falls_due_at, practice)}"
        return Line(what=what, when=when, tone="planned", at=row.falls_due_at)
    return _message_line(what, message, practice)


def _notice_line(notice: Notice, message: Message | None, practice: Practice) -> Line:
    what = f"{notice.get_kind_display()}, {_channel(message.channel) if message else 'notice'}"
    if message is None:
        return Line(what=what, when="not sent", tone="warn", at=notice.not_before)
    return _message_line(what, message, practice)


def _message_line(what: str, message: Message, practice: Practice) -> Line:
    state = MessageState(message.state)
    at = message.delivered_at or message.accepted_at or message.send_at
    if state in BAD or state == MessageState.SKIPPED:
        words = f"{state.label.lower()}: {message.reason}"
        return Line(what=what, when=words, tone="bad" if state in BAD else "warn", at=at)
    if state in SENT:
        return Line(what=what, when=f"{state.label.lower()} {_said(at, practice)}", tone="", at=at)
    return Line(what=what, when=f"goes out {_said(message.send_at, practice)}", tone="planned", at=at)


def _channel(channel: str) -> str:
    return Channel(channel).label.lower()


def _said(at: dt.datetime, practice: Practice) -> str:
    when = When(start=at, zone=practice.tz)
    return f"{when.day}, {when.clock(Office(sender='', h24=practice.clock_24h))}"
