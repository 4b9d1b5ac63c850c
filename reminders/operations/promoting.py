"""Plan rows that fell due become messages, set-wise."""

import datetime as dt

from django.db import transaction

from messaging.operations.outbox import NewMessage, enqueue
from messaging.queries import Recipient, usable_addresses
from messaging.states import Asks, MessageClass
from practice.states import Channel
from reminders.models import Reminder
from reminders.operations.contact import note, record_badges
from reminders.queries.saying import why_not
from reminders.states import REMINDER, ReminderState

NO_ADDRESS = "No address may be used for it any more"


@transaction.atomic
def promote(now: dt.datetime, limit: int) -> int:
    """At most `limit`; returns how many left the plan. A row another dispatcher holds is left to it."""
    rows = list(
        Reminder.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(state=ReminderState.PLANNED, falls_due_at__lte=now)
        .select_related("attendance__appointment", "rule")
        .defer("attendance__appointment__blocked", "attendance__appointment__room_span")
        .order_by("falls_due_at", "pk")[:limit]
    )
    if not rows:
        return 0
    usable = usable_addresses({_recipient(row) for row in rows}, now)
    for row in rows:
        address = usable[_recipient(row)].get(row.channel)
        row.reason = _why_not(row, address, now)
        row.state = ReminderState.SKIPPED if row.reason else ReminderState.SENT
    sent = [row for row in rows if row.state == ReminderState.SENT]
    skipped = [row for row in rows if row.state == ReminderState.SKIPPED]
    Reminder.objects.filter(pk__in=[row.pk for row in sent]).update(state=ReminderState.SENT)
    if skipped:
        Reminder.objects.bulk_update(skipped, ["state", "reason"])
    enqueue([_message(row, usable[_recipient(row)].get(row.channel, "")) for row in sent], now=now)
    _say_skipped(skipped, now)
    return len(rows)


def _recipient(row: Reminder) -> Recipient:
    return Recipient(row.attendance.client_id, row.contact_id)


def _why_not(row: Reminder, address: str | None, now: dt.datetime) -> str:
    is_contact = row.contact_id is not None
    reason = why_not(row.attendance, occurrence=row.occurrence, is_contact=is_contact, now=now)
    return reason or ("" if address or row.channel == Channel.PORTAL else NO_ADDRESS)


def _message(row: Reminder, address: str) -> NewMessage:
    asks = Asks.CONFIRM if row.channel == Channel.SMS else ""
    return NewMessage(
        purpose=REMINDER,
        subject=row.pk,
        client_id=row.attendance.client_id,
        contact_id=row.contact_id,
        channel=row.channel,
        address=address,
        klass=MessageClass.REMINDER,
        drop_rank=row.rule.drop_rank if row.rule else 0,
        change_id=row.change_id,
        not_before=row.not_before,
        due_at=row.due_at,
        useful_until=row.useful_until,
        asks=asks,
        answer_until=row.useful_until if asks else None,
    )


def _say_skipped(rows: list[Reminder], now: dt.datetime) -> None:
    why = [(row.attendance, {"channel": row.channel, "reason": row.reason}) for row in rows]
    note("reminder.skipped", why, now)
    record_badges({row.attendance_id: row.attendance for row in rows}.values())
