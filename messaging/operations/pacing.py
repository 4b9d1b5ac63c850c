"""Tokens of a sender: taken in the transaction that writes the attempts, so no two processes take the same."""

from collections.abc import Sequence
from datetime import datetime

from messaging.models import SenderBucket
from messaging.rules.pacing import filled, how_many


def tokens_of(bucket: SenderBucket, now: datetime) -> float:
    seconds = (now - bucket.refilled_at).total_seconds()
    return filled(bucket.tokens, per_second=bucket.per_second, burst=bucket.burst, seconds=seconds)


def take(channel: str, sender: str, sizes: Sequence[int], now: datetime) -> int:
    """How many messages of these sizes (segments), in this order, the sender may send now. All, without a bucket.

    The bucket stays locked until the transaction ends: call it last.
    """
    bucket = SenderBucket.objects.select_for_update().filter(channel=channel, sender=sender).first()
    if bucket is None:
        return len(sizes)
    count, left = how_many(tokens_of(bucket, now), sizes, burst=bucket.burst)
    bucket.tokens, bucket.refilled_at = left, max(now, bucket.refilled_at)
    bucket.save(update_fields=["tokens", "refilled_at"])
    return count
