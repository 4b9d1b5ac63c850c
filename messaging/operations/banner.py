"""What every page of staff says while a carrier is out of order: kept in the cache, so that no page asks a table."""

import structlog
from django.core.cache import cache
from django.db import transaction

from messaging.models import Breaker
from messaging.states import BreakerState
from practice.states import Channel

log = structlog.get_logger(__name__)

KEY = "messaging.out-of-order"
KEPT_SECONDS = 10 * 60  # the sweep writes it anew; without a sweep it should not stand for ever
SPOKEN = {Channel.SMS: "Texts", Channel.EMAIL: "Emails", Channel.VOICE: "Calls"}


def show() -> None:
    """The truth is in the table; a cache that is away costs only the banner."""
    held = Breaker.objects.exclude(state=BreakerState.CLOSED).order_by("channel")
    lines = [f"{SPOKEN.get(Channel(row.channel), row.channel)} are waiting. {row.cause}." for row in held]
    try:
        cache.set(KEY, lines, KEPT_SECONDS)
    except Exception:  # whatever the cache's client raises
        log.warning("banner_not_shown")


def show_after_commit() -> None:
    transaction.on_commit(show, robust=True)


def shown() -> list[str]:
    try:
        return cache.get(KEY) or []
    except Exception:  # as above
        return []
