"""What the month has cost, when to say so, and when to stop."""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal

import structlog
from django.db import connection

from messaging import queries
from messaging.models import Budget, Message, SendingPolicy
from messaging.operations.alarms import tell_admins
from messaging.operations.tasks import raise_task
from messaging.rules.caps import CAPPED
from messaging.states import TaskKind
from practice.models import Practice
from practice.queries import the_practice
from practice.states import Channel

log = structlog.get_logger(__name__)

USED_UP = "The month's budget for messages is used up"
PAID = (Channel.SMS, Channel.VOICE)

_SPEND = """
INSERT INTO messaging_budget (month_on, spent) VALUES (%s, %s)
ON CONFLICT (month_on) DO UPDATE SET spent = messaging_budget.spent + excluded.spent
"""


def month_of(now: datetime, practice: Practice) -> date:
    return now.astimezone(practice.tz).date().replace(day=1)


def over_budget(
    messages: Iterable[Message], now: datetime, *, policy: SendingPolicy, practice: Practice
) -> dict[int, str]:
    """{message: why not}. Reminders and offers stop; whoever wrote to us is answered all the same."""
    if policy.monthly_budget is None:
        return {}
    month = Budget.objects.filter(month_on=month_of(now, practice)).first()
    if month is None or month.spent < policy.monthly_budget:
        return {}
    return {row.pk: USED_UP for row in messages if row.channel in PAID and row.klass in CAPPED}


def spend(sizes: Iterable[tuple[str, int]], now: datetime) -> None:
    """(channel, segments) of what a carrier took. One statement and the policy; a task at the alert and at the end."""
    policy = queries.the_policy()
    price = {Channel.SMS: policy.text_price, Channel.VOICE: policy.call_price}
    cost = sum((price[Channel(channel)] * n for channel, n in sizes if channel in price), Decimal(0))
    if not cost:
        return
    month_on = month_of(now, the_practice())
    with connection.cursor() as cursor:
        cursor.execute(_SPEND, [month_on, cost])
    if policy.monthly_budget is not None:
        _warn(Budget.objects.get(month_on=month_on), policy, now)


def _warn(month: Budget, policy: SendingPolicy, now: datetime) -> None:
    limit = policy.monthly_budget or Decimal(0)
    marks = {"alerted_at": limit * policy.alert_percent / 100, "stopped_at": limit}
    for column, mark in marks.items():
        if month.spent >= mark and getattr(month, column) is None:
            log.warning("budget", what=column)
            setattr(month, column, now)
            month.save(update_fields=[column])
            tell_admins(raise_task(TaskKind.BUDGET, now=now), now)
