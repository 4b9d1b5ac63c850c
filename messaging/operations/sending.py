"""One claimed message to the carrier: at most once.

1. Nobody posts for a message without an Attempt row of its own, committed before, while holding the lease
   (`prepare`). The owner's name is fresh per tick and the row is locked, so a lapsed lease is always noticed.
2. Each Attempt is posted at most once: the library does not repeat, and `send_claimed` calls the carrier once.
   It does so only within half a lease of having begun; a process that stood still longer gives up instead.
3. A second Attempt is written only from DUE. From SENDING a message gets there only when this very request
   proves that nothing was sent (`settle`), or by way of VERIFYING, when the carrier's own list does not have it
   one lease plus one grace after the attempt began (`verifying`).
So two accepted entries need a process frozen between the check in 2 and the socket for longer than half a lease
plus the grace, or a carrier whose list is older than the grace. That is rare, and said in the documentation.
"""

import time
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import transaction

from core import clock
from messaging import carriers, purposes, queries
from messaging.carriers import Letter, Outcome
from messaging.models import Attempt, Message
from messaging.operations.failures import report
from messaging.operations.giving_up import give_up
from messaging.operations.moves import back_to_due, enter
from messaging.operations.settling import settle
from messaging.purposes import Decision, Later, Send, Skip
from messaging.rules import windows
from messaging.rules.errors import Verdict
from messaging.rules.retries import MOST_ATTEMPTS
from messaging.states import AttemptState, MessageState
from practice.states import Channel

log = structlog.get_logger(__name__)

TOO_LATE = "No longer useful when its turn came"
OUTSIDE_HOURS = "Its hours for messages ended before it could go"
POISONED_WAIT = timedelta(minutes=5)


def send_claimed(message_id: int, *, owner: str) -> None:
    """Raises nothing for a row that is not ours any more. Call it outside a transaction."""
    # Read before the lease is: the half lease below counts from a moment no later than its beginning.
    began = time.monotonic()
    try:
        letter = prepare(message_id, owner=owner)
    except Exception as error:
        # A purpose that fails must not block the queue: this one row waits and is counted.
        report("message_poisoned", error, message=message_id)
        postpone(message_id, owner=owner)
        return
    if letter is not None:
        settle(letter.attempt_id, _post(letter, began))


def _post(letter: Letter, began: float) -> Outcome:
    half = settings.MESSAGE_LEASE_SECONDS / 2
    carrier = carriers.for_channel(letter.channel)
    if carrier is None or time.monotonic() - began > half:
        return Outcome(verdict=Verdict.NOT_SENT, code="stood_still")
    try:
        return carrier.send(letter, timeout=min(settings.TWILIO_TIMEOUT_SECONDS, half))
    except Exception as error:
        # Not foreseen, so nothing is proven: treat it as perhaps sent.
        report("carrier_failed", error, attempt=letter.attempt_id)
        return Outcome(verdict=Verdict.UNKNOWN)


@transaction.atomic
def prepare(message_id: int, *, owner: str) -> Letter | None:
    """Transaction 1: everything is decided again, and the intent is written down. None: nothing to post."""
    now = clock.now()
    message = _still_ours(message_id, owner, now)
    if message is None:
        return None
    if now >= message.useful_until:
        back_to_due(message, at=now, now=now, too_late=TOO_LATE)
        return None
    return _act_on(_decide(message, now), message, now)


def _act_on(decision: Decision, message: Message, now: datetime) -> Letter | None:
    match decision:
        case Skip(reason):
            enter(message, MessageState.SKIPPED, now=now, reason=reason or "Nothing to say")
        case Later(at):
            # At least a moment on, or a tick would claim the same row again and again.
            back_to_due(message, at=max(at, now + timedelta(seconds=1)), now=now)
        case Send() as send if message.channel == Channel.PORTAL:
            _write_to_portal(message, send, now)
        case Send() as send:
            return _in_its_window(message, send, now)
        case _:
            raise TypeError(f"{message.purpose} decided {type(decision).__name__}")
    return None


def _in_its_window(message: Message, send: Send, now: datetime) -> Letter | None:
    """Checked once more here: a retry, a late worker or a moved client may have left it."""
    opens = windows.next_open(queries.window_of(message), now, queries.zone_of(message.client))
    if opens <= now:
        return _begin(message, send, now)
    back_to_due(message, at=opens, now=now, too_late=OUTSIDE_HOURS)
    return None


def _still_ours(message_id: int, owner: str, now: datetime) -> Message | None:
    ours = Message.objects.select_for_update().filter(pk=message_id, state=MessageState.CLAIMED)
    return ours.filter(lease_owner=owner, lease_until__gt=now).first()


def _decide(message: Message, now: datetime) -> Decision:
    """The purpose speaks first: "the visit was cancelled" tells staff more than "no consent"."""
    purpose = purposes.get(message.purpose)
    if purpose is None:
        return Skip("Nobody knows any more what this was about")
    decision = purpose.decide([message.subject], now).get(message.subject, Skip("Nothing to say any more"))
    if not isinstance(decision, Send):
        return decision
    if message.channel not in queries.channels_set_up():
        return Skip("This channel is not set up")
    if refusal := queries.refusal_for(message, now):
        return Skip(refusal)
    return decision


def _begin(message: Message, send: Send, now: datetime) -> Letter:
    """The attempt row, before the request. The lease starts anew: a long batch may have used some of it."""
    carrier = carriers.for_channel(message.channel)
    if carrier is None:
        raise LookupError(f"no carrier for {message.channel}")
    if message.channel == Channel.EMAIL and not send.subject_line:
        raise ValueError(f"{message.purpose} gave an email without a subject line")
    attempt = Attempt.objects.create(
        message=message,
        provider=carrier.name,
        sender=carrier.sender,
        destination=message.address,
        text=send.text,
        started_at=now,
    )
    until = now + timedelta(seconds=settings.MESSAGE_LEASE_SECONDS)
    made = message.attempts_made + 1
    enter(message, MessageState.SENDING, now=now, lease_until=until, attempts_made=made)
    return Letter(
        attempt_id=attempt.pk,
        token=attempt.token,
        channel=message.channel,
        sender=attempt.sender,
        destination=attempt.destination,
        text=send.text,
        subject_line=send.subject_line,
        html=send.html,
        started_at=now,
        valid_seconds=max(1, int((message.useful_until - now).total_seconds())),
    )


def _write_to_portal(message: Message, send: Send, now: datetime) -> None:
    """We are the carrier: text and state in one transaction, so exactly once. Counts as reached only when seen."""
    Attempt.objects.create(
        message=message,
        provider="portal",
        sender="",
        destination="",
        text=send.text,
        started_at=now,
        ended_at=now,
        state=AttemptState.ACCEPTED,
    )
    message.portal_text = send.text
    message.save(update_fields=["portal_text"])
    made = message.attempts_made + 1
    enter(message, MessageState.ACCEPTED, now=now, accepted_at=now, attempts_made=made)


@transaction.atomic
def postpone(message_id: int, *, owner: str) -> None:
    """After a failure before any attempt was written: a little later, a few times, then a person must look."""
    now = clock.now()
    message = _still_ours(message_id, owner, now)
    if message is None:
        return
    message.attempts_made += 1
    message.save(update_fields=["attempts_made"])
    if message.attempts_made >= MOST_ATTEMPTS:
        give_up(message, MessageState.DEAD, reason="An error in Stillwater kept it from being sent", now=now)
    else:
        back_to_due(message, at=now + POISONED_WAIT, now=now)
