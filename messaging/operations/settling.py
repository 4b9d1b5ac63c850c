"""What an attempt came to: from the carrier's answer, its list, or a callback, whichever is first."""

import random
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.conf import settings
from django.db import connection, transaction

from core import clock
from messaging import carriers, queries
from messaging.carriers import Outcome
from messaging.models import Attempt, Message
from messaging.operations import breaking, budgeting, consent
from messaging.operations.failures import report
from messaging.operations.giving_up import give_up
from messaging.operations.moves import Moves, back_to_due, enter, is_superseded
from messaging.rules import retries, statuses, windows
from messaging.rules.errors import Verdict, reason_for, verdict_on_failure
from messaging.rules.moves import BEFORE_CARRIER, ENDED_UNSENT
from messaging.states import AttemptState, MessageState
from practice.queries import one_practice

log = structlog.get_logger(__name__)

# The request was never made: its process had stood still, or its turn came too late. It costs no retry.
NEVER_POSTED = "stood_still"


@dataclass(frozen=True, slots=True)
class Done:
    message_id: int
    attempt_id: int
    outcome: Outcome


_ACCEPT = """
UPDATE messaging_attempt AS row
SET state = 'accepted', verdict = 'accepted', ended_at = %s, provider_sid = new.sid, last_status = new.status,
    status_rank = new.rank, http_status = new.http_status, segments = coalesce(new.segments, row.segments)
FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::smallint[], %s::smallint[], %s::smallint[])
    AS new (id, sid, status, rank, http_status, segments)
WHERE row.id = new.id
"""


def locked(attempt_id: int) -> tuple[Message, Attempt]:
    """The message first, then its attempt: the same order everywhere."""
    message_id = Attempt.objects.values_list("message_id", flat=True).get(pk=attempt_id)
    message = Message.objects.select_for_update().get(pk=message_id)
    return message, Attempt.objects.select_for_update().get(pk=attempt_id)


def settle_all(done: Iterable[Done]) -> int:
    """What many attempts came to; returns how many raised. Those taken by the carrier in one transaction.

    Whatever is not that plain, and all of them if one makes it fail, is settled one by one.
    """
    rest = {one.attempt_id: one for one in done}
    try:
        for attempt_id in _accept([d for d in rest.values() if d.outcome.verdict == Verdict.ACCEPTED]):
            del rest[attempt_id]
    except Exception as error:
        report("settling_together_failed", error)
    return sum(not _settle_alone(one) for one in rest.values())


def _settle_alone(one: Done) -> bool:
    try:
        settle(one.attempt_id, one.outcome)
    except Exception as error:
        report("settling_failed", error, attempt=one.attempt_id)
        return False
    return True


@transaction.atomic
def _accept(done: list[Done]) -> list[int]:
    """Transaction 2 for a batch: ids of the attempts that were still as we left them, and are now accepted."""
    if not done:
        return []
    now = clock.now()
    messages = Message.objects.select_for_update().filter(state=MessageState.SENDING).order_by("pk")
    sending = messages.in_bulk([one.message_id for one in done])
    attempts = Attempt.objects.select_for_update().filter(provider_sid=None).order_by("pk")
    untouched = attempts.only("provider", "message_id").in_bulk([one.attempt_id for one in done])
    plain = [one for one in done if one.message_id in sending and one.attempt_id in untouched]
    _write_accepted(plain, now)
    moves = Moves(now)
    for one in plain:
        message = sending[one.message_id]
        moves.enter(message, MessageState.ACCEPTED, accepted_at=now, look_at=_first_look(message, now))
    with one_practice():
        moves.finish()
        budgeting.spend([_size(sending[one.message_id], one.outcome.segments) for one in plain], now)
    told = defaultdict(list)
    for one in plain:
        told[untouched[one.attempt_id].provider, sending[one.message_id].channel].append(Verdict.ACCEPTED)
    breaking.hear(told, now)
    return [one.attempt_id for one in plain]


def _write_accepted(done: list[Done], now: datetime) -> None:
    outcomes = [one.outcome for one in done]
    columns: list[list[Any]] = [
        [one.attempt_id for one in done],
        [outcome.sid for outcome in outcomes],
        [outcome.status for outcome in outcomes],
        [statuses.rank(outcome.status) for outcome in outcomes],
        [outcome.http_status for outcome in outcomes],
        [outcome.segments for outcome in outcomes],
    ]
    with connection.cursor() as cursor:
        cursor.execute(_ACCEPT, [now, *columns])


def _first_look(message: Message, now: datetime) -> datetime | None:
    """When to ask, should the carrier never report; a mail server, and the portal, have nothing to tell."""
    carrier = carriers.for_channel(message.channel)
    return retries.next_poll(now, after=now) if carrier is not None and carrier.keeps_list else None


def _size(message: Message, segments: int | None) -> tuple[str, int]:
    return message.channel, segments or 1


@transaction.atomic
def settle(attempt_id: int, outcome: Outcome) -> None:
    """Transaction 2. A callback or the reaper may have been here first; then only what is still missing is added."""
    now = clock.now()
    message, attempt = locked(attempt_id)
    attempt.http_status, attempt.segments = outcome.http_status, outcome.segments or attempt.segments
    attempt.error_code, attempt.ended_at = outcome.code or attempt.error_code, now
    attempt.verdict = "" if outcome.code == NEVER_POSTED else outcome.verdict
    attempt.save(update_fields=["http_status", "segments", "error_code", "ended_at", "verdict"])
    if outcome.verdict == Verdict.ACCEPTED:
        bind(message, attempt, sid=outcome.sid, status=outcome.status, how=AttemptState.ACCEPTED, now=now)
    elif attempt.provider_sid:
        log.warning("answer_contradicts_callback", attempt=attempt.pk, verdict=outcome.verdict)
    elif outcome.verdict == Verdict.UNKNOWN:
        _doubt(message, attempt, now)
    else:
        _not_sent(message, attempt, outcome, now)
    if attempt.verdict:
        breaking.hear({(attempt.provider, message.channel): [outcome.verdict]}, now)


def bind(
    message: Message, attempt: Attempt, *, sid: str, status: str, how: AttemptState, now: datetime
) -> None:
    """The carrier has it, under this sid. Proof beats whatever we believed; twice is harmless."""
    is_new = attempt.provider_sid is None
    attempt.provider_sid, attempt.state = sid, how
    attempt.save(update_fields=["provider_sid", "state"])
    revived = message.state in ENDED_UNSENT and not is_superseded(message)
    if message.state in BEFORE_CARRIER or revived:
        look_at = _first_look(message, now)
        enter(message, MessageState.ACCEPTED, now=now, accepted_at=now, look_at=look_at)
    if is_new:
        budgeting.spend([_size(message, attempt.segments)], now)
    progress(message, attempt, status=status, code="", now=now)


def progress(message: Message, attempt: Attempt, *, status: str, code: str, now: datetime) -> bool:
    """A word of the carrier about a message it has. False when it tells nothing new; nothing ever moves back."""
    # Of two failures that contradict each other (busy, no answer) the code decides, or the order would.
    if (statuses.rank(status), code[:20]) <= (attempt.status_rank, attempt.error_code):
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
    if outcome.code == NEVER_POSTED:
        back_to_due(message, at=now, now=now, attempts_made=message.attempts_made - 1)
    elif outcome.verdict == Verdict.CONFIGURATION:
        # Ours to repair; it costs no retry, and goes out by itself once the settings are right.
        log.error("carrier_refuses_settings", provider=attempt.provider, code=outcome.code)
        again = now + timedelta(seconds=settings.MESSAGE_BREAKER_SECONDS)
        retry_or_give_up(message, outcome.verdict, outcome.code, at=again, now=now, counts=False)
    elif outcome.verdict == Verdict.NOT_SENT:
        at_least = outcome.retry_after or 0
        retry_or_give_up(message, outcome.verdict, outcome.code, at=None, now=now, at_least=at_least)
    else:
        _close_address(message, outcome.verdict, outcome.code, now)
        give_up(message, MessageState.DEAD, reason=reason_for(outcome.verdict, outcome.code), now=now)


def retry_or_give_up(
    message: Message,
    verdict: Verdict,
    code: str,
    *,
    at: datetime | None,
    now: datetime,
    counts: bool = True,
    at_least: float = 0,
) -> None:
    """Certain that nothing was sent. `at` None: by the usual backoff, but no sooner than in `at_least` seconds."""
    policy = queries.the_policy()
    attempts = message.attempts_made if counts else message.attempts_made - 1
    reason = reason_for(verdict, code)
    at = at or _by_backoff(message, attempts, now, pause=policy.retry_minutes * 60, at_least=at_least)
    if at >= message.useful_until:
        give_up(message, MessageState.EXPIRED, reason=reason, now=now)
    elif attempts > policy.retries:
        give_up(message, MessageState.DEAD, reason=reason, now=now)
    else:
        back_to_due(message, at=at, now=now, attempts_made=attempts)


def _by_backoff(message: Message, attempts: int, now: datetime, *, pause: int, at_least: float) -> datetime:
    """One that cannot wait for the next window goes earlier, not later: still in this one."""
    jitter = random.random()  # noqa: S311  spreads load, guards nothing
    until = message.useful_until
    at = retries.retry_at(
        now, attempts=attempts, useful_until=until, jitter=jitter, pause=pause, at_least=at_least
    )
    window, zone = queries.window_of(message), queries.zone_of(message.client)
    at = windows.sooner(window, at, now=now, useful_until=until, zone=zone)
    return max(at, now + timedelta(seconds=at_least))


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
