"""A carrier's callbacks: stored once as they came, then understood; what cannot be understood yet is tried again."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from django.db import transaction

from core import clock
from messaging.models import ProviderEvent
from messaging.operations.callbacks import take_status
from messaging.operations.calls import take_call, take_key
from messaging.operations.failures import report
from messaging.operations.inbound import read_without_effect, take_text
from messaging.operations.mail_events import take_ses

log = structlog.get_logger(__name__)

TEXT, STATUS, SES, CALL, KEY = "sms", "status", "ses", "call", "key"
TAKES: dict[str, Callable[[ProviderEvent, datetime], str]] = {
    TEXT: take_text,
    STATUS: take_status,
    SES: take_ses,
    CALL: take_call,
    KEY: take_key,
}
BATCH = 200
# A callback for a sid nobody knows may have come before our own commit of it; after a day nobody will.
UNKNOWN_FOR = timedelta(days=1)
# A text whose effect keeps failing is read by a person instead.
GIVE_UP_AFTER = timedelta(minutes=10)


def store(
    kind: str,
    *,
    dedupe_key: str,
    body: Mapping[str, str],
    token: UUID | None,
    now: datetime,
    provider: str = "twilio",
) -> int | None:
    """The new event's id; None when this callback has been here before."""
    content: Any = dict(body)
    event = ProviderEvent(
        provider=provider,
        kind=kind,
        dedupe_key=dedupe_key[:150],
        token=token,
        body=content,
        received_at=now,
    )
    # One statement, no look before: two copies of a callback may arrive at the same moment.
    ProviderEvent.objects.bulk_create([event], ignore_conflicts=True)
    mine = ProviderEvent.objects.filter(provider=provider, dedupe_key=event.dedupe_key, processed_at=None)
    return mine.values_list("pk", flat=True).first()


def take(kind: str, *, dedupe_key: str, body: Mapping[str, str], token: UUID | None, now: datetime) -> None:
    """Stored first; if acting on it fails, the sweep has it."""
    event_id = store(kind, dedupe_key=dedupe_key, body=body, token=token, now=now)
    if event_id is not None:
        process(event_id)


def process(event_id: int) -> bool:
    """Act on a stored event, once. False when it failed or must wait; the sweep tries again."""
    try:
        return _process(event_id)
    except Exception as error:
        report("event_failed", error, event_id=event_id)
        return False


@transaction.atomic
def _process(event_id: int) -> bool:
    now = clock.now()
    # The lock makes the second of two simultaneous deliveries wait, and then find it processed.
    event = ProviderEvent.objects.select_for_update().filter(pk=event_id, processed_at=None).first()
    if event is None:
        return True
    outcome = TAKES[event.kind](event, now)
    if not outcome:
        return False
    _mark(event, outcome, now)
    return True


def process_waiting(now: datetime) -> int:
    """Every event still open, each in its own transaction. The newest first: what nobody knows must not block."""
    _close_unknown(now)
    waiting = ProviderEvent.objects.filter(processed_at=None).order_by("-received_at")
    ids = list(waiting.values_list("pk", flat=True)[:BATCH])
    for event_id in ids:
        if not process(event_id):
            _hand_to_a_person(event_id, now)
    return len(ids)


def _close_unknown(now: datetime) -> None:
    ProviderEvent.objects.filter(
        processed_at=None, kind__in=[STATUS, SES, CALL, KEY], received_at__lt=now - UNKNOWN_FOR
    ).update(processed_at=now, outcome="unknown message")


@transaction.atomic
def _hand_to_a_person(event_id: int, now: datetime) -> None:
    stuck = ProviderEvent.objects.select_for_update().filter(
        pk=event_id, processed_at=None, kind=TEXT, received_at__lt=now - GIVE_UP_AFTER
    )
    if (event := stuck.first()) is not None:
        read_without_effect(event, now)
        _mark(event, "failed, a person reads it", now)


def close(event_id: int, outcome: str, now: datetime) -> None:
    """Of one that was acted on where it was stored."""
    _mark(ProviderEvent.objects.get(pk=event_id), outcome, now)


def _mark(event: ProviderEvent, outcome: str, now: datetime) -> None:
    event.processed_at, event.outcome = now, outcome[:60]
    event.save(update_fields=["processed_at", "outcome"])
