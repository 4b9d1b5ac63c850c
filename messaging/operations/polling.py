"""Callbacks get lost: what a carrier took and never spoke of again is asked about, three times in a day."""

from datetime import datetime

from django.conf import settings
from django.db import transaction

from core import clock
from messaging import carriers
from messaging.carriers import CarrierSilent
from messaging.models import Attempt, Message
from messaging.operations.failures import report
from messaging.operations.settling import locked, progress
from messaging.rules.retries import next_poll
from messaging.states import MessageState

BATCH = 50


def poll_silent(now: datetime) -> int:
    """Every message whose look has come. Each in its own transactions: one that fails holds up no other."""
    due = Message.objects.filter(look_at__lte=now).order_by("look_at")
    ids = list(due.values_list("pk", flat=True)[:BATCH])
    for message_id in ids:
        try:
            poll(message_id)
        except Exception as error:
            report("poll_failed", error, message=message_id)
    return len(ids)


def poll(message_id: int) -> None:
    """Ask outside any transaction, conclude inside one. Call it outside a transaction."""
    attempt = _take_turn(message_id, clock.now())
    if attempt is None:
        return
    carrier = carriers.for_channel(attempt.message.channel)
    try:
        found = (
            carrier.fetch(attempt.provider_sid or "", timeout=settings.TWILIO_TIMEOUT_SECONDS)
            if carrier
            else None
        )
    except CarrierSilent:
        return  # the next look is planned
    if found is not None:
        _conclude(attempt.pk, found.status, found.code)


@transaction.atomic
def _take_turn(message_id: int, now: datetime) -> Attempt | None:
    """Move the next look on first, so that two reapers do not ask about the same message."""
    waiting = Message.objects.select_for_update(skip_locked=True).filter(pk=message_id, look_at__lte=now)
    if (message := waiting.first()) is None:
        return None
    message.look_at = next_poll(message.accepted_at or now, after=now)
    message.save(update_fields=["look_at"])
    if message.state != MessageState.ACCEPTED:
        return None
    return message.attempts.filter(provider_sid__isnull=False).select_related("message").last()


@transaction.atomic
def _conclude(attempt_id: int, status: str, code: str) -> None:
    message, attempt = locked(attempt_id)
    progress(message, attempt, status=status, code=code, now=clock.now())
