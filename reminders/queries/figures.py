"""How messages fared over some days: what was due, went out, arrived, failed and why, what it cost and who answered.

Of reminders and notices on channels that reach somebody; the portal's copy is not counted. Six queries however many.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Aggregate, Count, DurationField, F, Q, QuerySet, Sum
from django.db.models.functions import Abs, Greatest, TruncDate

from core.actors import Actor, ActorKind
from core.walltime import to_utc
from messaging.models import Attempt, Message
from messaging.states import MessageState
from practice.models import Practice
from practice.querysets import SEES_EVERYBODY
from practice.states import Channel
from reminders.models import Reminder
from reminders.states import NOTICE, REMINDER
from scheduling.models import Appointment, Attendance
from scheduling.states import AppointmentState, ConfirmedHow

FAILED = (MessageState.UNDELIVERED, MessageState.DEAD, MessageState.EXPIRED)
MOST_REASONS = 12
NOT_A_VISIT = (
    AppointmentState.HELD,
    AppointmentState.REQUESTED,
    AppointmentState.RELEASED,
    AppointmentState.CANCELLED,
)


class Percentile(Aggregate):
    function = "percentile_cont"
    template = "%(function)s(%(share)s) WITHIN GROUP (ORDER BY %(expressions)s)"

    def __init__(self, expression: Any, *, share: float, **extra: Any) -> None:
        super().__init__(expression, share=share, output_field=DurationField(), **extra)


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """due: all whose moment came that day. waiting: still on their way."""

    on: dt.date
    due: int = 0
    sent: int = 0
    delivered: int = 0
    failed: int = 0
    skipped: int = 0
    cost: Decimal = Decimal(0)

    @property
    def waiting(self) -> int:
        return self.due - self.sent - self.failed - self.skipped

    @property
    def unproven(self) -> int:
        """Taken by the carrier, without word that it arrived."""
        return self.sent - self.delivered


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    reason: str
    count: int
    is_failure: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Visits:
    """Everybody expected at a visit of these days counts once."""

    total: int
    contacted: int
    confirmed: int
    by_themselves: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    days: tuple[Day, ...]
    reasons: tuple[Why, ...]
    visits: Visits
    late_median: dt.timedelta | None
    late_p95: dt.timedelta | None

    @property
    def whole(self) -> Day:
        names = ("due", "sent", "delivered", "failed", "skipped")
        sums = {name: sum(getattr(day, name) for day in self.days) for name in names}
        return Day(on=self.days[0].on, cost=sum((day.cost for day in self.days), Decimal(0)), **sums)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """`until` is the last day, included."""

    since: dt.date
    until: dt.date
    provider_id: int | None = None
    channel: str = ""


def figures(actor: Actor, asked: Asked, *, practice: Practice, now: dt.datetime) -> Figures:
    visits = _visits(actor, asked)
    sent = _messages(actor, asked, visits, practice, now)
    late = sent.filter(accepted_at__isnull=False).aggregate(
        median=Percentile(_lateness(), share=0.5), p95=Percentile(_lateness(), share=0.95)
    )
    return Figures(
        days=_days(sent, asked, practice),
        reasons=_reasons(sent),
        visits=_visits_of(visits, asked, practice, now),
        late_median=late["median"],
        late_p95=late["p95"],
    )


def _lateness() -> Any:
    return F("accepted_at") - Greatest("due_at", "not_before")


def _visits(actor: Actor, asked: Asked) -> QuerySet[Appointment]:
    visits = Appointment.objects.visible_to(actor)
    return visits.for_providers([asked.provider_id]) if asked.provider_id else visits


def _between(asked: Asked, practice: Practice) -> tuple[dt.datetime, dt.datetime]:
    midnight, day = dt.time(), dt.timedelta(days=1)
    return to_utc(asked.since, midnight, practice.tz), to_utc(asked.until + day, midnight, practice.tz)


def _messages(
    actor: Actor, asked: Asked, visits: QuerySet[Appointment], practice: Practice, now: dt.datetime
) -> QuerySet[Message]:
    start, end = _between(asked, practice)
    rows = Message.objects.filter(
        purpose__in=[REMINDER, NOTICE], due_at__gte=start, due_at__lt=min(end, now)
    ).exclude(channel=Channel.PORTAL)
    if asked.channel:
        rows = rows.filter(channel=asked.channel)
    if asked.provider_id is None and _sees_all(actor):
        return rows
    of_visits = Reminder.objects.filter(attendance__appointment__in=visits, due_at__gte=start, due_at__lt=end)
    theirs = Attendance.objects.filter(appointment__in=visits)
    return rows.filter(
        Q(purpose=REMINDER, subject__in=of_visits.values("pk"))
        | Q(purpose=NOTICE, client__in=theirs.values("client"))
    )


def _sees_all(actor: Actor) -> bool:
    return actor.kind == ActorKind.SYSTEM or bool(actor.roles & SEES_EVERYBODY)


def _days(sent: QuerySet[Message], asked: Asked, practice: Practice) -> tuple[Day, ...]:
    """Every day of the range, also those without a message."""
    counted = sent.order_by().annotate(on=TruncDate("due_at", tzinfo=practice.tz)).values("on")
    rows = counted.annotate(
        due=Count("pk"),
        sent=Count("pk", filter=Q(accepted_at__isnull=False) & ~Q(state__in=FAILED)),
        delivered=Count("pk", filter=Q(state=MessageState.DELIVERED)),
        failed=Count("pk", filter=Q(state__in=FAILED)),
        skipped=Count("pk", filter=Q(state=MessageState.SKIPPED)),
    )
    found: dict[dt.date, dict[str, Any]] = {row["on"]: dict(row) for row in rows}
    costs = _costs(sent, practice)
    span = range((asked.until - asked.since).days + 1)
    days = [asked.since + dt.timedelta(days=n) for n in span]
    return tuple(Day(**({"on": on} | found.get(on, {})), cost=costs.get(on, Decimal(0))) for on in days)


def _costs(sent: QuerySet[Message], practice: Practice) -> dict[dt.date, Decimal]:
    """What the carrier has told so far; it writes prices below nothing."""
    attempts = Attempt.objects.filter(message__in=sent.order_by().values("pk"), price__isnull=False)
    by_day = attempts.order_by().annotate(on=TruncDate("message__due_at", tzinfo=practice.tz)).values("on")
    return dict(by_day.annotate(cost=Sum(Abs("price"))).values_list("on", "cost"))


def _reasons(sent: QuerySet[Message]) -> tuple[Why, ...]:
    """The most frequent first."""
    ended = sent.order_by().filter(state__in=[*FAILED, MessageState.SKIPPED])
    failed = Count("pk", filter=Q(state__in=FAILED))
    rows = ended.values("reason").annotate(count=Count("pk"), failed=failed).order_by("-count", "reason")
    return tuple(
        Why(reason=row["reason"], count=row["count"], is_failure=row["failed"] > 0)
        for row in rows[:MOST_REASONS]
    )


def _visits_of(visits: QuerySet[Appointment], asked: Asked, practice: Practice, now: dt.datetime) -> Visits:
    start, end = _between(asked, practice)
    stood = visits.filter(starts_at__gte=start, starts_at__lt=min(end, now)).exclude(state__in=NOT_A_VISIT)
    people = Attendance.objects.counted().filter(appointment__in=stood.order_by().values("pk")).order_by()
    contacted = Q(contact_count__gt=0)
    confirmed = contacted & Q(confirmed_at__isnull=False)
    return Visits(
        **people.aggregate(
            total=Count("pk"),
            contacted=Count("pk", filter=contacted),
            confirmed=Count("pk", filter=confirmed),
            by_themselves=Count("pk", filter=confirmed & ~Q(confirmed_how=ConfirmedHow.STAFF)),
        )
    )
