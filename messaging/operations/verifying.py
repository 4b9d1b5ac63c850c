"""What became of an attempt whose answer was lost. The carrier is asked; nothing is ever sent again on a guess."""

from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import transaction

from core import clock
from messaging import carriers, queries
from messaging.carriers import CarrierSilent, Found, Letter
from messaging.models import Attempt, Message
from messaging.operations.failures import report
from messaging.operations.giving_up import give_up
from messaging.operations.settling import bind, locked, retry_or_give_up
from messaging.rules import retries
from messaging.rules.errors import Verdict, reason_for
from messaging.states import AttemptState, MessageState

log = structlog.get_logger(__name__)

OPEN = (AttemptState.STARTED, AttemptState.UNKNOWN)
BATCH = 50


def verify_due(now: datetime) -> int:
    """Every message whose next look has come. Each in its own transactions: one that fails holds up no other."""
    due = Message.objects.filter(state=MessageState.VERIFYING, send_at__lte=now).order_by("send_at")
    ids = list(due.values_list("pk", flat=True)[:BATCH])
    for message_id in ids:
        try:
            verify(message_id)
        except Exception as error:
            report("verification_failed", error, message=message_id)
    return len(ids)


def verify(message_id: int) -> None:
    """Ask outside any transaction, conclude inside one. Call it outside a transaction."""
    # `now` is read before the question: a list asked for later than this cannot be older than the proof needs.
    now = clock.now()
    letter = _take_turn(message_id, now)
    if letter is None:
        return
    carrier = carriers.for_channel(letter.channel)
    try:
        found = carrier.find(letter, timeout=settings.TWILIO_TIMEOUT_SECONDS) if carrier else []
    except CarrierSilent:
        _unanswered(letter, now, may_answer_later=carrier is not None and carrier.keeps_list)
        return
    conclude(letter, found, asked_at=now)


@transaction.atomic
def _take_turn(message_id: int, now: datetime) -> Letter | None:
    """Move the next look on first, so that two reapers do not ask about the same message."""
    message = (
        Message.objects.select_for_update(skip_locked=True)
        .filter(pk=message_id, state=MessageState.VERIFYING, send_at__lte=now)
        .first()
    )
    if message is None or (attempt := message.attempts.filter(state__in=OPEN).last()) is None:
        return None
    lease, grace = settings.MESSAGE_LEASE_SECONDS, settings.MESSAGE_GRACE_SECONDS
    message.send_at = retries.look_again_at(now, attempt.started_at, lease=lease, grace=grace)
    message.save(update_fields=["send_at"])
    return Letter(
        attempt_id=attempt.pk,
        token=attempt.token,
        channel=message.channel,
        sender=attempt.sender,
        destination=attempt.destination,
        text=attempt.text,
        started_at=attempt.started_at,
        valid_seconds=0,
    )


@transaction.atomic
def conclude(letter: Letter, found: list[Found], *, asked_at: datetime) -> None:
    message, attempt = locked(letter.attempt_id)
    if message.state != MessageState.VERIFYING or attempt.provider_sid:
        return  # a callback was faster
    now = clock.now()
    if (ours := _not_yet_bound(found)) is not None:
        attempt.segments, attempt.ended_at = ours.segments, now
        attempt.save(update_fields=["segments", "ended_at"])
        bind(message, attempt, sid=ours.sid, status=ours.status, how=AttemptState.ADOPTED, now=now)
    elif asked_at >= _proof_at(attempt):
        attempt.state, attempt.ended_at = AttemptState.ABSENT, now
        attempt.save(update_fields=["state", "ended_at"])
        _absent(message, now)


def _absent(message: Message, now: datetime) -> None:
    """Proven, as far as a carrier's list proves anything: who must never write twice asks a person instead."""
    if queries.the_policy().is_strict:
        reason = reason_for(Verdict.UNKNOWN)
        give_up(message, MessageState.DEAD, reason=reason, now=now, is_certain=False)
    else:
        retry_or_give_up(message, Verdict.NOT_SENT, "", at=now, now=now)


def _not_yet_bound(found: list[Found]) -> Found | None:
    """The same words to the same number twice are two messages: each sid belongs to one attempt only."""
    taken = set(
        Attempt.objects.filter(provider_sid__in=[one.sid for one in found]).values_list(
            "provider_sid", flat=True
        )
    )
    return next((one for one in found if one.sid not in taken), None)


def _proof_at(attempt: Attempt) -> datetime:
    lease, grace = settings.MESSAGE_LEASE_SECONDS, settings.MESSAGE_GRACE_SECONDS
    return retries.proof_at(attempt.started_at, lease=lease, grace=grace)


@transaction.atomic
def _unanswered(letter: Letter, now: datetime, *, may_answer_later: bool) -> None:
    """No list, no proof: wait for a callback, and in the end let a person decide. Never a blind second try."""
    message, attempt = locked(letter.attempt_id)
    if message.state != MessageState.VERIFYING:
        return
    patience = retries.SILENT_GRACES * settings.MESSAGE_GRACE_SECONDS if may_answer_later else 0
    if now >= _proof_at(attempt) + timedelta(seconds=patience):
        attempt.state, attempt.ended_at = AttemptState.UNKNOWN, now
        attempt.save(update_fields=["state", "ended_at"])
        give_up(message, MessageState.DEAD, reason=reason_for(Verdict.UNKNOWN), now=now, is_certain=False)
