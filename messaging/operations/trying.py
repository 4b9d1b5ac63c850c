"""A test text, call or mail to an address somebody typed: what the carrier said, in words."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from core import clock
from core.actors import Actor
from core.refusals import NotAllowed, Refusal
from messaging import carriers
from messaging.carriers import Letter
from messaging.models import ChannelSettings
from messaging.operations.failures import report
from messaging.rules.errors import Verdict
from messaging.rules.remedies import remedy_for, said_of
from practice.models import AuditEntry
from practice.operations import record
from practice.permissions import may
from practice.queries import the_practice
from practice.states import Channel

MOST_AN_HOUR = 10
USEFUL_SECONDS, TIMEOUT_SECONDS = 600, 15.0
TRIED = "channels.tried"
WORDS = "{practice}: this is a test message. It is about nobody and needs no answer."


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """`words`: what the carrier said; `remedy`: what helps, empty when it took the message."""

    was_taken: bool
    words: str
    remedy: str


def try_channel(channel: str, address: str, *, by: Actor) -> Tried:
    """One request, outside any transaction; the trail has the outcome and not the address.

    Raises NotAllowed, and Refusal where there is no carrier or after too many tries.
    """
    if not may(by, "settings.change"):
        raise NotAllowed("You may not do that. Ask a practice admin.")
    now, carrier = clock.now(), carriers.for_channel(channel)
    if carrier is None or not carrier.sender:
        raise Refusal(f"{Channel(channel).label}s are not set up.", remedy="Write the account down first.")
    _refuse_too_many(now)
    text = WORDS.format(practice=the_practice().sender_name)
    try:
        outcome = carrier.send(_letter(channel, address, carrier.sender, text, now), timeout=TIMEOUT_SECONDS)
        verdict, code = outcome.verdict, outcome.code
    except Exception as error:
        report("try_failed", error, channel=channel)
        verdict, code = Verdict.UNKNOWN, ""
    row, _ = ChannelSettings.objects.get_or_create(pk=1)
    record(TRIED, row, by=by, at=now, after={"channel": channel, "verdict": verdict.value, "code": code})
    taken = verdict == Verdict.ACCEPTED
    return Tried(
        was_taken=taken, words=said_of(verdict, code), remedy="" if taken else remedy_for(verdict, code)
    )


def _refuse_too_many(now: dt.datetime) -> None:
    tried = AuditEntry.objects.filter(act=TRIED, at__gt=now - dt.timedelta(hours=1)).count()
    if tried >= MOST_AN_HOUR:
        raise Refusal(f"That were {tried} tests within the hour.", remedy="Wait a little.")


def _letter(channel: str, address: str, sender: str, text: str, now: dt.datetime) -> Letter:
    return Letter(
        attempt_id=0,
        token=uuid.uuid4(),
        channel=channel,
        sender=sender,
        destination=address,
        text=text,
        subject_line="A test" if channel == Channel.EMAIL else "",
        started_at=now,
        valid_seconds=USEFUL_SECONDS,
    )
