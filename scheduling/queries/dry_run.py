"""Time off looked at before it is approved: every visit in it with what could become of it, best first.

The facts of all visits are loaded once; candidates are found by arithmetic on them, then judged by the rules that
`book` asks, one after another, so that what is proposed for one visit is in the way of the next. A constant number of
queries, however long the absence.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from availability.models import TimeOff
from availability.queries import KeptHours, kept_hours
from availability.states import DefaultPlan
from core.intervals import Span, clip, contains, length, merge, subtract
from core.refusals import Problem, Severity
from core.walltime import ONE_DAY, day_bounds, epoch_minutes, from_epoch_minutes, local_date
from messaging.queries import Recipient, usable_addresses
from practice.models import CareTeam, Practice, Provider
from practice.states import LANGUAGES, Channel, Modality
from scheduling.models import Appointment, TypeOffer
from scheduling.queries.absence import affected
from scheduling.queries.care import casefolded
from scheduling.queries.many import Ledger
from scheduling.queries.openings import busy_minutes
from scheduling.queries.problems import wish_of
from scheduling.queries.series import asked_of, book_of, leave_out
from scheduling.rules.asking import answer_until
from scheduling.rules.cover import Colleague, Need, Reason, Scored, ranked
from scheduling.rules.openings import Shape, on_grid, starts
from scheduling.rules.problems import problems
from scheduling.rules.ways import must_call, ways_of
from scheduling.rules.wishes import Wish
from scheduling.states import UNCOUNTED, AppointmentState, Category, Way

MOST_COVERS, MOST_TIMES = 3, 2
TRIED_COVERS, TRIED_TIMES = 5, 5  # judged, to have that many left
LOOK_BACK, LOOK_AHEAD = dt.timedelta(days=7), dt.timedelta(days=14)
# By video from wherever they are: that they keep no hours then is what the plan is about.
PASSED_OVER = {Way.TELEHEALTH: frozenset({"outside_hours", "no_telehealth_hours"})}
_NAMES = dict(LANGUAGES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """One way for one visit. key: what a form posts. score: of a colleague, else 0."""

    key: str
    way: str
    provider: Provider | None = None
    starts_at: dt.datetime | None = None
    is_offer: bool = False  # only the client's yes makes it so
    reasons: tuple[Reason, ...] = ()
    score: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Affected:
    """reach: the channel the client would be asked on, empty where nobody can be written to."""

    visit: Appointment
    proposals: tuple[Proposal, ...]
    chosen: str
    must_call: bool
    reach: str
    answer_by: dt.datetime | None

    @property
    def choice(self) -> Proposal:
        return next(one for one in self.proposals if one.key == self.chosen)

    def has(self, key: str) -> bool:
        return any(one.key == key for one in self.proposals)


def dry_run(
    row: TimeOff, *, practice: Practice, now: dt.datetime, hours_before: int = 2, plan: str = ""
) -> list[Affected]:
    """plan: a DefaultPlan; empty for the one the request names."""
    visits = affected(row, now=now)
    if not visits:
        return []
    wanted = plan or row.default_plan
    return _DryRun(row, visits, practice=practice, now=now, hours_before=hours_before, plan=wanted).rows()


@dataclass(frozen=True, slots=True)
class _Tried:
    """A candidate with the wish that would make it so; none for what takes nobody's time."""

    proposal: Proposal
    wish: Wish | None = None


class _DryRun:
    def __init__(
        self,
        row: TimeOff,
        visits: Sequence[Appointment],
        *,
        practice: Practice,
        now: dt.datetime,
        hours_before: int,
        plan: str,
    ) -> None:
        self.row, self.visits, self.practice, self.now = row, visits, practice, now
        self.hours_before, self.plan = hours_before, plan
        self.clients = {p.client_id: p.client for v in visits for p in v.attendances.all()}
        self.offers = self._offers()
        self.colleagues = {one.pk: one for group in self.offers.values() for one in group}
        self.knows = self._knows()
        first, last = visits[0].starts_at, visits[-1].ends_at
        self.hours, self.busy = self._times(list(self.colleagues), first, last)
        look = (max(now, row.starts_at - LOOK_BACK), row.ends_at + LOOK_AHEAD)
        self.own_hours, self.own_busy = self._times([row.provider_id], *look)
        self.look = (epoch_minutes(look[0]) + 1, epoch_minutes(look[1]))
        self.reach = self._reach()

    # --- facts ----------------------------------------------------------------------------------------------------

    def _offers(self) -> dict[int, list[Provider]]:
        """By type, everybody else at work who offers it."""
        found: dict[int, list[Provider]] = defaultdict(list)
        kinds = {visit.type_id for visit in self.visits}
        offers = TypeOffer.objects.filter(type__in=kinds, provider__is_active=True)
        for offer in offers.exclude(provider=self.row.provider_id).select_related("provider").order_by("pk"):
            found[offer.type_id].append(offer.provider)
        return found

    def _knows(self) -> dict[int, set[int]]:
        pairs = CareTeam.objects.filter(client__in=self.clients, provider__in=self.colleagues)
        found: dict[int, set[int]] = defaultdict(set)
        for provider_id, client_id in pairs.values_list("provider_id", "client_id"):
            found[provider_id].add(client_id)
        return found

    def _times(
        self, ids: list[int], start: dt.datetime, end: dt.datetime
    ) -> tuple[dict[int, KeptHours], dict[int, list[Span]]]:
        zone = self.practice.tz
        first, last = local_date(start, zone), local_date(end, zone)
        within = (day_bounds(first, zone)[0], day_bounds(last, zone)[1])
        busy = busy_minutes(ids, within, self.now)
        return kept_hours(ids, first, last, own=zone), {pk: merge(busy[pk]) for pk in ids}

    def _reach(self) -> dict[int, str]:
        """Client → the channel they may be asked on."""
        usable = usable_addresses({Recipient(pk) for pk in self.clients}, self.now, practice=self.practice)
        order = (Channel.SMS, Channel.EMAIL)
        return {who.client_id: next((c for c in order if c in on), "") for who, on in usable.items()}

    # --- rows -----------------------------------------------------------------------------------------------------

    def rows(self) -> list[Affected]:
        tried = {visit.pk: list(self._tried(visit)) for visit in self.visits}
        wishes = [one.wish for each in tried.values() for one in each if one.wish is not None]
        ledger = self._ledger(wishes)
        rows, place = [], 0
        for visit in self.visits:
            standing: list[tuple[Proposal, int | None]] = []
            for one in tried[visit.pk]:
                if one.wish is None:
                    standing.append((one.proposal, None))
                    continue
                if judged := self._judged(one, problems(ledger.facts(place))):
                    standing.append((judged, place))
                place += 1
            row = self._row(visit, _first_few([proposal for proposal, _ in standing]))
            taken = {proposal.key: at for proposal, at in standing}.get(row.chosen)
            if taken is not None:
                ledger.took(taken)
            rows.append(row)
        return rows

    def _ledger(self, wishes: Sequence[Wish]) -> Ledger:
        book = book_of(wishes)
        asked = [asked_of(wish, book) for wish in wishes]
        ledger = Ledger(asked, book, now=self.now, ignoring=[visit.pk for visit in self.visits])
        leave_out(ledger, self.visits)
        return ledger

    def _judged(self, one: _Tried, found: Sequence[Problem]) -> Proposal | None:
        """None where the rules say no; what they only warn of is a reason against."""
        passed = PASSED_OVER.get(Way(one.proposal.way), frozenset())
        if any(p.severity != Severity.WARNING and p.code not in passed for p in found):
            return None
        warned = [Reason(p.message, speaks_for=False) for p in found if p.severity == Severity.WARNING]
        return replace(one.proposal, reasons=(*one.proposal.reasons, *warned))

    def _row(self, visit: Appointment, proposals: list[Proposal]) -> Affected:
        people = [p.client_id for p in visit.attendances.all() if p.state not in UNCOUNTED]
        reach = self.reach.get(people[0], "") if len(people) == 1 else ""
        until = answer_until(visit.starts_at, self.now, hours_before=self.hours_before)
        may_ask = bool(reach) and until is not None
        kept = [one for one in proposals if may_ask or not (one.is_offer or one.way == Way.ASK)]
        calls = must_call(visit)
        return Affected(
            visit=visit,
            proposals=tuple(kept),
            chosen=_default(self.plan, visit, kept, must_call=calls).key,
            must_call=calls,
            reach=reach,
            answer_by=until,
        )

    # --- candidates -----------------------------------------------------------------------------------------------

    def _tried(self, visit: Appointment) -> Iterator[_Tried]:
        ways = ways_of(visit, away=self.row.provider_id)
        if Way.WITHOUT in ways:
            left = next(pk for pk in visit.people if pk != self.row.provider_id)
            who = visit.co_provider if left == visit.co_provider_id else visit.provider
            wish = replace(wish_of(visit), provider_id=left, co_provider_id=None)
            yield _Tried(Proposal(key="without", way=Way.WITHOUT, provider=who), wish)
        if Way.COVER in ways and visit.provider_id == self.row.provider_id:
            yield from self._covers(visit)
        if Way.MOVE in ways:
            yield from self._moves(visit)
        if Way.TELEHEALTH in ways:
            wish = replace(wish_of(visit), modality=Modality.TELEHEALTH, room_id=None)
            said = (Reason("same provider, same time"),)
            yield _Tried(Proposal(key="telehealth", way=Way.TELEHEALTH, reasons=said), wish)
        for way in (Way.ASK, Way.CALL, Way.RELEASE, Way.CANCEL):
            if way in ways:
                yield _Tried(Proposal(key=way, way=way))

    def _covers(self, visit: Appointment) -> Iterator[_Tried]:
        """Whoever is in and free, by score."""
        free = [pk for pk in (one.pk for one in self.offers[visit.type_id]) if self._is_free(pk, visit)]
        need = self._need(visit)
        is_offer = not visit.type.is_interchangeable
        for one in ranked(need, (self._colleague(pk, visit) for pk in free))[:TRIED_COVERS]:
            yield _Tried(
                self._cover(one, is_offer=is_offer), replace(wish_of(visit), provider_id=one.colleague.id)
            )

    def _cover(self, one: Scored, *, is_offer: bool) -> Proposal:
        who = self.colleagues[one.colleague.id]
        return Proposal(
            key=f"cover.{who.public_id}",
            way=Way.COVER,
            provider=who,
            is_offer=is_offer,
            reasons=one.reasons,
            score=one.score,
        )

    def _is_free(self, pk: int, visit: Appointment) -> bool:
        session = epoch_minutes(visit.starts_at), epoch_minutes(visit.ends_at)
        start = session[0] - visit.buffer_before_minutes
        end = session[1] + visit.buffer_after_minutes
        open_then = merge((span.start, span.end) for span in self.hours[pk].open)
        return contains(open_then, *session) and not clip(self.busy[pk], start, end)

    def _need(self, visit: Appointment) -> Need:
        people = [self.clients[p.client_id] for p in visit.attendances.all() if p.state not in UNCOUNTED]
        return Need(
            clients=frozenset(client.pk for client in people),
            specialties=casefolded(self.row.provider.specialties),
            languages=casefolded(_NAMES.get(c.language, c.language) for c in people),
            insurances=casefolded(one for client in people for one in client.insurances),
            regions=casefolded(client.region for client in people if client.region),
        )

    def _colleague(self, pk: int, visit: Appointment) -> Colleague:
        one = self.colleagues[pk]
        day = day_bounds(local_date(visit.starts_at, self.practice.tz), self.practice.tz)
        kept = clip(merge((span.start, span.end) for span in self.hours[pk].open), *day)
        return Colleague(
            id=pk,
            name=one.name,
            knows=frozenset(self.knows[pk]),
            specialties=casefolded(one.specialties),
            languages=casefolded([*(_NAMES.get(word, word) for word in one.languages), "English"]),
            insurances=casefolded(one.insurances),
            regions=casefolded(one.licensed_regions),
            free=length(subtract(kept, self.busy[pk])),
            open=length(kept),
            is_suggested=pk == self.row.cover_id,
        )

    def _moves(self, visit: Appointment) -> Iterator[_Tried]:
        """The same provider, near in days and in time of day, one time a day."""
        if visit.provider_id != self.row.provider_id:
            return
        wanted = epoch_minutes(visit.starts_at)
        by_day: dict[int, int] = {}
        for minute in sorted(self._own_times(visit), key=lambda m: _hours_apart(m, wanted)):
            by_day.setdefault(_days_apart(minute, wanted), minute)
        nearest = sorted(by_day.values(), key=lambda m: _distance(m, wanted))
        for minute in nearest[:TRIED_TIMES]:
            at = from_epoch_minutes(minute)
            proposal = Proposal(key=f"move.{minute}", way=Way.MOVE, starts_at=at)
            yield _Tried(proposal, replace(wish_of(visit), starts_at=at))

    def _own_times(self, visit: Appointment) -> list[int]:
        """Where their own hours are kept, outside the absence, on the practice's grid."""
        zone = self.practice.tz
        fits = [s for s in self.own_hours[self.row.provider_id].open if _may_sit(s, visit)]
        away = (epoch_minutes(self.row.starts_at), epoch_minutes(self.row.ends_at))
        hours = clip(subtract(merge((s.start, s.end) for s in fits), [away]), *self.look)
        shape = Shape(
            minutes=visit.minutes, before=visit.buffer_before_minutes, after=visit.buffer_after_minutes
        )
        found = starts(hours, self.own_busy[self.row.provider_id], shape)
        first = local_date(from_epoch_minutes(self.look[0]), zone)
        count = (self.look[1] - self.look[0]) // 1440 + 3
        midnights = [day_bounds(first + ONE_DAY * n, zone)[0] for n in range(count)]
        return on_grid(found, midnights, self.practice.grid_minutes)


def _may_sit(span, visit: Appointment) -> bool:
    if visit.modality == Modality.TELEHEALTH:
        return span.telehealth_ok
    return visit.location_id is None or span.location_id in (None, visit.location_id)


def _hours_apart(minute: int, wanted: int) -> int:
    """Of the clock, in minutes, whatever the day."""
    apart = (minute - wanted) % 1440
    return min(apart, 1440 - apart)


def _days_apart(minute: int, wanted: int) -> int:
    return round((minute - wanted) / 1440)


def _distance(minute: int, wanted: int) -> tuple[int, int]:
    days = abs(_days_apart(minute, wanted))
    return days * 120 + abs(minute - wanted - _days_apart(minute, wanted) * 1440), minute


def _first_few(proposals: Sequence[Proposal]) -> list[Proposal]:
    """Of colleagues and times the best that stand."""
    most = {Way.COVER: MOST_COVERS, Way.MOVE: MOST_TIMES}
    seen: dict[str, int] = defaultdict(int)
    kept = []
    for one in proposals:
        seen[one.way] += 1
        if seen[one.way] <= most.get(Way(one.way), 1):
            kept.append(one)
    return kept


# For each plan the ways in the order they are tried; what none of them offers ends in a call or a cancellation.
ORDERS: dict[str, tuple[str, ...]] = {
    DefaultPlan.BEST: (Way.COVER, Way.ASK, Way.CALL, Way.CANCEL),
    DefaultPlan.COVER: (Way.COVER, Way.ASK, Way.CALL, Way.CANCEL),
    DefaultPlan.MOVE: (Way.MOVE, Way.ASK, Way.CALL, Way.CANCEL),
    DefaultPlan.ASK: (Way.ASK, Way.CALL, Way.CANCEL),
    DefaultPlan.CANCEL: (Way.CANCEL,),
}
GOOD = 0.6  # an offer of somebody who fits less is not made without being asked for


def _default(plan: str, visit: Appointment, proposals: Collection[Proposal], *, must_call: bool) -> Proposal:
    """What the dry run begins with."""
    if visit.state == AppointmentState.HELD:
        order: tuple[str, ...] = (Way.RELEASE,)
    elif must_call:
        order = (Way.CALL,)
    elif visit.type.category == Category.GROUP:
        order = (Way.WITHOUT, Way.COVER, Way.CANCEL)
    else:
        order = (Way.WITHOUT, *ORDERS[plan])
    wanted = (one for way in order for one in proposals if one.way == way and _is_fit(plan, one))
    return next(wanted, None) or next(one for one in proposals if one.way in (Way.CANCEL, Way.RELEASE))


def _is_fit(plan: str, one: Proposal) -> bool:
    return not (plan == DefaultPlan.BEST and one.is_offer and one.score < GOOD)
