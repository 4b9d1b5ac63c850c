"""What the visit panel shows of messages: per person what is planned, what went out and what did not, and why."""

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from messaging.models import Message
from messaging.rules.speaking import Office, When
from messaging.states import MessageState
from practice.models import ClientContact, Practice
from practice.states import Channel
from reminders.models import Notice, Reminder
from reminders.queries.answered import costs_of, replies_to
from reminders.queries.preview import left_out, not_told
from reminders.queries.reach import Key, reached
from reminders.states import NOTICE, REMINDER, ReminderState
from scheduling.models import Appointment, Attendance
from scheduling.states import UNCOUNTED, AppointmentState

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
    """One person of the visit, or one contact. `resends`: channels it may be said on again by hand, as `change_id`."""

    attendance_id: int
    contact_id: int | None
    name: str
    lines: list[Line]
    left_out: list[str]
    resends: list[tuple[str, str]]
    change_id: uuid.UUID = field(default_factory=uuid.uuid4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """`not_told`: contacts who hear nothing of it, and why."""

    told: list[Told]
    not_told: list[str]


def sheet_of(visit: Appointment, practice: Practice, now: dt.datetime) -> Sheet:
    """Everybody counted or not, the client before the contacts; of this occurrence. The same queries for any number."""
    people = list(visit.attendances.select_related("client").order_by("pk"))
    for person in people:
        person.appointment = visit
    plan = Reminder.objects.filter(attendance__in=people, occurrence=visit.occurrence)
    rows = list(plan.exclude(state=ReminderState.SUPERSEDED).select_related("rule", "contact"))
    story = _Story(people, rows, _notices(visit, people), practice)
    expected = [person for person in people if person.state not in UNCOUNTED]
    is_ahead = visit.state == AppointmentState.SCHEDULED and visit.starts_at > now and bool(expected)
    everybody = reached(expected, now=now, practice=practice) if is_ahead else []
    left, usable = left_out(everybody, rows, now), {one.key: list(one.usable) for one in everybody}
    names = story.names() | _names_of(expected, usable)
    return Sheet(
        told=[
            Told(
                attendance_id=key[0],
                contact_id=key[1] or None,
                name=names[key],
                lines=sorted(story.lines[key], key=lambda line: line.at),
                left_out=left.get((key[0], key[1] or None), []),
                resends=[(c, Channel(c).label) for c in usable.get((key[0], key[1] or None), [])],
            )
            for key in sorted(names)
        ],
        not_told=not_told(expected, practice, now) if is_ahead else [],
    )


Who = tuple[int, int]  # (attendance, contact or 0), so that the client sorts first


class _Story:
    """What was planned, sent and answered, line by line for each person. Five queries."""

    def __init__(
        self,
        people: list[Attendance],
        rows: list[Reminder],
        notices: list[tuple[Notice, Attendance]],
        practice: Practice,
    ) -> None:
        self.people = {person.pk: person for person in people}
        self.rows, self.notices, self.practice = rows, notices, practice
        keys = {(REMINDER, row.pk) for row in rows} | {(NOTICE, notice.pk) for notice, _ in notices}
        self.messages = _latest(keys)
        self.replies = replies_to([*self._about()])
        self.costs = costs_of(list(self.messages.values()))
        self.lines: dict[Who, list[Line]] = defaultdict(list)
        for row in rows:
            line = _reminder_line(row, self.messages.get((REMINDER, row.pk)), practice)
            self.lines[row.attendance_id, row.contact_id or 0].append(self._more(line, (REMINDER, row.pk)))
        for notice, person in notices:
            line = _notice_line(notice, self.messages.get((NOTICE, notice.pk)), practice)
            self.lines[person.pk, notice.contact_id or 0].append(self._more(line, (NOTICE, notice.pk)))

    def _about(self) -> Iterator[tuple[Message, Attendance]]:
        for row in self.rows:
            if (message := self.messages.get((REMINDER, row.pk))) is not None:
                yield message, self.people[row.attendance_id]
        for notice, person in self.notices:
            if (message := self.messages.get((NOTICE, notice.pk))) is not None:
                yield message, person

    def _more(self, line: Line, key: tuple[str, int]) -> Line:
        """With what came back and what it cost."""
        message = self.messages.get(key)
        reply = self.replies.get(message.pk) if message else None
        cost = self.costs.get(message.pk, "") if message else ""
        words = [line.when, reply.label.lower() if reply else "", cost]
        return replace(line, when=" · ".join(word for word in words if word))

    def names(self) -> dict[Who, str]:
        found = {
            (row.attendance_id, row.contact_id or 0): row.contact.name if row.contact else ""
            for row in self.rows
        }
        found |= {
            (person.pk, notice.contact_id or 0): notice.contact.name if notice.contact else ""
            for notice, person in self.notices
        }
        return {who: name or str(self.people[who[0]].client) for who, name in found.items()}


def _names_of(people: list[Attendance], usable: dict[Key, list[str]]) -> dict[Who, str]:
    """Everybody who is to be told, with a plan or without."""
    clients = {person.pk: str(person.client) for person in people}
    ids = {contact for _, contact in usable if contact}
    contacts = dict(ClientContact.objects.filter(pk__in=ids).values_list("pk", "name")) if ids else {}
    return {
        (pk, contact or 0): contacts[contact] if contact else clients[pk]
        for pk, contact in usable
        if contact is None or usable[pk, contact]
    }


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
