"""Claimed messages to their carrier: each at most once.

1. Nobody posts for a message without an Attempt row of its own, committed before, while holding the lease
   (`prepare`). The owner's name is fresh per tick and the rows are locked, so a lapsed lease is always noticed.
2. Each Attempt is posted at most once: the library does not repeat, and `post` calls the carrier once. It does so
   only within half a lease of having begun; a process that stood still longer gives up instead.
3. A second Attempt is written only from DUE. From SENDING a message gets there only when this very request
   proves that nothing was sent (`settling`), or by way of VERIFYING, when the carrier's own list does not have it
   one lease plus one grace after the attempt began (`verifying`).
So two accepted entries need a process frozen between the check in 2 and the socket for longer than half a lease
plus the grace, or a carrier whose list is older than the grace. That is rare, and said in the documentation.
"""

import time
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import InterfaceError, OperationalError, transaction

from core import clock
from messaging import carriers, queries
from messaging.carriers import Letter, Outcome
from messaging.models import Attempt, Message
from messaging.operations import gates, pacing
from messaging.operations.deciding import Batch, Wanted, decide
from messaging.operations.failures import report
from messaging.operations.giving_up import give_up
from messaging.operations.lettering import letters_for
from messaging.operations.moves import Moves, back_to_due
from messaging.operations.settling import NEVER_POSTED, settle
from messaging.purposes import Send
from messaging.rules.errors import Verdict
from messaging.rules.retries import MOST_POISONED
from messaging.rules.segments import segments
from messaging.states import AttemptState, MessageState
from practice.queries import one_practice, the_practice
from practice.states import Channel

log = structlog.get_logger(__name__)

# A message without the portal's text, and of its client the language, the hours and where these are.
NEEDED = (
    *(field.name for field in Message._meta.concrete_fields if field.name != "portal_text"),
    "client__language",
    "client__zone",
    "client__contact_from",
    "client__contact_until",
)
POISONED_WAIT = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Prepared:
    """`began`: monotonic, no later than the lease's beginning: half the lease counts from here."""

    letter: Letter
    message_id: int
    began: float


def send_claimed(message_id: int, *, owner: str) -> None:
    """One message from beginning to end. Raises nothing for a row that is not ours any more."""
    prepared, _ = prepare([message_id], owner=owner)
    for one in prepared:
        settle(one.letter.attempt_id, post(one))


def post(prepared: Prepared) -> Outcome:
    """The one request. No database here: it may run in any thread."""
    letter, half = prepared.letter, settings.MESSAGE_LEASE_SECONDS / 2
    carrier = carriers.for_channel(letter.channel)
    if carrier is None or time.monotonic() - prepared.began > half:
        return Outcome(verdict=Verdict.NOT_SENT, code=NEVER_POSTED)
    try:
        return carrier.send(letter, timeout=min(settings.TWILIO_TIMEOUT_SECONDS, half))
    except Exception as error:
        # Not foreseen, so nothing is proven: treat it as perhaps sent.
        report("carrier_failed", error, attempt=letter.attempt_id)
        return Outcome(verdict=Verdict.UNKNOWN)


def prepare(ids: Collection[int], *, owner: str) -> tuple[list[Prepared], int]:
    """What is to be posted, and how many could not be decided. Call it outside a transaction.

    A purpose that fails must not block the queue: then each message is tried alone, and those that fail wait.
    """
    # Read before the lease is: see Prepared.
    began = time.monotonic()
    try:
        letters = begin(ids, owner=owner)
    except (OperationalError, InterfaceError):
        raise  # no message's fault
    except Exception as error:
        if len(ids) > 1:
            return _one_by_one(ids, owner)
        report("message_poisoned", error, message=next(iter(ids)))
        postpone(next(iter(ids)), owner=owner)
        return [], 1
    return [Prepared(letter, message_id, began) for message_id, letter in letters], 0


def _one_by_one(ids: Collection[int], owner: str) -> tuple[list[Prepared], int]:
    prepared, failed = [], 0
    for message_id in ids:
        ready, poisoned = prepare([message_id], owner=owner)
        prepared += ready
        failed += poisoned
    return prepared, failed


@transaction.atomic
def begin(ids: Collection[int], *, owner: str) -> list[tuple[int, Letter]]:
    """Transaction 1: everything is decided again, and the intents are written down."""
    now = clock.now()
    with one_practice():
        moves = Moves(now)
        messages = _still_ours(ids, owner, now)
        batch = Batch(moves=moves, practice=the_practice(), policy=queries.the_policy()) if messages else None
        wanted = decide(messages, batch) if batch else {}
        _write_to_portal(_of_portal(wanted, True), moves)
        letters = _write_attempts(_of_portal(wanted, False), moves)
        moves.finish()
    return letters


def _still_ours(ids: Collection[int], owner: str, now: datetime) -> list[Message]:
    ours = Message.objects.select_for_update(of=("self",)).filter(pk__in=ids, state=MessageState.CLAIMED)
    ours = ours.filter(lease_owner=owner, lease_until__gt=now).select_related("client").only(*NEEDED)
    return list(ours.order_by("turn", "useful_until", "pk"))


def _let_go(messages: Collection[Message]) -> None:
    held = Message.objects.filter(pk__in=[message.pk for message in messages]) if messages else None
    if held is not None:
        held.update(state=MessageState.DUE, lease_owner="", lease_until=None)


def _of_portal(wanted: Wanted, is_portal: bool) -> Wanted:
    return {m: send for m, send in wanted.items() if (m.channel == Channel.PORTAL) == is_portal}


def _write_attempts(wanted: Wanted, moves: Moves) -> list[tuple[int, Letter]]:
    """The attempt rows, before the requests. The lease starts anew: a long batch may have used some of it."""
    wanted = _let_through(_in_pace(wanted, moves.now), moves.now)
    attempts = [_attempt(message, send, moves.now) for message, send in wanted.items()]
    Attempt.objects.bulk_create(attempts)
    until = moves.now + timedelta(seconds=settings.MESSAGE_LEASE_SECONDS)
    for message in wanted:
        made = message.attempts_made + 1
        moves.enter(message, MessageState.SENDING, lease_until=until, attempts_made=made)
    letters = letters_for(wanted, attempts, now=moves.now)
    return [(message.pk, letter) for message, letter in zip(wanted, letters, strict=True)]


def _in_pace(wanted: Wanted, now: datetime) -> Wanted:
    """As many per sender as its bucket allows, in order; the others are nobody's again, due as before."""
    kept: Wanted = {}
    for channel in {message.channel for message in wanted}:
        same = [message for message in wanted if message.channel == channel]
        carrier = carriers.for_channel(channel)
        if carrier is None:
            raise LookupError(f"no carrier for {channel}")
        sizes = [segments(wanted[message].text) if channel == Channel.SMS else 1 for message in same]
        count = pacing.take(channel, carrier.sender, sizes, now)
        kept |= {message: wanted[message] for message in same[:count]}
        _let_go(same[count:])
    return kept


def _let_through(wanted: Wanted, now: datetime) -> Wanted:
    """A breaker that opened since the claim keeps its messages: nobody's again, due as before, and at no cost."""
    most = gates.how_many_through({message.channel for message in wanted}, now) if wanted else {}
    kept: Wanted = {}
    for channel in {message.channel for message in wanted}:
        same = [message for message in wanted if message.channel == channel]
        count = most.get(channel, len(same))
        kept |= {message: wanted[message] for message in same[:count]}
        _let_go(same[count:])
    return kept


def _attempt(message: Message, send: Send, now: datetime) -> Attempt:
    carrier = carriers.for_channel(message.channel)
    if carrier is None:
        raise LookupError(f"no carrier for {message.channel}")
    if message.channel == Channel.EMAIL and not send.subject_line:
        raise ValueError(f"{message.purpose} gave an email without a subject line")
    return Attempt(
        message=message,
        provider=carrier.name,
        sender=carrier.sender,
        destination=message.address,
        text=send.text,
        started_at=now,
        compared=send.compared,
        variant=send.variant,
    )


def _write_to_portal(wanted: Wanted, moves: Moves) -> None:
    """We are the carrier: text and state in one transaction, so exactly once. Counts as reached only when seen."""
    now = moves.now
    attempts = [
        Attempt(
            message=message,
            provider="portal",
            sender="",
            destination="",
            text=send.text,
            started_at=now,
            ended_at=now,
            state=AttemptState.ACCEPTED,
            verdict=Verdict.ACCEPTED,
        )
        for message, send in wanted.items()
    ]
    Attempt.objects.bulk_create(attempts)
    for message, send in wanted.items():
        message.portal_text = send.text
        made = message.attempts_made + 1
        moves.enter(message, MessageState.ACCEPTED, accepted_at=now, attempts_made=made)
    Message.objects.bulk_update(wanted, ["portal_text"])


@transaction.atomic
def postpone(message_id: int, *, owner: str) -> None:
    """After a failure before any attempt was written: a little later, a few times, then a person must look."""
    now = clock.now()
    message = next(iter(_still_ours([message_id], owner, now)), None)
    if message is None:
        return
    made = message.attempts_made + 1
    if made >= MOST_POISONED:
        reason = "An error in Stillwater kept it from being sent"
        give_up(message, MessageState.DEAD, reason=reason, now=now, attempts_made=made)
    else:
        back_to_due(message, at=now + POISONED_WAIT, now=now, attempts_made=made)
