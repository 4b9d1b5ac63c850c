"""A status callback: how far the carrier is with one message."""

from datetime import datetime

import structlog

from messaging.models import Attempt, ProviderEvent
from messaging.operations.settling import bind, locked, progress
from messaging.rules.statuses import rank
from messaging.states import AttemptState

log = structlog.get_logger(__name__)


def take_status(event: ProviderEvent, now: datetime) -> str:
    """What came of it, or "" when the message is not known yet: its answer may still be under way."""
    sid, status = event.fields.get("MessageSid", ""), event.fields.get("MessageStatus", "").lower()
    if not sid or not rank(status):
        return "not understood"
    attempt_id = _attempt_of(sid, event)
    if attempt_id is None:
        return ""
    message, attempt = locked(attempt_id)
    if attempt.provider_sid is None:
        # The callback's path names the attempt: the answer to our POST was lost, or is slower than this.
        bind(message, attempt, sid=sid, status=status, how=AttemptState.ADOPTED, now=now)
    elif attempt.provider_sid != sid:
        log.warning("callback_for_another_sid", attempt=attempt.pk)
        return "another message's"
    moved = progress(message, attempt, status=status, code=event.fields.get("ErrorCode", ""), now=now)
    return "moved" if moved else "nothing new"


def _attempt_of(sid: str, event: ProviderEvent) -> int | None:
    """By sid; else by the token in the path, which only Twilio and we know."""
    by_sid = Attempt.objects.filter(provider_sid=sid).values_list("pk", flat=True).first()
    if by_sid is not None or event.token is None:
        return by_sid
    return Attempt.objects.filter(token=event.token).values_list("pk", flat=True).first()
