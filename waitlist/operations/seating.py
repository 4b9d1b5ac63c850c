"""Places that come free in what meets again and again: one row for each, offered to one after another in line.

Who keeps the places and the line is known to `scheduling.seats` alone. Locks: the keeper's first, then what giving a
place locks, then offers, then spans. Nothing waits here for a client, a provider or a visit while it holds an offer.

A place is kept by no hold. It is offered while capacity lasts: the first valid yes has it, and whoever gives it by hand
withdraws what is out.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, Q

from core import nudge
from core.actors import SYSTEM
from practice.models import Change, Client, Practice
from practice.operations.acting import Acting, begin
from scheduling.models import Appointment
from scheduling.operations.locking import lock_rows
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
    # Those nobody is asked about are the first to go, then the latest.
    by_use = spans.annotate(out=Count("offers", filter=Q(offers__state=OfferState.OUT))).order_by(
        "out", "-pk"
    )
    if not by_use:
        return
    standing = keeper().stand(seats, acting.now + LAST_CALL)
    moot = Offer.objects.out().filter(span__seats=seats).exclude(client__in=standing.line)
    end_offers(moot, OfferState.WITHDRAWN, by=acting.by, now=acting.now, change=acting.change)
    gone = list(by_use.all()[: max(len(by_use) - standing.free, 0)])
    lose(list(Offer.objects.out().filter(span__in=gone)), ended_as, acting)
    _close([span.pk for span in gone], SpanState.TAKEN, acting)
    _look_soon(spans, max(acting.now, acting.change.undo_until))


def was_given(acting: Acting, seats: UUID, offer: Offer) -> None:
    """Somebody said yes and has the place. The others who were asked about it are told."""
    span = FreedSpan.objects.get(offers=offer.pk)
    lose(list(Offer.objects.out().filter(span=span)), OfferState.LOST, acting)
    FreedSpan.objects.filter(pk=span.pk).update(filled_at=acting.now)
    _close([span.pk], SpanState.FILLED, acting)
    settle(acting, seats, ended_as=OfferState.LOST)


def session_changed(visit: Appointment, *, change: Change, now: dt.datetime) -> None:
    """What was offered begins at another time, or not at all. The place stays, and is offered again."""
    out = list(Offer.objects.out().filter(appointment=visit, entry=None))
    if out:
        lose(out, OfferState.WITHDRAWN, acting_of(change, now))
        spans = FreedSpan.objects.open().filter(pk__in=[offer.span_id for offer in out])
        spans.update(look_at=max(now, change.undo_until))


def lock(seats: UUID, span_id: int) -> None:
    """What a look needs before the span: who answers or fails to be reached waits for the offer first too."""
    keeper().lock(seats)
    lock_rows(Offer, Offer.objects.out().filter(span=span_id).values_list("pk", flat=True))


def look(span: FreedSpan, seats: UUID, now: dt.datetime, practice: Practice, policy: WaitlistPolicy) -> None:
    """All is locked. An offer runs out, the next in line is asked, or it is over."""
    standing = keeper().stand(seats, now + LAST_CALL)
    _Look(span, seats, standing, now, practice, policy).go()


@dataclass
class _Look:
    """One look at one place."""

    span: FreedSpan
    seats: UUID
    standing: Standing
    now: dt.datetime
    practice: Practice
    policy: WaitlistPolicy

    def go(self) -> None:
        span, standing = self.span, self.standing
        span.matched_at = span.matched_at or self.now
        out = Offer.objects.out().filter(span=span)
        # Who rests after silence is found in the offers themselves.
        over = out.filter(expires_at__lte=self.now)
        end_offers(over, OfferState.EXPIRED, by=SYSTEM, now=self.now)
        asked = out.order_by("expires_at").first()
        if asked is not None:
            self._look_at(asked.expires_at)
        elif standing.visit is None or not standing.line:
            self._end(SpanState.OVER)
        elif standing.free <= Offer.objects.out().filter(span__seats=self.seats).count():
            self._end(SpanState.TAKEN)
        else:
            _be_of(span, standing.visit)
            again = self._ask(standing.visit) if self.policy.is_on else None
            self._look_at(again or self.now + LOOK_AGAIN)

    def _end(self, state: str) -> None:
        self.span.state, self.span.look_at = state, None
        self.span.save(update_fields=["state", "look_at", "matched_at"])

    def _look_at(self, at: dt.datetime) -> None:
        self.span.look_at = max(at, self.now + MOMENT)
        self.span.save()

    def _ask(self, visit: Appointment) -> dt.datetime | None:
        """When to look again: the offer's deadline, or the moment the next in line may be written to."""
        for client, way in self._in_turn(visit):
            ends = deadline(visit.starts_at, max(way.opens_at, self.now))
            if ends is None or not keeper().suits(self.seats, client.pk, self.now + LAST_CALL):
                continue
            if way.opens_at > self.now:
                return way.opens_at  # the line keeps its order through the night
            _offer(self.span, visit, client, way, until=ends)
            return ends
        return None

    def _in_turn(self, visit: Appointment) -> Iterator[tuple[Client, Way]]:
        """Those who may be asked and can be reached, the longest waiting first."""
        rests, line = self.policy.cool_hours, self.standing.line
        had = had_before(line, self.seats, visit.pk, self.now, cool_hours=rests)
        line = turns(line, had, self.now, week_cap=self.policy.week_cap, cool_hours=rests)
        clients = Client.objects.in_bulk(line)
        reach = ways(clients, self.now, self.practice)
        return ((clients[pk], reach[pk]) for pk in line if pk in reach)


def _offer(span: FreedSpan, visit: Appointment, client: Client, way: Way, *, until: dt.datetime) -> None:
    acting = begin("offer.make", None, SYSTEM, {"span": span.pk})
    offer = Offer.objects.create(
        public_id=uuid.uuid4(),
        client=client,
        contact_id=way.contact_id,
        span=span,
        appointment=visit,
        channel=way.channel,
        address=way.address,
        score=0,
        change=acting.change,
        not_before=max(acting.now, acting.change.undo_until),
        made_at=acting.now,
        expires_at=until,
        turn_was=acting.now,
    )
    acting.created("offer.made", offer)
    say(acting, [offer])
    acting.close({"offers": [offer.pk]})


def _free(seats: UUID, visit: Appointment, count: int, change: Change, now: dt.datetime) -> None:
    begins = max(now, change.undo_until)
    for _ in range(count):
        span = FreedSpan(
            seats=seats, why=SEAT, change=change, not_before=begins, look_at=begins, created_at=now
        )
        _be_of(span, visit)
        span.save(force_insert=True)
        nudge.after_commit("messaging.dispatch")


def _be_of(span: FreedSpan, visit: Appointment) -> None:
    """The next session is where the place stands in lists, until another is the next."""
    span.appointment, span.provider_id = visit, visit.provider_id  # type: ignore[assignment]  # who leads it
    span.location_id, span.room_id, span.modality = visit.location_id, visit.room_id, visit.modality
    span.starts_at, span.ends_at = visit.starts_at, visit.ends_at


def _close(span_ids: Iterable[int], state: str, acting: Acting) -> None:
    """With what closed them, so that Undo opens them again as they were."""
    FreedSpan.objects.filter(pk__in=list(span_ids)).update(state=state, closed_by_change=acting.change)


def _look_soon(spans: SpanQuerySet, at: dt.datetime) -> None:
    """Where nobody is being asked: somebody may stand in line who did not before."""
    asking = Offer.objects.out().filter(span__in=spans).values("span")
    if spans.exclude(pk__in=asking).filter(look_at__gt=at).update(look_at=at):
        nudge.after_commit("messaging.dispatch")
