"""Telling people of one act: one message per person and change, however many visits it touched."""

import datetime as dt
from collections.abc import Iterable
from zoneinfo import ZoneInfo

from messaging.operations.outbox import NewMessage, enqueue
from messaging.states import Asks, MessageClass
from practice.models import Change
from practice.queries import the_practice
from reminders.models import Notice
from reminders.queries.reach import Key, Reached, reached
from reminders.states import NOTICE, NoticeKind
from scheduling.models import Appointment, Attendance


def tell(
    visit: Appointment,
    people: Iterable[Attendance],
    kind: NoticeKind,
    *,
    before: dict,
    change: Change,
    now: dt.datetime,
    besides: set[Key],
    useful_until: dt.datetime | None = None,
) -> None:
    """`besides`: who hears of it in another message of this change already. Nothing is told of a time gone by."""
    useful_until = useful_until or (before["starts_at"] if kind == NoticeKind.CANCELLED else visit.starts_at)
    if useful_until <= max(now, change.undo_until):
        return
    told: set[tuple[str, str]] = set()
    practice = the_practice()
    klass = _class(before["starts_at"], visit.starts_at, now, practice.tz)
    for one in reached(people, now=now, practice=practice):
        best = one.best()
        if best is None or best in told or one.key in besides:
            continue
        told.add(best)
        _tell_one(one, best, kind, klass, before=before, change=change, now=now, useful_until=useful_until)


def _tell_one(
    one: Reached,
    best: tuple[str, str],
    kind: NoticeKind,
    klass: MessageClass,
    *,
    before: dict,
    change: Change,
    now: dt.datetime,
    useful_until: dt.datetime,
) -> None:
    visit, client = one.attendance.appointment, one.attendance.client_id
    notice, _ = Notice.objects.get_or_create(
        change=change,
        client_id=client,
        contact_id=one.contact_id,
        defaults={"kind": kind, "not_before": change.undo_until},
    )
    if kind == NoticeKind.CHOICES:
        notice.kind = kind  # where one act cancels one visit and asks about another, the link says it all
    notice.attendances.append(
        {
            "asked": kind == NoticeKind.CHOICES,
            "attendance": one.attendance.pk,
            "occurrence": visit.occurrence,
            "before": before["starts_at"].isoformat(),
            "after": visit.starts_at.isoformat(),
        }
    )
    notice.save(update_fields=["attendances", "kind"])
    asks = Asks.CONFIRM if kind not in (NoticeKind.CANCELLED, NoticeKind.CHOICES) else ""
    message = NewMessage(
        purpose=NOTICE,
        subject=notice.pk,
        client_id=client,
        contact_id=one.contact_id,
        channel=best[0],
        address=best[1],
        klass=klass,
        change_id=change.pk,
        not_before=change.undo_until,
        due_at=now,
        useful_until=useful_until,
        asks=asks,
        answer_until=visit.starts_at if asks else None,
    )
    enqueue([message], now=now)  # the second visit of the same act joins the message that is there


def _class(old: dt.datetime, new: dt.datetime, now: dt.datetime, zone: ZoneInfo) -> MessageClass:
    """Of today: it cannot wait for tomorrow's window."""
    days = {old.astimezone(zone).date(), new.astimezone(zone).date()}
    return MessageClass.URGENT if now.astimezone(zone).date() in days else MessageClass.NEWS
