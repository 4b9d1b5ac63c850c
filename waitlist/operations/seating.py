"""Places that come free in what meets again and again: one row for each, offered to one after another in line.

Who keeps the places and the line is known to `scheduling.seats` alone. Locks: the keeper's first, then the span and its
offers; nothing here waits for a client, a provider or a visit, so whoever holds those may wait for an offer.
A place is kept by no hold. It is offered while capacity lasts: the first valid yes has it, and whoever takes it by hand
withdraws what is out.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Iterator
from uuid import UUID

from django.db.models import Count, Q

from core import nudge
from core.actors import SYSTEM
from practice.models import Change, Client, Practice
from practice.operations.acting import Acting, begin
from scheduling.models import Appointment
from scheduling.seats import Standing, keeper
from waitlist.models import FreedSpan, Offer, WaitlistPolicy
from waitlist.operations.ending import end_offers, lose
from waitlist.operations.offering import say
from waitlist.operations.spans import acting_of
from waitlist.queries.reach import Way, ways
from waitlist.queries.seats import had_before
from waitlist.querysets import SpanQuerySet
from waitlist.rules.deadlines import LAST_CALL, LOOK_AGAIN, MOMENT, deadline
from waitlist.rules.seats import turns
from waitlist.states import SEAT, OfferState, SpanState


def places_changed(seats: UUID, *, freed: int, change: Change, now: dt.datetime) -> None:
    """A row for each place that came free where somebody waits; and nothing more is offered than is free."""
    if freed:
        standing = keeper().stand(seats, now + LAST_CALL)
        if standing.visit is not None and standing.line:
            _free(seats, standing.visit, min(freed, standing.free), change, now)
    settle(acting_of(change, now), seats)


def settle(acting: Acting, seats: UUID, *, ended_as: str = OfferState.WITHDRAWN) -> None:
    """Who no longer stands in line is not asked any more, and no more places are offered than are free."""
    spans = FreedSpan.objects.open().filter(seats=seats)
    open_now = spans.annotate(out=Count("offers", filter=Q(offers__state=OfferState.OUT))).order_by(
        "out", "-pk"
    )
    if not open_now:
        return
    standing = keeper().stand(seats, acting.now + LAST_CALL)
    moot = Offer.objects.out().filter(span__seats=seats).exclude(client__in=standing.line)
    end_offers(moot, OfferState.WITHDRAWN, by=acting.by, now=acting.now, change=acting.change)
    gone = open_now.all()[: max(len(open_now) - standing.free, 0)]
    lose(list(Offer.objects.out().filter(span__in=[span.pk for span in gone])), ended_as, acting)
    _close(gone, SpanState.TAKEN, acting)
    _look_soon(spans, max(acting.now, acting.change.undo_until))


def _look_soon(spans: SpanQuerySet, at: dt.datetime) -> None:
    """Where nobody is being asked: somebody may stand in line who did not before."""
    asking = Offer.objects.out().filter(span__in=spans).values("span")
    if spans.exclude(pk__in=asking).filter(look_at__gt=at).update(look_at=at):
        nudge.after_commit("messaging.dispatch")


def was_given(acting: Acting, offer: Offer) -> None:
    """Somebody said yes and has the place. The others who were asked about it are told."""
    span = offer.span
    if span is None or span.seats is None:
        raise LookupError(f"{offer} is of no place")
    lose(list(Offer.objects.out().filter(span=span)), OfferState.LOST, acting)
    FreedSpan.objects.filter(pk=span.pk).update(filled_at=acting.now)
    _close([span], SpanState.FILLED, acting)
    settle(acting, span.seats, ended_as=OfferState.LOST)


def session_changed(visit: Appointment, *, change: Change, now: dt.datetime) -> None:
    """What was offered began at another time, or not at all. The place stays, and is offered again."""
    out = Offer.objects.out().filter(appointment=visit, entry=None)
    spans = set(out.values_list("span_id", flat=True))
    if spans:  # before their offers, as a look locks them
        FreedSpan.objects.open().filter(pk__in=spans).update(look_at=max(now, change.undo_until))
        lose(list(out), OfferState.WITHDRAWN, acting_of(change, now))


def look(span: FreedSpan, now: dt.datetime, *, practice: Practice, policy: WaitlistPolicy) -> None:
    """The span and its keeper are locked. Offers run out, the next in line is asked, or it is over."""
    _expire(span, now)
    span.matched_at = span.matched_at or now
    standing = keeper().stand(_seats(span), now + LAST_CALL)
    out = Offer.objects.out().filter(span=span).order_by("expires_at").first()
    if out is not None:
        _look_next(span, out.expires_at, now)
    elif standing.visit is None or not standing.line:
        _end(span, SpanState.OVER)
    elif standing.free <= Offer.objects.out().filter(span__seats=span.seats).count():
        _end(span, SpanState.TAKEN)
    else:
        _be_of(span, standing.visit)
        again = _ask(span, standing, now, practice, policy) if policy.is_on else None
        _look_next(span, again or now + LOOK_AGAIN, now)


def _free(seats: UUID, visit: Appointment, count: int, change: Change, now: dt.datetime) -> None:
    begins = max(now, change.undo_until)
    for _ in range(count):
        span = FreedSpan(
            seats=seats,
            why=SEAT,
            change=change,
            not_before=begins,
            look_at=begins,
            created_at=now,
        )
        _be_of(span, visit)
        span.save(force_insert=True)
    if count:
        nudge.after_commit("messaging.dispatch")


def _be_of(span: FreedSpan, visit: Appointment) -> None:
    """The next session is where the place stands in lists, until another is the next."""
    span.appointment, span.provider_id = visit, visit.provider_id  # type: ignore[assignment]  # who leads it
    span.location_id, span.room_id, span.modality = visit.location_id, visit.room_id, visit.modality
    span.starts_at, span.ends_at = visit.starts_at, visit.ends_at


def _seats(span: FreedSpan) -> UUID:
    if span.seats is None:
        raise LookupError(f"{span} is no place")
    return span.seats


def _expire(span: FreedSpan, now: dt.datetime) -> None:
    """Silence is found in the offers themselves when it is asked who rests."""
    end_offers(
        Offer.objects.out().filter(span=span, expires_at__lte=now), OfferState.EXPIRED, by=SYSTEM, now=now
    )


def _close(spans: Iterable[FreedSpan], state: str, acting: Acting) -> None:
    """With what closed them, so that Undo opens them again as they were."""
    FreedSpan.objects.filter(pk__in=[span.pk for span in spans]).update(
        state=state, closed_by_change=acting.change
    )


def _end(span: FreedSpan, state: str) -> None:
    span.state, span.look_at = state, None
    span.save(update_fields=["state", "look_at", "matched_at"])


def _look_next(span: FreedSpan, at: dt.datetime, now: dt.datetime) -> None:
    span.look_at = max(at, now + MOMENT)
    span.save()


def _ask(
    span: FreedSpan, standing: Standing, now: dt.datetime, practice: Practice, policy: WaitlistPolicy
) -> dt.datetime | None:
    """When to look again: the offer's deadline, or the moment the next in line may be written to."""
    for client, way in _in_turn(span, standing, now, practice, policy):
        ends = deadline(span.starts_at, max(way.opens_at, now))
        if ends is None or not keeper().suits(_seats(span), client.pk, now + LAST_CALL):
            continue
        if way.opens_at > now:
            return way.opens_at  # the line keeps its order through the night
        return _offer(span, client, way)
    return None


def _in_turn(
    span: FreedSpan, standing: Standing, now: dt.datetime, practice: Practice, policy: WaitlistPolicy
) -> Iterator[tuple[Client, Way]]:
    """Those who may be asked and can be reached, the longest waiting first."""
    visit_id = standing.visit.pk if standing.visit else 0
    had = had_before(standing.line, _seats(span), visit_id, now, cool_hours=policy.cool_hours)
    line = turns(standing.line, had, now, week_cap=policy.week_cap, cool_hours=policy.cool_hours)
    clients = Client.objects.in_bulk(line)
    reach = ways(clients, now, practice)
    return ((clients[pk], reach[pk]) for pk in line if pk in reach)


def _offer(span: FreedSpan, client: Client, way: Way) -> dt.datetime:
    acting = begin("offer.make", None, SYSTEM, {"span": span.pk})
    begins = max(acting.now, acting.change.undo_until)
    ends = deadline(span.starts_at, begins) or begins
    offer = Offer.objects.create(
        public_id=uuid.uuid4(),
        client=client,
        contact_id=way.contact_id,
        span=span,
        appointment=span.appointment,
        channel=way.channel,
        address=way.address,
        score=0,
        change=acting.change,
        not_before=begins,
        made_at=acting.now,
        expires_at=ends,
        turn_was=acting.now,
    )
    acting.created("offer.made", offer)
    say(acting, [offer])
    acting.close({"offers": [offer.pk]})
    return ends
