"""How much of each channel may be claimed now: breakers that are open and buckets that are empty hold it back."""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q

from messaging import carriers
from messaging.models import Breaker, SenderBucket
from messaging.operations.pacing import tokens_of
from messaging.states import BreakerState


def gates(now: datetime) -> dict[str, int]:
    """{channel: how many at most}; a channel that is not named is open. Two queries."""
    buckets = [bucket for bucket in SenderBucket.objects.all() if _speaks(bucket)]
    most = {bucket.channel: int(tokens_of(bucket, now)) for bucket in buckets}
    for breaker in Breaker.objects.exclude(state=BreakerState.CLOSED):
        tries = int(_is_over(breaker, now))
        most[breaker.channel] = min(tries, most.get(breaker.channel, tries))
    return most


def closed_channels(now: datetime) -> frozenset[str]:
    """Channels whose breaker is open, and its pause not over."""
    held = Breaker.objects.exclude(state=BreakerState.CLOSED).filter(until__gt=now)
    return frozenset(held.values_list("channel", flat=True))


def how_many_through(channels: Collection[str], now: datetime) -> dict[str, int]:
    """{channel: 0 or 1} of those whose breaker is open; the others are not named. In the transaction of the attempts.

    When the pause is over one message tries, for whoever comes first. If its process dies, the next try comes after
    a lease.
    """
    held = Breaker.objects.exclude(state=BreakerState.CLOSED).filter(channel__in=channels)
    return {breaker.channel: int(_is_over(breaker, now) and _half_open(breaker, now)) for breaker in held}


def _is_over(breaker: Breaker, now: datetime) -> bool:
    return breaker.until is not None and breaker.until <= now


def _speaks(bucket: SenderBucket) -> bool:
    carrier = carriers.for_channel(bucket.channel)
    return carrier is not None and carrier.sender == bucket.sender


def _half_open(breaker: Breaker, now: datetime) -> bool:
    """Whether this process is the one to try: another's update of the same row makes this one find nothing."""
    until = now + timedelta(seconds=settings.MESSAGE_LEASE_SECONDS)
    due = Breaker.objects.filter(~Q(state=BreakerState.CLOSED), pk=breaker.pk, until__lte=now)
    return bool(due.update(state=BreakerState.HALF_OPEN, until=until))
