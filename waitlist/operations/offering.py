"""Offers are made: the time is kept by a hold, and whoever's turn it is is asked."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from core.refusals import Refusal
from core.walltime import day_bounds, from_epoch_minutes, local_date
from messaging.operations.outbox import NewMessage, enqueue
from messaging.operations.tasks import raise_task
from messaging.states import Asks, MessageClass, TaskKind
from practice.models import Practice
from practice.operations.acting import Acting
from practice.states import Channel, Modality
from scheduling.models import Appointment
from scheduling.operations.booking import keep_time
from scheduling.queries.problems import Setting
from scheduling.rules.wishes import Wish
from scheduling.states import Source
from waitlist.models import FreedSpan, Offer, WaitlistEntry
from waitlist.queries.reach import Way
from waitlist.rules import deadlines
from waitlist.rules.matching import Match, score_parts
from waitlist.states import OFFER

# A yes in the last second still finds the time kept, and the sweep of holds does not come before we have looked.
GRACE = dt.timedelta(minutes=1)
DROP_RANK = 3  # under caps an offer gives way to reminders of visits that stand
# A yes that comes late is still understood, and told kindly that it is.
UNDERSTOOD_FOR = dt.timedelta(hours=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One person to be asked, and how."""

    match: Match
    entry: WaitlistEntry
    way: Way


def wish_for(span: FreedSpan, match: Match, *, client_ids: tuple[int, ...] = ()) -> Wish:
    """The visit as it would be: where the freed one was, for those who come in."""
    one, in_person = match.candidate, match.candidate.modality == Modality.IN_PERSON
    return Wish(
        type_id=one.type,
        provider_id=span.provider_id,
        starts_at=from_epoch_minutes(match.start),
        minutes=match.minutes,
        modality=one.modality,
        location_id=span.location_id if in_person else None,
        room_id=span.room_id if in_person else None,
        client_ids=client_ids,
        source=Source.WAITLIST,
        title="Waiting list",
    )


def make_offers(
    acting: Acting,
    span: FreedSpan,
    asked: Sequence[Asked],
    *,
    practice: Practice,
    by_hand: bool = False,
    judged: Setting | None = None,
) -> list[Offer]:
    """One hold for all of `asked`, who want the same length at the same time. judged: as `keep_time` has it.

    Raises as `hold` does, and Refusal when it is too late to ask anybody.
    """
    first = asked[0].match
    begins = max(acting.now, acting.change.undo_until)
    ends = deadlines.deadline(from_epoch_minutes(first.start), begins)
    if ends is None:
        raise Refusal("It is too late to offer this time.", remedy="Call somebody instead.")
    hold = keep_time(acting, wish_for(span, first), until=ends + GRACE, judged=judged)
    offers = [
        _offer(acting, span, hold, one, begins=begins, ends=ends, practice=practice, by_hand=by_hand)
        for one in asked
    ]
    for offer in offers:
        acting.created("offer.made", offer)
    say(acting, offers)
    WaitlistEntry.objects.filter(pk__in=[one.entry.pk for one in asked]).update(turn_at=acting.now)
    return offers


def _offer(
    acting: Acting,
    span: FreedSpan,
    hold: Appointment,
    asked: Asked,
    *,
    begins: dt.datetime,
    ends: dt.datetime,
    practice: Practice,
    by_hand: bool,
) -> Offer:
    match, way = asked.match, asked.way
    minute = match.start - day_bounds(local_date(span.starts_at, practice.tz), practice.tz)[0]
    return Offer.objects.create(
        public_id=uuid.uuid4(),
        entry=asked.entry,
        client_id=asked.entry.client_id,
        contact_id=way.contact_id,
        span=span,
        appointment=hold,
        channel=way.channel,
        address=way.address,
        score=match.score,
        parts=[[part.label, part.permille] for part in score_parts(match.candidate, minute)],
        by_hand=by_hand,
        change=acting.change,
        not_before=begins,
        made_at=acting.now,
        expires_at=ends,
        turn_was=asked.entry.turn_at,
    )


def say(acting: Acting, offers: Sequence[Offer]) -> None:
    """By text, mail or call; where only a person may call, a task instead."""
    enqueue([_message(acting, offer) for offer in offers if offer.channel], now=acting.now)
    for offer in offers:
        if not offer.channel:
            raise_task(
                TaskKind.CALL_CLIENT,
                now=acting.now,
                client_id=offer.client_id,
                change=acting.change,
                not_before=offer.not_before,
            )


def _message(acting: Acting, offer: Offer) -> NewMessage:
    asks = Asks.OFFER if offer.channel == Channel.SMS else ""
    return NewMessage(
        purpose=OFFER,
        subject=offer.pk,
        client_id=offer.client_id,
        contact_id=offer.contact_id,
        channel=offer.channel,
        address=offer.address,
        klass=MessageClass.OFFER,
        drop_rank=DROP_RANK,
        change_id=acting.change.pk,
        not_before=offer.not_before,
        due_at=offer.not_before,
        useful_until=offer.expires_at,
        asks=asks,
        answer_until=offer.expires_at + UNDERSTOOD_FOR if asks else None,
    )
