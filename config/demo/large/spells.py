"""Who is in care when: each place of the week goes to one client after another, for weeks on end.

Laid out over all the years the practice exists, whatever part of its past is loaded.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from config.demo.chance import Chance
from config.demo.large.hours import (
    COUPLES,
    FAMILY,
    FIRST_VISITS,
    GROUP,
    MEDICATION,
    SUPERVISION,
)
from config.demo.large.places import SEATS, Clinic, Slot

# every so many weeks → (least weeks, mean of the rest, mean of the weeks nobody has the place afterwards)
LENGTHS = {1: (8, 45, 8), 2: (8, 65, 10), 4: (16, 110, 12)}
GROUP_LENGTH = (8, 18, 3)
FARTHEST_START = 4  # weeks: nobody has a series that begins later than this
BOOKED_AHEAD = (2, 13)


@dataclass(slots=True)
class Spell:
    """first, last: numbers of weeks. booked: the last week its visits are booked for already.

    clients: numbers from 0; none while nobody has it. series: the id of its row, 0 until it has one.
    """

    lane: "Lane"
    first: int
    last: int
    booked: int
    clients: tuple[int, ...] = ()
    series: int = 0


@dataclass(slots=True, eq=False)
class Lane:
    """Every `every`th week of a slot; or one seat of a group."""

    slot: Slot
    every: int
    phase: int
    spells: list[Spell] = field(default_factory=list)
    firsts: list[int] = field(default_factory=list)

    def at(self, week: int) -> Spell | None:
        """Who has the place in that week, if it is one of its weeks."""
        return self.around(week) if week % self.every == self.phase else None

    def around(self, week: int) -> Spell | None:
        """Who has it about then, whether or not it is one of its weeks."""
        n = bisect_right(self.firsts, week) - 1
        return self.spells[n] if n >= 0 and week <= self.spells[n].last else None


@dataclass(slots=True)
class Care:
    """lanes, by the number of their slot. first_visits: (slot, week) → whose spell begins with it."""

    lanes: dict[int, list[Lane]]
    spells: list[Spell]
    first_visits: dict[tuple[int, int], Spell]


def make_care(chance: Chance, clinic: Clinic, *, clients: int, first: int, today: int, last: int) -> Care:
    """first, today, last: numbers of weeks."""
    lanes = {slot.number: list(_lanes(chance, slot)) for slot in clinic.slots}
    drafts = [
        spell
        for found in lanes.values()
        for lane in found
        for spell in _spells(chance, lane, first, today, last)
    ]
    drafts.sort(key=lambda spell: spell.first)
    spells, newcomers = _Deal(chance, clients).deal(drafts)
    for spell in spells:
        spell.lane.spells.append(spell)
        spell.lane.firsts.append(spell.first)
    return Care(lanes=lanes, spells=spells, first_visits=_first_visits(clinic, newcomers))


def _lanes(chance: Chance, slot: Slot) -> Iterator[Lane]:
    place = slot.place
    if place.kind in (*FIRST_VISITS, SUPERVISION):
        return
    if place.kind == GROUP:
        yield from (Lane(slot, 1, 0) for _ in range(SEATS))
        return
    rhythm = _rhythm(chance, place.kind)
    every = max(place.every, rhythm) if rhythm else 0
    for phase in range(every):
        if phase % place.every == place.phase:
            yield Lane(slot, every, phase)


def _rhythm(chance: Chance, kind: str) -> int:
    """0: the place is kept for whoever needs it this week."""
    if kind == MEDICATION:
        return 4
    return (
        chance.choice((1, 1, 2)) if kind in {COUPLES, FAMILY} else chance.choices((0, 1, 2), (5, 55, 40))[0]
    )


def _spells(chance: Chance, lane: Lane, first: int, today: int, last: int) -> Iterator[Spell]:
    least, mean, gap = GROUP_LENGTH if lane.slot.place.kind == GROUP else LENGTHS[lane.every]
    # What was going on when the practice opened had begun before: the first gap is a short one.
    week = max(first, lane.slot.post.hired) + int(chance.expovariate(1 / 4))
    while week <= min(last, today + FARTHEST_START):
        until = week + least + int(chance.expovariate(1 / mean))
        booked = today + chance.randrange(*BOOKED_AHEAD)
        yield Spell(lane, week, until, booked)
        week = until + 1 + int(chance.expovariate(1 / gap))


class _Deal:
    """Gives each spell its clients: somebody new, somebody who comes back, or who is in care with a colleague."""

    def __init__(self, chance: Chance, clients: int) -> None:
        self.chance, self.clients, self.used = chance, clients, 0
        self.left: dict[tuple[int, int], list[tuple[int, tuple[int, ...]]]] = defaultdict(list)
        self.lately: list[Spell] = []  # of therapy, oldest first

    def deal(self, drafts: list[Spell]) -> tuple[list[Spell], list[Spell]]:
        """In order of their first week: those somebody has, and of these the ones of new clients."""
        dealt, newcomers = [], []
        for n, spell in enumerate(drafts):
            was_used = self.used
            spell.clients = self._for(spell, drafts_left=len(drafts) - n)
            if spell.clients:
                dealt.append(spell)
                newcomers += [spell] * (self.used > was_used)
                self._remember(spell)
        return dealt, newcomers

    def _for(self, spell: Spell, *, drafts_left: int) -> tuple[int, ...]:
        seats = 2 if spell.lane.slot.place.kind in {COUPLES, FAMILY} else 1
        shared = self._colleagues(spell)
        if shared:
            return shared
        if self.chance.odds((self.clients - self.used) / drafts_left):
            return self._new(seats)
        return self._back(spell, seats) or self._new(seats)

    def _new(self, seats: int) -> tuple[int, ...]:
        if self.used + seats > self.clients:
            return ()
        self.used += seats
        return tuple(range(self.used - seats, self.used))

    def _back(self, spell: Spell, seats: int) -> tuple[int, ...]:
        """Of those who left this provider, one of a few looked at."""
        gone = self.left[spell.lane.slot.post.provider.pk, seats]
        for _ in range(min(6, len(gone))):
            n = self.chance.randrange(len(gone))
            if gone[n][0] < spell.first - 2:
                gone[n], gone[-1] = gone[-1], gone[n]
                return gone.pop()[1]
        return ()

    def _colleagues(self, spell: Spell) -> tuple[int, ...]:
        """Medication and groups are mostly for people in therapy here, on another day."""
        place = spell.lane.slot.place
        if place.kind not in {MEDICATION, GROUP} or not self.lately or self.chance.odds(0.35):
            return ()
        for _ in range(6):
            newest = len(self.lately)
            other = self.lately[self.chance.randrange(max(0, newest - 2000), newest)]
            goes_on = other.last > spell.first + 4
            if goes_on and other.lane.slot.place.weekday != place.weekday and len(other.clients) == 1:
                return other.clients
        return ()

    def _remember(self, spell: Spell) -> None:
        place, provider = spell.lane.slot.place, spell.lane.slot.post.provider.pk
        if place.kind != GROUP:
            self.left[provider, len(spell.clients)].append((spell.last, spell.clients))
        if place.kind not in {MEDICATION, GROUP}:
            self.lately.append(spell)


def _first_visits(clinic: Clinic, newcomers: list[Spell]) -> dict[tuple[int, int], Spell]:
    """One to three weeks before their series begins, as long as their provider has a place for it."""
    places: dict[int, list[Slot]] = defaultdict(list)
    for slot in clinic.slots:
        if slot.place.kind in FIRST_VISITS:
            places[slot.post.provider.pk].append(slot)
    found: dict[tuple[int, int], Spell] = {}
    for spell in newcomers:
        if spell.lane.slot.place.kind == GROUP:
            continue
        for week in (spell.first - 1, spell.first - 2, spell.first - 3):
            free = [s for s in places[spell.lane.slot.post.provider.pk] if (s.number, week) not in found]
            open_now = [
                s for s in free if s.is_kept(week) and clinic.is_open(s, week * 7 + 1 + s.place.weekday)
            ]
            if open_now:
                found[open_now[0].number, week] = spell
                break
    return found
