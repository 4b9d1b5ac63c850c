"""Freed times are looked at when something is due about them: offers run out, the next in turn is asked, or it is over.

Locks: the provider's row first, as everybody who takes time does, then the span, its hold and its offers; for a place
(`seating`) its keeper's, then its offers and the span. Two processes never wait for one another here: the second leaves
the span to the first.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from django.db import connection, transaction

from core.actors import SYSTEM
from core.refusals import Refusal, Severity
from messaging.operations.failures import report
from practice.models import Practice, Provider
from practice.operations.acting import begin
from practice.queries import one_practice, the_practice
from scheduling.models import Appointment
from scheduling.operations import release
from scheduling.operations.locking import lock_rows
from scheduling.queries.problems import Setting, problems_with
from scheduling.rules.wishes import Wish
from scheduling.states import AppointmentState
from waitlist.models import FreedSpan, Offer, WaitlistEntry, WaitlistPolicy
from waitlist.operations import seating
from waitlist.operations.ending import expire
from waitlist.operations.offering import Asked, make_offers, wish_for
from waitlist.queries.candidates import FreeTime, candidates, free_time, is_useful, shapes_of
from waitlist.queries.policy import Learnt, learnt, the_policy
from waitlist.queries.reach import Way, ways
from waitlist.rules import deadlines
from waitlist.rules.deadlines import LOOK_AGAIN, MOMENT
from waitlist.rules.matching import Candidate, Match, matches
from waitlist.states import SpanState

FIRST_OF_ALL, TOGETHER = 6, 24  # of those who fit, whose addresses and consent are looked at at once
MOST_LOOKED_AT = 246  # before the look ends: behind so many who may not be written to nobody is looked for
MOST_TRIED = 12  # whose visit is judged by every rule of booking
LOCK_SPACE = 7741  # of advisory locks: freed spans
Shapes = Collection[tuple[int, int, int]]  # (minutes, before, after) of visits people wait for


def fill_due(now: dt.datetime, limit: int = 1) -> int:
    """Look at up to `limit` spans that are due, the soonest first; how many were looked at."""
    due = FreedSpan.objects.due(now).order_by("look_at", "starts_at", "pk").values_list("pk", flat=True)
    return sum(_look_in_any_weather(pk, now) for pk in list(due[:limit]))


def _look_in_any_weather(span_id: int, now: dt.datetime) -> bool:
    """One that fails is put off and told of; it must not stand in the way of the others."""
    try:
        return look_at(span_id, now)
    except Exception as error:
        report("look_failed", error, span=span_id)
        FreedSpan.objects.filter(pk=span_id).update(look_at=now + LOOK_AGAIN)
        return True


def look_at(span_id: int, now: dt.datetime) -> bool:
    """False when somebody else is at it, or nothing is due any more."""
    with one_practice(), transaction.atomic():
        if not _is_ours(span_id):
            return False
        seen = FreedSpan.objects.only("provider_id", "seats").get(pk=span_id)
        if seen.seats is not None:
            seating.lock(seen.seats, span_id)
        else:
            lock_rows(Provider, [seen.provider_id])
        span = FreedSpan.objects.select_related("provider").select_for_update(of=("self",)).get(pk=span_id)
        if span.state != SpanState.OPEN or span.look_at is None or span.look_at > now:
            return False
        if span.seats is not None:
            seating.look(span, span.seats, now, the_practice(), the_policy())
        else:
            _Look(span, now, the_practice(), the_policy()).go()
        return True


def _is_ours(span_id: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [LOCK_SPACE, span_id % 2**31])
        return bool(cursor.fetchone()[0])


@dataclass
class _Look:
    """One look at one span. waits_for: the soonest moment at which somebody who fits may be written to."""

    span: FreedSpan
    now: dt.datetime
    practice: Practice
    policy: WaitlistPolicy
    waits_for: list[dt.datetime] = field(default_factory=list)
    settings: dict[tuple[int, str], Setting] = field(default_factory=dict)

    def go(self) -> None:
        span, now = self.span, self.now
        self._end_what_ran_out()
        span.matched_at = span.matched_at or now
        is_late = span.ends_at <= now + deadlines.LAST_CALL
        if is_late and not Offer.objects.out().filter(span=span).exists():
            self._close(SpanState.OVER)
            return
        found = candidates(span, practice=self.practice, now=now)
        shapes, time = shapes_of(found), self._free()
        if self.policy.is_on:
            time = self._ask(found, shapes, time)
        self._next(shapes, time)

    def _free(self) -> FreeTime:
        return free_time(self.span, policy=self.policy, practice=self.practice, now=self.now)

    def _ask(self, found: list[Candidate], shapes: Shapes, time: FreeTime) -> FreeTime:
        """Wave after wave, as long as something of the span is free and somebody fits."""
        how = learnt(self.now)
        while is_useful(time, shapes):
            line = matches(found, time.free, time.starts, threshold=self.policy.threshold)
            asked = self._next_wave(line, time, how)
            if not asked:
                break
            clients = {one.entry.client_id for one in asked}
            found = [one for one in found if one.client not in clients]
            time = self._free()
        return time

    def _next_wave(self, line: Sequence[Match], time: FreeTime, how: Learnt) -> list[Asked]:
        """The first in line who can be asked, and as many after them as are to be asked at once, for the same visit."""
        wave: list[Asked] = []
        size, tried = 1, 0
        for match, entry, way in self._in_reach(line):
            if wave and not _same_visit(match, wave[0].match, time):
                continue
            tried += 1
            placed = match._replace(start=wave[0].match.start) if wave else match
            if not self._stands_against(placed, entry):
                wave.append(Asked(match=placed, entry=entry, way=way))
                size = self._size(wave[0].match, how)
            if len(wave) >= size or tried >= MOST_TRIED:
                break
        return self._make(wave) if wave else []

    def _in_reach(self, line: Sequence[Match]) -> Iterator[tuple[Match, WaitlistEntry, Way]]:
        """In the order of the line, each client once; who may not be written to, or not yet, is left out."""
        seen: set[int] = set()
        for first, last in pairwise((0, *range(FIRST_OF_ALL, MOST_LOOKED_AT + 1, TOGETHER))):
            some = line[first:last]
            if not some:
                return
            entries = WaitlistEntry.objects.select_related("client", "attendance").in_bulk(
                [match.candidate.entry for match in some]
            )
            reach = ways({e.client_id: e.client for e in entries.values()}, self.now, self.practice)
            for match in some:
                client, way = match.candidate.client, reach.get(match.candidate.client)
                if way is not None and client not in seen and self._may_write(way):
                    seen.add(client)
                    yield match, entries[match.candidate.entry], way

    def _may_write(self, way: Way) -> bool:
        if way.opens_at > self.now:
            self.waits_for.append(way.opens_at)
            return False
        return True

    def _size(self, match: Match, how: Learnt) -> int:
        lead = dt.timedelta(minutes=match.start) - dt.timedelta(seconds=self.now.timestamp())
        most = self.policy.wave_most
        return deadlines.wave_size(
            lead, asked=how.asked, accepted=how.accepted, answers_in=how.answers_in, most=most
        )

    def _stands_against(self, match: Match, entry: WaitlistEntry) -> bool:
        """By every rule of booking, nobody there to override anything."""
        wish = wish_for(self.span, match, client_ids=(entry.client_id,))
        if deadlines.deadline(wish.starts_at, self.now) is None:
            return True
        setting = self._setting(wish)
        gives_up = frozenset({entry.attendance.appointment_id}) if entry.attendance else frozenset[int]()
        found = problems_with(wish, by=SYSTEM, now=self.now, ignoring=gives_up, setting=setting)
        return any(problem.severity != Severity.WARNING for problem in found)

    def _setting(self, wish: Wish) -> Setting:
        """Read once for all who wait for the same: who comes in needs the room, others none."""
        about = (wish.type_id, wish.modality)
        if about not in self.settings:
            self.settings[about] = Setting.of(wish)
        return self.settings[about]

    def _make(self, wave: list[Asked]) -> list[Asked]:
        """Nobody asked when the time turns out to be taken: the look ends, and the next finds out more."""
        try:
            with transaction.atomic():
                acting = begin("offer.make", None, SYSTEM, {"span": self.span.pk})
                judged = self._setting(wish_for(self.span, wave[0].match))
                offers = make_offers(acting, self.span, wave, practice=self.practice, judged=judged)
                acting.close({"offers": [offer.pk for offer in offers]})
        except Refusal:
            return []
        return wave

    def _end_what_ran_out(self) -> None:
        """Offers past their deadline, and holds nobody is asked about any more."""
        holds = Appointment.objects.filter(offers__span=self.span, state=AppointmentState.HELD).distinct()
        for pk in list(holds.order_by("pk").values_list("pk", flat=True)):
            expire(pk, self.now)
            if not Offer.objects.out().filter(appointment=pk).exists():
                release(pk, by=SYSTEM)
        gone = Offer.objects.out().filter(span=self.span).exclude(appointment__state=AppointmentState.HELD)
        for pk in gone.order_by("appointment").values_list("appointment_id", flat=True).distinct():
            expire(pk, self.now, all_of_them=True)

    def _next(self, shapes: Shapes, time: FreeTime) -> None:
        """When to look again; or that nothing is left to fill."""
        useful = is_useful(time, shapes)
        out = Offer.objects.out().filter(span=self.span).values_list("expires_at", flat=True)
        ends = list(out)
        if not ends and not useful and (shapes or self._is_taken(time)):
            self._close(self._ended_as(time))
            return
        again = [] if self.waits_for or (ends and not useful) else [self.now + LOOK_AGAIN]
        over = max(self.span.ends_at - deadlines.LAST_CALL, self.now + MOMENT)
        self.span.look_at = max(min([*ends, *self.waits_for, *again, over]), self.now + MOMENT)
        self.span.save(update_fields=["look_at", "matched_at"])

    def _is_taken(self, time: FreeTime) -> bool:
        return not time.starts(1, 0, 0)

    def _ended_as(self, time: FreeTime) -> str:
        if self.span.filled_at is not None:
            return SpanState.FILLED
        return SpanState.TAKEN if self._is_taken(time) else SpanState.TOO_SHORT

    def _close(self, state: str) -> None:
        self.span.state = SpanState.FILLED if self.span.filled_at else state
        self.span.look_at = None
        self.span.save(update_fields=["state", "look_at", "matched_at"])


def _same_visit(match: Match, first: Match, time: FreeTime) -> bool:
    """Of one hold: the same type, length and way, at the same start."""
    one, other = match.candidate, first.candidate
    same = (one.type, match.minutes, one.modality) == (other.type, first.minutes, other.modality)
    fits = not one.earlier_than or first.start < one.earlier_than
    return same and fits and first.start in time.starts(match.minutes, one.before, one.after)
