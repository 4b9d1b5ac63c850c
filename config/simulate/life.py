"""Weeks go by: visits are cancelled, people join, offers are answered as the file says, through the real operations."""

from __future__ import annotations

import datetime as dt
import heapq
import itertools
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import cast
from zoneinfo import ZoneInfo

from config.demo.chance import Chance
from config.simulate.responses import Responses, Situation
from config.simulate.world import FIRST_HOUR, LAST_HOUR, WORKDAYS, World, make_clients
from core import clock
from core.actors import SYSTEM, Actor, ActorKind
from core.refusals import Refusal
from scheduling.operations import book, cancel
from scheduling.rules.wishes import Wish
from scheduling.states import CancelReason, Notice
from waitlist.models import FreedSpan, Offer, WaitlistEntry, WaitlistPolicy
from waitlist.operations.ageing import expire_entries, rescore
from waitlist.operations.answering import accept, decline
from waitlist.operations.entries import add_entry, close_entry
from waitlist.operations.filling import look_at
from waitlist.rules.wishes import EntryWish
from waitlist.states import CloseReason, EntryState, OfferState

WEEK, MINUTE = dt.timedelta(weeks=1), dt.timedelta(minutes=1)
HALVES = ((None, None), (dt.time(9), dt.time(13)), (dt.time(13), dt.time(18)))
LONGEST_WAIT = 60
GETS_UP, GOES_TO_BED = 7, 22


@dataclass
class Tally:
    """Both runs are counted alike. waits: of each visit whose time was filled, minutes from it coming free to a yes."""

    freed: int = 0
    filled: int = 0
    booked: int = 0
    gave_up: int = 0
    expired: int = 0
    asked: int = 0
    calls: int = 0
    accepted: int = 0
    declined: int = 0
    mismatched: int = 0
    waits: dict[int, float] = field(default_factory=dict)


@dataclass
class Life:
    """One run. `with_list`: offers by itself; without, the desk calls down the list as the file says."""

    world: World
    responses: Responses
    first_on: dt.date
    weeks: int
    seed: int
    with_list: bool
    tally: Tally = field(default_factory=Tally)
    queue: list[tuple[dt.datetime, int, Callable[[dt.datetime], None]]] = field(default_factory=list)
    numbers: itertools.count = field(default_factory=itertools.count)
    answered: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.number_of = {visit.pk: number for number, visit in enumerate(self.world.visits)}

    def go(self) -> Tally:
        """Time stands still between two events."""
        WaitlistPolicy.objects.update_or_create(pk=1, defaults={"is_on": self.with_list})
        self._plan()
        end = self._at(self.first_on + dt.timedelta(weeks=self.weeks), 0)
        while (moment := self._next()) is not None and moment < end:
            with clock.frozen(moment):
                self._look(moment)
                while self.queue and self.queue[0][0] <= moment:
                    heapq.heappop(self.queue)[2](moment)
                self._ask()
        self._count()
        return self.tally

    def _dice(self, *about: object) -> random.Random:
        """The same for the same thing in both runs, whatever happens round it."""
        return Chance(":".join(map(str, (self.seed, *about))))

    def _at(self, on: dt.date, hour: float) -> dt.datetime:
        zone: ZoneInfo = self.world.practice.tz
        start = dt.datetime.combine(on, dt.time(), zone).astimezone(dt.UTC)
        return start + dt.timedelta(hours=hour)

    def _then(self, moment: dt.datetime, act: Callable[[dt.datetime], None]) -> None:
        heapq.heappush(self.queue, (moment, next(self.numbers), act))

    def _next(self) -> dt.datetime | None:
        soonest = (
            self._spans().filter(state="open").order_by("look_at").values_list("look_at", flat=True).first()
        )
        moments = [
            m for m in (soonest if self.with_list else None, self.queue[0][0] if self.queue else None) if m
        ]
        return min(moments, default=None)

    def _spans(self):
        return FreedSpan.objects.filter(provider__in=self.world.providers)

    # --- what the file says happens -------------------------------------------------------------

    def _plan(self) -> None:
        for number, visit in enumerate(self.world.visits):
            dice = self._dice("visit", number)
            if dice.random() < self.responses.cancel_share:
                hours = dice.choices(*zip(*self.responses.cancel_hours, strict=True))[0] * dice.uniform(
                    0.6, 1.4
                )
                moment = self._awake(visit.starts_at - dt.timedelta(hours=hours), dice)
                self._then(moment, self._cancelling(visit.pk))
        for week in range(self.weeks):
            dice = self._dice("arrivals", week)
            for number in range(self._arrivals(dice)):
                on = self.first_on + dt.timedelta(days=7 * week + dice.choice(WORKDAYS))
                self._then(self._at(on, dice.uniform(FIRST_HOUR, LAST_HOUR)), self._arriving(week, number))
            self._then(self._at(self.first_on + dt.timedelta(weeks=week, days=4), 20), self._week_over(week))
        for day in range(7 * self.weeks):
            self._then(self._at(self.first_on + dt.timedelta(days=day), 3), self._night)

    def _awake(self, moment: dt.datetime, dice: random.Random) -> dt.datetime:
        """Nobody cancels in the night: it comes in the morning, before any visit."""
        local = moment.astimezone(self.world.practice.tz)
        if GETS_UP <= local.hour < GOES_TO_BED:
            return moment
        on = local.date() + dt.timedelta(days=local.hour >= GOES_TO_BED)
        return self._at(on, dice.uniform(GETS_UP, FIRST_HOUR))

    def _arrivals(self, dice: random.Random) -> int:
        """Half a person a week is one every other week."""
        whole, rest = divmod(self.responses.arrivals_per_week, 1)
        return int(whole) + (dice.random() < rest)

    def _cancelling(self, visit_id: int) -> Callable[[dt.datetime], None]:
        def act(now: dt.datetime) -> None:
            if now < self._at(self.first_on, 0):
                return
            try:
                cancel(visit_id, reason=CancelReason.CLIENT_REQUEST, by=SYSTEM, notice=Notice.NONE)
            except Refusal:
                return
            self.tally.freed += 1
            if not self.with_list:
                span = self._spans().filter(appointment=visit_id).latest("pk")
                self._call(span, now, 1, frozenset())

        return act

    def _arriving(self, week: int, number: int) -> Callable[[dt.datetime], None]:
        def act(now: dt.datetime) -> None:
            dice = self._dice("somebody", week, number)
            [client] = make_clients(dice, 1, now)
            providers = [one.pk for one in self.world.providers]
            first, last = dice.choices(HALVES, (5, 3, 3))[0]
            wish = EntryWish(
                type_id=self.world.kind.pk,
                provider_ids=tuple(sorted(dice.sample(providers, 1))) if dice.random() < 0.3 else (),
                weekdays=tuple(sorted(dice.sample(list(WORKDAYS), 2))) if dice.random() < 0.35 else (),
                from_time=first,
                until_time=last,
                is_quick=dice.random() < 0.7,
                urgency=dice.choices(("routine", "soon", "urgent"), (6, 3, 1))[0],
                max_wait_days=LONGEST_WAIT,
            )
            add_entry(client.pk, wish, by=SYSTEM)

        return act

    def _week_over(self, week: int) -> Callable[[dt.datetime], None]:
        """Some lose patience."""

        def act(now: dt.datetime) -> None:
            for entry in self._waiting().exclude(offers__state=OfferState.OUT):
                if (
                    self._dice("patience", week, entry.client.record_number).random()
                    < self.responses.gives_up_per_week
                ):
                    close_entry(entry.pk, reason=CloseReason.GAVE_UP, by=SYSTEM)

        return act

    def _night(self, now: dt.datetime) -> None:
        rescore(now)
        expire_entries(now)

    def _waiting(self):
        mine = WaitlistEntry.objects.waiting().filter(type=self.world.kind).select_related("client")
        return mine.order_by("created_at", "pk")

    # --- with the list -----------------------------------------------------------------------------

    def _look(self, now: dt.datetime) -> None:
        if self.with_list:
            for pk in list(self._spans().due(now).values_list("pk", flat=True)):
                look_at(pk, now)

    def _ask(self) -> None:
        """Whoever was just asked will answer, or not, in their own time."""
        out = Offer.objects.out().filter(entry__type=self.world.kind).exclude(pk__in=self.answered)
        for offer in out.select_related("entry__client", "appointment"):
            self.answered.add(offer.pk)
            entry, visit = cast(WaitlistEntry, offer.entry), offer.appointment
            at = self._situation(entry, visit.starts_at, visit.provider_id, offer.made_at)
            dice = self._dice("answer", entry.client.record_number, visit.starts_at)
            what, reason, minutes = self.responses.answer(at, dice)
            if what != "silent":
                self._then(offer.made_at + MINUTE * minutes, self._answering(offer, what, reason))

    def _answering(self, offer: Offer, what: str, reason: str) -> Callable[[dt.datetime], None]:
        by = Actor(kind=ActorKind.CLIENT, id=offer.client_id, via="sms")

        def act(now: dt.datetime) -> None:
            try:
                if what == "accept":
                    accept(offer.pk, how="sms", by=by, notice=Notice.NONE)
                else:
                    decline(offer.pk, reason=reason, how="sms", by=by)
            except Refusal:
                return  # too late, or they have come to something else meanwhile

        return act

    def _situation(
        self, entry: WaitlistEntry, starts_at: dt.datetime, provider_id: int | None, now: dt.datetime
    ) -> Situation:
        local = starts_at.astimezone(self.world.practice.tz)
        hours = (entry.from_time, entry.until_time) if entry.from_time and entry.until_time else None
        missed = (
            bool(entry.provider_ids) and provider_id not in entry.provider_ids,
            bool(entry.weekdays) and local.weekday() not in entry.weekdays,
            hours is not None and not hours[0] <= local.time() < hours[1],
        )
        return Situation(
            wish_missed=any(missed),
            lead_hours=(starts_at - now).total_seconds() / 3600,
            score=entry.priority / 1000,
        )

    # --- without it --------------------------------------------------------------------------------

    def _call(self, span: FreedSpan, now: dt.datetime, number: int, called: frozenset[int]) -> None:
        """The desk's next call about this time, in office hours, to whoever has waited longest."""
        if number > self.responses.calls:
            return
        moment = now + MINUTE * self.responses.minutes_per_call
        local = moment.astimezone(self.world.practice.tz)
        if not (FIRST_HOUR <= local.hour < LAST_HOUR and local.weekday() in WORKDAYS):
            days = 1 if local.hour >= LAST_HOUR else 0
            on = local.date() + dt.timedelta(days=days)
            on += dt.timedelta(days=max(0, 7 - on.weekday()) if on.weekday() > 4 else 0)
            moment = self._at(on, FIRST_HOUR) + MINUTE * self.responses.minutes_per_call
        if moment < span.starts_at:
            self._then(moment, lambda at: self._called(span, at, number, called))

    def _called(self, span: FreedSpan, now: dt.datetime, number: int, called: frozenset[int]) -> None:
        entry = self._waiting().exclude(pk__in=called).first()
        if entry is None:
            return
        at = self._situation(entry, span.starts_at, span.provider_id, now)
        what, reason, _ = self.responses.answer(
            at, self._dice("answer", entry.client.record_number, span.starts_at)
        )
        self.tally.asked += 1
        self.tally.calls += 1
        if what == "decline":
            self.tally.declined += 1
            self.tally.mismatched += reason in ("time", "provider", "modality", "insurance")
        if what != "accept" or not self._booked(span, entry):
            self._call(span, now, number + 1, called | {entry.pk})
            return
        self.tally.accepted += 1
        self.tally.filled += 1
        self.tally.booked += 1
        number = self.number_of[span.appointment_id or 0]
        self.tally.waits[number] = (now - span.not_before).total_seconds() / 60
        close_entry(entry.pk, reason=CloseReason.BOOKED_BY_HAND, by=SYSTEM)

    def _booked(self, span: FreedSpan, entry: WaitlistEntry) -> bool:
        wish = Wish(
            type_id=self.world.kind.pk,
            provider_id=span.provider_id,
            starts_at=span.starts_at,
            minutes=self.world.kind.duration_minutes,
            location_id=span.location_id,
            client_ids=(entry.client_id,),
        )
        try:
            book(wish, by=SYSTEM, notice=Notice.NONE)
        except Refusal:
            return False
        return True

    # --- what came of it -----------------------------------------------------------------------------

    def _count(self) -> None:
        tally, mine = self.tally, WaitlistEntry.objects.filter(type=self.world.kind)
        tally.gave_up = mine.filter(state=EntryState.GAVE_UP).count()
        tally.expired = mine.filter(state=EntryState.EXPIRED).count()
        if not self.with_list:
            return
        offers = Offer.objects.filter(entry__type=self.world.kind)
        tally.booked = mine.filter(state=EntryState.BOOKED).count()
        tally.asked = offers.count()
        tally.accepted = offers.filter(state=OfferState.ACCEPTED).count()
        declined = offers.filter(state=OfferState.DECLINED).values_list("reason", flat=True)
        tally.declined = len(declined)
        tally.mismatched = sum(reason in ("time", "provider", "modality", "insurance") for reason in declined)
        filled = self._spans().filter(filled_at__isnull=False, why="cancelled")
        tally.filled = filled.count()
        times = filled.values_list("appointment", "filled_at", "not_before")
        tally.waits = {
            self.number_of[visit]: (end - start).total_seconds() / 60 for visit, end, start in times
        }
