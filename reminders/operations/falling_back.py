"""The next channel, when one has failed for good and certainly did not arrive. One chain per step and person."""

import datetime as dt
from collections.abc import Iterable, Iterator

from messaging.models import Message
from messaging.operations.outbox import NewMessage, enqueue
from messaging.states import MessageState
from practice.queries import the_practice
from practice.states import Channel
from reminders.models import Notice, Reminder
from reminders.queries.reach import USUAL_ORDER, Key, Reached, reached
from reminders.queries.schedule import Schedule, the_schedule
from reminders.states import NOTICE, REMINDER, ReminderState
from scheduling.models import Attendance

# Somebody may have heard, or may yet: then nothing is said on another channel.
MAY_HAVE_ARRIVED = (
    MessageState.SENDING,
    MessageState.VERIFYING,
    MessageState.ACCEPTED,
    MessageState.DELIVERED,
)
Step = tuple[int, int | None, int | None, int, int]


def _step(row: Reminder) -> Step:
    """One thing to say to one person, on whatever channel."""
    return row.attendance_id, row.contact_id, row.rule_id, row.occurrence, row.resend_no


def reminders_elsewhere(subjects: list[int], now: dt.datetime) -> set[int]:
    """Which of these reminders have a next channel now. A resend by staff has none: they chose its channel."""
    rows = Reminder.objects.filter(pk__in=subjects, rule__isnull=False, useful_until__gt=now)
    failed = list(rows.select_related("attendance__appointment", "attendance__client"))
    if not failed:
        return set()
    standing = _standing(failed)
    heard = _heard({row.pk for of_step in standing.values() for row in of_step})
    there, schedule = _reached([row.attendance for row in failed], now), the_schedule(now)
    moved = {}
    for row in failed:
        tried = standing[_step(row)]
        channel = _next(row, tried, there.get((row.attendance_id, row.contact_id)), schedule)
        if channel and not heard & {one.pk for one in tried}:
            moved[row.pk] = _on(channel, row, now)
    Reminder.objects.bulk_create(moved.values(), ignore_conflicts=True)
    return set(moved)


def _standing(failed: list[Reminder]) -> dict[Step, list[Reminder]]:
    rows = Reminder.objects.filter(attendance__in={row.attendance_id for row in failed})
    found: dict[Step, list[Reminder]] = {_step(row): [] for row in failed}
    for row in rows.exclude(channel=Channel.PORTAL).exclude(state=ReminderState.SUPERSEDED):
        if _step(row) in found:
            found[_step(row)].append(row)
    return found


def _heard(reminder_ids: set[int]) -> set[int]:
    rows = Message.objects.filter(purpose=REMINDER, subject__in=reminder_ids, state__in=MAY_HAVE_ARRIVED)
    return set(rows.values_list("subject", flat=True))


def _reached(people: Iterable[Attendance], now: dt.datetime) -> dict[Key, Reached]:
    unique = {person.pk: person for person in people}
    return {one.key: one for one in reached(unique.values(), now=now, practice=the_practice())}


def _next(row: Reminder, tried: list[Reminder], person: Reached | None, schedule: Schedule) -> str:
    """Of the step as it is for this visit's type and provider."""
    if person is None or row.rule_id is None:
        return ""
    visit, done = row.attendance.appointment, {one.channel for one in tried}
    channels = schedule.channels_of(row.rule_id, visit.type_id, visit.provider_id)
    best = person.best(channel for channel in channels if channel not in done)
    return best[0] if best else ""


def _on(channel: str, row: Reminder, now: dt.datetime) -> Reminder:
    return Reminder(
        attendance_id=row.attendance_id,
        rule_id=row.rule_id,
        occurrence=row.occurrence,
        contact_id=row.contact_id,
        channel=channel,
        resend_no=row.resend_no,
        change_id=row.change_id,
        not_before=row.not_before,
        due_at=now,
        falls_due_at=now,
        useful_until=row.useful_until,
    )


def notices_elsewhere(subjects: list[int], now: dt.datetime) -> set[int]:
    """Which of these notices go out again on another channel."""
    notices = list(Notice.objects.filter(pk__in=subjects))
    told = Message.objects.filter(purpose=NOTICE, subject__in=subjects).exclude(channel=Channel.PORTAL)
    sent: dict[int, list[Message]] = {notice.pk: [] for notice in notices}
    for message in told.order_by("pk"):
        sent[message.subject].append(message)
    new = list(_again(notices, sent, now))
    enqueue(new, now=now)
    return {one.subject for one in new}


def _again(notices: list[Notice], sent: dict[int, list[Message]], now: dt.datetime) -> Iterator[NewMessage]:
    ids = {notice.pk: notice.attendances[0]["attendance"] for notice in notices if notice.attendances}
    people = Attendance.objects.select_related("client", "appointment").in_bulk(ids.values())
    there = _reached(people.values(), now)
    for notice in notices:
        last, tried = sent[notice.pk][-1:], {message.channel for message in sent[notice.pk]}
        person = there.get((ids.get(notice.pk, 0), notice.contact_id))
        best = person.best([one for one in USUAL_ORDER if one not in tried]) if person else None
        heard = any(message.state in MAY_HAVE_ARRIVED for message in sent[notice.pk])
        if last and best and not heard and last[0].useful_until > now:
            yield _like(last[0], *best, now)


def _like(message: Message, channel: str, address: str, now: dt.datetime) -> NewMessage:
    asks = message.asks if channel == Channel.SMS else ""
    return NewMessage(
        purpose=message.purpose,
        subject=message.subject,
        client_id=message.client_id,
        contact_id=message.contact_id,
        channel=channel,
        address=address,
        klass=message.klass,
        drop_rank=message.drop_rank,
        change_id=message.change_id,
        not_before=message.not_before,
        due_at=now,
        useful_until=message.useful_until,
        asks=asks,
        answer_until=message.answer_until if asks else None,
    )
