"""What an attempt came to: from the carrier's answer, its list, or a callback, whichever is first."""

import random
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import transaction

from core import clock
from messaging.carriers import Outcome
from messaging.models import Attempt, Message
from messaging.operations import consent
from messaging.operations.giving_up import give_up
from messaging.operations.moves import back_to_due, enter, is_superseded
from messaging.rules import retries, statuses
from messaging.rules.errors import Verdict, reason_for, verdict_on_failure
from messaging.rules.moves import BEFORE_CARRIER, ENDED_UNSENT
from messaging.states import AttemptState, MessageState

log = structlog.get_logger(__name__)


def locked(attempt_id: int) -> tuple[Message, Attempt]:
    """The message first, then its attempt: the same order everywhere."""
    message_id = Attempt.objects.values_list("message_id", flat=True).get(pk=attempt_id)
    message = Message.objects.select_for_update().get(pk=message_id)
    return message, Attempt.objects.select_for_update().get(pk=attempt_id)


@transaction.atomic
def settle(attempt_id: int, outcome: Outcome) -> None:
    """Transaction 2. A callback or the reaper may have been here first; then only what is still missing is added."""
    now = clock.now()
    message, attempt = locked(attempt_id)
    attempt.http_status, attempt.segments = outcome.http_status, outcome.segments or attempt.segments
    attempt.error_code, attempt.ended_at = outcome.code or attempt.error_code, now
    attempt.save(update_fields=["http_status", "segments", "error_code", "ended_at"])
    if outcome.verdict == Verdict.ACCEPTED:
        bind(message, attempt, sid=outcome.sid, status=outcome.status, how=AttemptState.ACCEPTED, now=now)
    elif attempt.provider_sid:
        log.warning("answer_contradicts_callback", attempt=attempt.pk, verdict=outcome.verdict)
    elif outcome.verdict == Verdict.UNKNOWN:
        _doubt(message, attempt, now)
    else:
        _not_sent(message, attempt, outcome, now)


def bind(
    message: Message, attempt: Attempt, *, sid: str, status: str, how: AttemptState, now: datetime
) -> None:
    """The carrier has it, under this sid. Proof beats whatever we believed; twice is harmless."""
    attempt.provider_sid, attempt.state = sid, how
    attempt.save(update_fields=["provider_sid", "state"])
    revived = message.state in ENDED_UNSENT and not is_superseded(message)
    if message.state in BEFORE_CARRIER or revived:
        enter(message, MessageState.ACCEPTED, now=now, accepted_at=now)
    progress(message, attempt, status=status, code="", now=now)


def progress(message: Message, attempt: Attempt, *, status: str, code: str, now: datetime) -> bool:
    """A word of the carrier about a message it has. False when it tells nothing new; nothing ever moves back."""
    if statuses.rank(status) <= attempt.status_rank:
        return False
    attempt.last_status, attempt.status_rank = status, statuses.rank(status)
    attempt.error_code = code[:20]
    attempt.save(update_fields=["last_status", "status_rank", "error_code"])
    _follow(message, statuses.state_for(status), code, now)
    return True


def _follow(message: Message, state: MessageState, code: str, now: datetime) -> None:
    if message.state not in (MessageState.ACCEPTED, MessageState.UNDELIVERED):
        return
    if state == MessageState.UNDELIVERED:
        _undelivered(message, code, now)
    elif state == MessageState.DELIVERED and not is_superseded(message):
        enter(message, MessageState.DELIVERED, now=now, delivered_at=now)


def _undelivered(message: Message, code: str, now: datetime) -> None:
    """A second, higher word about a failure only corrects the reason: the last row is the same in any order."""
    verdict = verdict_on_failure(code)
    _close_address(message, verdict, code, now)
    if message.state == MessageState.ACCEPTED:
        give_up(message, MessageState.UNDELIVERED, reason=reason_for(verdict, code), now=now)
    else:
        message.reason = reason_for(verdict, code)
        message.save(update_fields=["reason"])


def _doubt(message: Message, attempt: Attempt, now: datetime) -> None:
    attempt.state = AttemptState.UNKNOWN
    attempt.save(update_fields=["state"])
    if message.state == MessageState.SENDING:
        lease, grace = settings.MESSAGE_LEASE_SECONDS, settings.MESSAGE_GRACE_SECONDS
        look = retries.look_again_at(now, attempt.started_at, lease=lease, grace=grace)
        enter(message, MessageState.VERIFYING, now=now, send_at=look)


def _not_sent(message: Message, attempt: Attempt, outcome: Outcome, now: datetime) -> None:
    attempt.state = AttemptState.REJECTED
    attempt.save(update_fields=["state"])
    if message.state not in (MessageState.SENDING, MessageState.VERIFYING):
        return
    if outcome.verdict == Verdict.CONFIGURATION:
        # Ours to repair; it costs no retry, and goes out by itself once the settings are right.
        log.error("carrier_refuses_settings", provider=attempt.provider, code=outcome.code)
        again = now + timedelta(seconds=retries.CONFIGURATION_WAIT)
        retry_or_give_up(message, outcome.verdict, outcome.code, at=again, now=now, counts=False)
    elif outcome.verdict == Verdict.NOT_SENT:
        retry_or_give_up(message, outcome.verdict, outcome.code, at=None, now=now)
    else:
        _close_address(message, outcome.verdict, outcome.code, now)
        give_up(message, MessageState.DEAD, reason=reason_for(outcome.verdict, outcome.code), now=now)


def retry_or_give_up(
    message: Message, verdict: Verdict, code: str, *, at: datetime | None, now: datetime, counts: bool = True
) -> None:
    """Certain that nothing was sent. `at` None: by the usual backoff."""
    attempts = message.attempts_made if counts else message.attempts_made - 1
    reason = reason_for(verdict, code)
    jitter = random.random()  # noqa: S311  spreads load, guards nothing
    at = at or retries.retry_at(now, attempts=attempts, useful_until=message.useful_until, jitter=jitter)
    if at >= message.useful_until:
        give_up(message, MessageState.EXPIRED, reason=reason, now=now)
    elif attempts >= retries.MOST_ATTEMPTS:
        give_up(message, MessageState.DEAD, reason=reason, now=now)
    else:
        back_to_due(message, at=at, now=now, attempts_made=attempts)


def _close_address(message: Message, verdict: Verdict, code: str, now: datetime) -> None:
    if verdict == Verdict.OPTED_OUT:
        consent.opt_out(message.address, evidence=f"code {code}", now=now)
    elif verdict == Verdict.BAD_ADDRESS:
        consent.suppress(
            message.address,
            channels=[message.channel],
            reason=consent.BAD_ADDRESS,
            evidence=f"code {code}",
            now=now,
        )
