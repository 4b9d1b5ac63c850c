"""Taking a carrier out of service while it fails, and back when it works again."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Count

from messaging.models import Attempt, Breaker
from messaging.operations.banner import show_after_commit
from messaging.operations.tasks import raise_task
from messaging.rules.breaking import TROUBLE, pause_seconds, why_open
from messaging.rules.errors import Verdict
from messaging.states import BreakerState, TaskKind

log = structlog.get_logger(__name__)

# (provider, channel) and what its last attempts proved.
Heard = Mapping[tuple[str, str], Iterable[Verdict]]


@transaction.atomic
def hear(heard: Heard, now: datetime) -> None:
    """After a batch is settled. In good weather one query, because a breaker may be half open."""
    standing = {
        (row.provider, row.channel): row for row in Breaker.objects.exclude(state=BreakerState.CLOSED)
    }
    for key, verdicts in heard.items():
        told = Counter(verdicts)
        if breaker := standing.get(key):
            _weigh(breaker, told, now)
        elif TROUBLE & told.keys():
            _look_back(*key, now)


def _weigh(breaker: Breaker, told: Counter[Verdict], now: datetime) -> None:
    """Open or half open. Stragglers of before it opened decide nothing; the one let through does."""
    if breaker.state != BreakerState.HALF_OPEN:
        return
    if TROUBLE & told.keys():
        _open(breaker, breaker.cause, now)
    elif told:
        _close(breaker)


def _look_back(provider: str, channel: str, now: datetime) -> None:
    since = now - timedelta(seconds=settings.MESSAGE_BREAKER_SECONDS)
    recent = Attempt.objects.filter(started_at__gte=since, provider=provider, message__channel=channel)
    rows = recent.exclude(verdict="").order_by().values_list("verdict").annotate(n=Count("pk"))
    if not (cause := why_open(dict(rows))):
        return
    Breaker.objects.bulk_create([Breaker(provider=provider, channel=channel)], ignore_conflicts=True)
    breaker = Breaker.objects.select_for_update().get(provider=provider, channel=channel)
    if breaker.state == BreakerState.CLOSED:
        log.error("breaker_opened", provider=provider, channel=channel)
        raise_task(TaskKind.CARRIER_DOWN, now=now)
        _open(breaker, cause, now)


def _open(breaker: Breaker, cause: str, now: datetime) -> None:
    """Longer each time the one let through fails. At least as long as the look back, or it would find the same."""
    pause = pause_seconds(breaker.times, first=settings.MESSAGE_BREAKER_SECONDS)
    breaker.state, breaker.cause, breaker.times = BreakerState.OPEN, cause, breaker.times + 1
    breaker.opened_at, breaker.until = breaker.opened_at or now, now + timedelta(seconds=pause)
    breaker.save()
    show_after_commit()


def _close(breaker: Breaker) -> None:
    log.warning("breaker_closed", provider=breaker.provider, channel=breaker.channel)
    breaker.state, breaker.cause, breaker.times = BreakerState.CLOSED, "", 0
    breaker.opened_at = breaker.until = None
    breaker.save()
    show_after_commit()
