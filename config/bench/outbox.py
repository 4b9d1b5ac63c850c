"""What there is to send: reminders that fall due at one moment, for people who may be reached right then."""

import datetime as dt
import itertools
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from django.db import connection
from django.db.models import QuerySet

from config.bench import ledger, measure
from config.bench.trouble import CouldNotRun
from core import clock
from messaging.models import Attempt, Message, SendingPolicy
from messaging.queries import Recipient, usable_addresses
from messaging.states import MessageClass, MessageState
from practice.models import Client
from practice.states import Channel
from reminders.models import Reminder
from reminders.states import REMINDER, ReminderState
from scheduling.models import Attendance
from scheduling.states import AppointmentState, AttendanceState

# Visits that begin sooner might begin before their turn comes.
LEAST_AHEAD = dt.timedelta(hours=3)
AT_ONCE = 1000
SENT = (MessageState.ACCEPTED, MessageState.DELIVERED)
ON_ITS_WAY = (MessageState.DUE, MessageState.CLAIMED, MessageState.SENDING, MessageState.VERIFYING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """`due`: of the first, in the machine's seconds since the epoch, as ledgers count; `last` of the last.

    `ahead`: our clock's lead.
    """

    count: int
    due: float
    last: float
    ahead: float = 0.0


def clear() -> None:
    """Nothing else falls due in the copy the bench sends from, and nobody in it has had enough for the day."""
    SendingPolicy.objects.update_or_create(pk=1, defaults={"cap_per_day": 0, "cap_per_week": 0})
    Reminder.objects.filter(state=ReminderState.PLANNED).delete()
    Message.objects.filter(state=MessageState.DUE).delete()


def plan(count: int, channel: str, *, in_seconds: float, every: float = 0.0) -> Planned:
    """`count` reminders as a resend by staff writes them; the same visit again only when there are too few.

    All due at once, or one `every` so many seconds.
    """
    now, real = clock.now(), time.time()
    due = now + dt.timedelta(seconds=in_seconds)
    people = _reachable(channel, now, most=count)
    if not people:
        raise CouldNotRun(f"Nobody in this practice can be reached by {channel} about a visit ahead.")
    turns = itertools.islice(((n, person) for n in itertools.count(1) for person in people), count)
    rows = [
        _reminder(person, channel, due + n * dt.timedelta(seconds=every), resend_no)
        for n, (resend_no, person) in enumerate(turns)
    ]
    Reminder.objects.bulk_create(rows, batch_size=AT_ONCE)
    first = real + in_seconds
    return Planned(count=count, due=first, last=first + every * (count - 1), ahead=now.timestamp() - real)


def pile_up(count: int) -> dt.datetime:
    """`count` messages due, and nothing else; returns the moment they are due at."""
    Attempt.objects.all().delete()
    Message.objects.all().delete()
    now, client = clock.now(), Client.objects.values_list("pk", flat=True)[0]
    common = {"purpose": "bench", "client_id": client, "channel": Channel.SMS, "address": "+12025550100"}
    moments = {"not_before": now, "due_at": now, "send_at": now, "created_at": now}
    until = now + LEAST_AHEAD
    rows = (
        Message(subject=n, klass=MessageClass.REMINDER, useful_until=until, **common, **moments)
        for n in range(count)
    )
    Message.objects.bulk_create(rows, batch_size=AT_ONCE)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE messaging_message")
    return now


def _reminder(person: Attendance, channel: str, due: dt.datetime, resend_no: int) -> Reminder:
    visit = person.appointment
    return Reminder(
        attendance=person,
        occurrence=visit.occurrence,
        channel=channel,
        resend_no=resend_no,
        not_before=due,
        due_at=due,
        falls_due_at=due,
        useful_until=visit.starts_at,
    )


def _reachable(channel: str, now: dt.datetime, *, most: int) -> list[Attendance]:
    """Coming to a visit ahead, with an address that may be used, and at home where it is ten o'clock too."""
    found: list[Attendance] = []
    rows = _ahead(now)
    for offset in itertools.count(step=AT_ONCE):
        page = list(rows[offset : offset + AT_ONCE])
        usable = usable_addresses({Recipient(row.client_id) for row in page}, now)
        found += [row for row in page if channel in usable[Recipient(row.client_id)]]
        if len(found) >= most or len(page) < AT_ONCE:
            return found[:most]
    raise AssertionError("counting has no end")


def _ahead(now: dt.datetime) -> QuerySet[Attendance]:
    return (
        Attendance.objects.filter(
            state=AttendanceState.EXPECTED,
            appointment__state=AppointmentState.SCHEDULED,
            appointment__starts_at__gt=now + LEAST_AHEAD,
            client__zone="",
            client__contact_from=None,
        )
        .select_related("appointment")
        .order_by("appointment__starts_at", "pk")
    )


def is_done() -> bool:
    """Nothing planned, nothing on its way."""
    planned = Reminder.objects.filter(state=ReminderState.PLANNED)
    return not planned.exists() and not Message.objects.filter(state__in=ON_ITS_WAY).exists()


def judged(path: Path, planned: Planned) -> dict[str, float]:
    """The stand-in's ledger against our outbox. Times are the ledger's."""
    entries = list(ledger.read(path))
    if not entries:
        raise CouldNotRun("Nothing reached the carrier.")
    attempts = list(Attempt.objects.values_list("token", "message_id", "message__due_at"))
    by_token = {str(token): message_id for token, message_id, _ in attempts}
    due = {str(token): due_at.timestamp() - planned.ahead for token, _, due_at in attempts}
    taken = Counter(by_token[entry.token] for entry in entries if entry.token in by_token)
    moments = sorted(entry.at for entry in entries)
    unknown = len(entries) - taken.total()
    return {
        "n": planned.count,
        "per_second": _rate(moments),
        "accepted": len(taken),
        "duplicates": taken.total() - len(taken),
        "lost": planned.count - len(taken),
        "errors": unknown + _not_sent(taken),
        "first_after_due_s": round(moments[0] - planned.due, 2),
        "lateness_p99_s": round(
            measure.percentile([e.at - due.get(e.token, planned.due) for e in entries], 0.99), 2
        ),
    }


def _rate(moments: Sequence[float]) -> float:
    """From the first acceptance to the last: how soon the first comes is a figure of its own."""
    took = moments[-1] - moments[0]
    return round((len(moments) - 1) / took, 1) if took else 0.0


def _not_sent(taken: Counter[int]) -> int:
    """The carrier has them, and we do not believe it."""
    believed = Message.objects.filter(purpose=REMINDER, pk__in=taken, state__in=SENT).count()
    return len(taken) - believed


def not_delivered() -> int:
    return Message.objects.filter(purpose=REMINDER).exclude(state=MessageState.DELIVERED).count()
