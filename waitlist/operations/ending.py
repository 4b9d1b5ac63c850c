"""Offers end without a yes: they run out, could not be sent, were lost to somebody quicker, or are taken back.

What is said about it waits as long as the act that caused it may be undone.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Iterable

from django.db.models import OuterRef, Subquery

from core import nudge
from core.actors import SYSTEM, Actor
from core.refusals import Refusal
from messaging.models import Message
from messaging.operations.outbox import NewMessage, enqueue
from messaging.states import MessageClass, MessageState
from practice.models import Change
from practice.operations.acting import Acting, begin, operation
from practice.permissions import may, require
from practice.states import Channel
from scheduling.operations.locking import locked
from scheduling.permissions import may_act_on
from scheduling.seats import keeper
from waitlist.models import FreedSpan, Offer, WaitlistEntry
from waitlist.queries.policy import the_policy
from waitlist.states import OFFER, TOLD, OfferState

TOLD_USEFUL_FOR = dt.timedelta(hours=12)
NEVER_ARRIVED = (MessageState.SKIPPED, MessageState.EXPIRED, MessageState.DEAD, MessageState.UNDELIVERED)


def expire(hold_id: int, now: dt.datetime, *, all_of_them: bool = False) -> int:
    """Offers of this hold past their deadline; with `all_of_them` every one. Silence cools half as long as a no."""
    out = Offer.objects.out().filter(appointment=hold_id)
    over = list(out if all_of_them else out.filter(expires_at__lte=now))
    if not over:
        return 0
    cool = now + dt.timedelta(hours=the_policy().cool_hours) / 2
    end_offers(over, OfferState.EXPIRED, by=SYSTEM, now=now)
    WaitlistEntry.objects.waiting().filter(offers__in=over).update(cool_until=cool)
    return len(over)


def end_offers(
    offers: Iterable[Offer], state: str, *, by: Actor, now: dt.datetime, change: Change | None = None
) -> list[Offer]:
    """Those still out end as `state`; how it went before is left alone."""
    ids = [offer.pk for offer in offers]
    Offer.objects.out().filter(pk__in=ids).update(
        state=state, ended_at=now, ended_by_kind=by.kind, ended_by_id=by.id, closed_by_change=change
    )
    return list(Offer.objects.filter(pk__in=ids, state=state, ended_at=now))


def lose(offers: Iterable[Offer], state: str, acting: Acting) -> None:
    """The time is somebody else's now. They are told, and keep their place in line."""
    ended = end_offers(offers, state, by=acting.by, now=acting.now, change=acting.change)
    give_turns_back(offer.entry_id for offer in ended if offer.entry_id)
    tell(ended, MessageClass.OFFER, change=acting.change, now=acting.now)


def give_turns_back(entry_ids: Iterable[int]) -> None:
    """As if they had not been asked: it was not their no."""
    last = Offer.objects.filter(entry=OuterRef("pk")).order_by("-made_at", "-pk").values("turn_was")[:1]
    WaitlistEntry.objects.filter(pk__in=set(entry_ids)).update(turn_at=Subquery(last))


def tell(offers: Collection[Offer], klass: str, *, change: Change, now: dt.datetime) -> None:
    """What became of it; nothing to whom the offer never reached. Its own page says so too."""
    heard = _heard(offers)
    begins = max(now, change.undo_until)
    enqueue(
        [
            NewMessage(
                purpose=TOLD,
                subject=offer.pk,
                client_id=offer.client_id,
                contact_id=offer.contact_id,
                channel=offer.channel,
                address=offer.address,
                klass=klass,
                change_id=change.pk,
                not_before=begins,
                due_at=begins,
                useful_until=begins + TOLD_USEFUL_FOR,
            )
            for offer in offers
            if offer.pk in heard and offer.channel in (Channel.SMS, Channel.EMAIL)
        ],
        now=now,
    )


def _heard(offers: Collection[Offer]) -> set[int]:
    asked = Message.objects.filter(purpose=OFFER, subject__in=[offer.pk for offer in offers])
    return set(asked.exclude(state__in=NEVER_ARRIVED).values_list("subject", flat=True))


def unsent(messages: Iterable[Message], now: dt.datetime) -> None:
    """Their offer never reached them: somebody else is asked at once, and they keep their turn."""
    lost = [m.subject for m in messages if m.purpose == OFFER and m.state in NEVER_ARRIVED]
    if not lost:
        return
    ended = end_offers(Offer.objects.filter(pk__in=lost), OfferState.UNSENT, by=SYSTEM, now=now)
    give_turns_back(offer.entry_id for offer in ended if offer.entry_id)
    look_soon((offer.span_id for offer in ended), now)


def look_soon(span_ids: Iterable[int | None], now: dt.datetime) -> None:
    wanted = {pk for pk in span_ids if pk is not None}
    if wanted:
        FreedSpan.objects.open().filter(pk__in=wanted, look_at__gt=now, not_before__lte=now).update(
            look_at=now
        )
        nudge.after_commit("messaging.dispatch")


@operation("offer.withdraw", "offer")
def withdraw(offer_id: int, *, by: Actor, change_id: uuid.UUID | None = None) -> Change:
    """Staff take an offer back. The time goes to the next in line once the act can no longer be undone."""
    acting = begin("offer.withdraw", change_id, by, {"offer": offer_id})
    if acting.repeat:
        return acting.change
    seen = Offer.objects.select_related("span", "appointment").filter(pk=offer_id).first()
    if seen is None:
        raise Refusal("This offer no longer exists.", remedy="Look at the list again.")
    if seen.seats:
        keeper().lock(seen.seats)
        visit = seen.appointment
    else:
        visit = locked(seen.appointment_id, client_ids=[seen.client_id])
    require(may(by, "waitlist.offer") and may_act_on(by, "visit.book", visit))
    offer = Offer.objects.get(pk=offer_id)
    if offer.state != OfferState.OUT:
        raise Refusal(f"This offer is over: {offer.get_state_display().lower()}.", remedy="Look at it again.")
    lose([offer], OfferState.WITHDRAWN, acting)
    after = max(acting.now, acting.change.undo_until)
    FreedSpan.objects.open().filter(pk=offer.span_id).update(look_at=after)
    acting.close({"offer": offer.pk, "appointment": offer.appointment_id})
    return acting.change
