"""Which visits a day has: who is due by their series, who begins, and who takes the places left."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

from config.demo.chance import Chance
from config.demo.large.hours import FIRST_VISITS, GROUP, MEDICATION, SUPERVISION, TALK
from config.demo.large.places import Clinic, Slot
from config.demo.large.spells import Care, Lane, Spell
from config.demo.plans import VIDEO

AWAY_SHARE = 0.04  # of a client's own weeks: holidays, and visits moved elsewhere
REFILLED, OVERBOOKED = 0.35, 0.004
SINGLES = frozenset({TALK, VIDEO, MEDICATION})


@dataclass(slots=True, kw_only=True)
class Booking:
    """clients: numbers from 0. over: it stands over another visit, on purpose. held: nobody's yet."""

    slot: Slot
    ordinal: int
    clients: tuple[int, ...]
    spell: Spell | None = None
    is_series: bool = False
    lead_days: int
    over: bool = False
    held: bool = False


class Diary:
    def __init__(self, clinic: Clinic, care: Care) -> None:
        self.clinic, self.care = clinic, care
        self.slots: dict[int, list[Slot]] = defaultdict(list)
        self.of_provider: dict[int, list[Lane]] = defaultdict(list)
        for slot in clinic.slots:
            self.slots[slot.place.weekday].append(slot)
            if slot.place.kind in SINGLES:
                self.of_provider[slot.post.provider.pk] += care.lanes[slot.number]

    def day(
        self, chance: Chance, ordinal: int, *, today: int, singles: float, held: float = 0
    ) -> Iterator[Booking]:
        """In order of provider and hour. singles, held: how often a place left goes to somebody, or to an offer."""
        self.taken: set[int] = set()
        week = (ordinal - 1) // 7
        regular = self._regular_clients(ordinal, week)
        for slot in self.slots[(ordinal - 1) % 7]:
            if slot.is_kept(week) and self.clinic.is_open(slot, ordinal):
                found = self._due(chance, slot, ordinal, week, ahead=ordinal > today)
                found = found or self._single(chance, slot, ordinal, regular, odds=singles)
                found = found or self._held(chance, slot, ordinal, odds=held)
                if found:
                    yield found

    def instead(self, chance: Chance, gone: Booking) -> Booking | None:
        """Somebody else who takes the place of a cancelled visit, now and then."""
        return self._single(chance, gone.slot, gone.ordinal, set(), odds=REFILLED)

    def beside(self, chance: Chance, stands: Booking) -> Booking | None:
        """An urgent visit squeezed in over another one: seldom, and flagged."""
        found = self._single(chance, stands.slot, stands.ordinal, set(), odds=OVERBOOKED)
        if found:
            found.over, found.lead_days = True, 1
        return found

    def _regular_clients(self, ordinal: int, week: int) -> set[int]:
        """Who is due somewhere today keeps clear of being squeezed in elsewhere."""
        spells = (lane.at(week) for s in self.slots[(ordinal - 1) % 7] for lane in self.care.lanes[s.number])
        return set(chain.from_iterable(spell.clients for spell in spells if spell))

    def _due(self, chance: Chance, slot: Slot, ordinal: int, week: int, *, ahead: bool) -> Booking | None:
        kind = slot.place.kind
        if kind == SUPERVISION:
            return Booking(slot=slot, ordinal=ordinal, clients=(), is_series=True, lead_days=28)
        if kind in FIRST_VISITS:
            spell = self.care.first_visits.get((slot.number, week))
            return self._of(slot, ordinal, spell.clients, lead_days=chance.randint(3, 21)) if spell else None
        if kind == GROUP:
            return self._meeting(slot, ordinal, week)
        spell = next((s for lane in self.care.lanes[slot.number] if (s := lane.at(week))), None)
        if spell is None or (ahead and week > spell.booked) or chance.odds(AWAY_SHARE):
            return None
        found = self._of(slot, ordinal, spell.clients, lead_days=chance.choice((7, 14, 28, 42, 56)))
        if found:
            found.spell, found.is_series = spell, True
        return found

    def _of(self, slot: Slot, ordinal: int, clients: tuple[int, ...], *, lead_days: int) -> Booking | None:
        """None when one of them comes elsewhere that day."""
        if self.taken.intersection(clients):
            return None
        self.taken.update(clients)
        return Booking(slot=slot, ordinal=ordinal, clients=clients, lead_days=lead_days)

    def _meeting(self, slot: Slot, ordinal: int, week: int) -> Booking | None:
        seats = (spell for lane in self.care.lanes[slot.number] if (spell := lane.at(week)))
        members = dict.fromkeys(n for spell in seats for n in spell.clients if n not in self.taken)
        self.taken.update(members)
        found = Booking(slot=slot, ordinal=ordinal, clients=tuple(members), is_series=True, lead_days=28)
        return found if members else None

    def _single(
        self, chance: Chance, slot: Slot, ordinal: int, regular: set[int], *, odds: float
    ) -> Booking | None:
        if slot.place.kind not in SINGLES or not chance.odds(odds):
            return None
        lanes, week = self.of_provider[slot.post.provider.pk], (ordinal - 1) // 7
        for _ in range(min(4, len(lanes))):
            spell = chance.choice(lanes).around(week)
            if spell and self._is_free(spell, regular):
                lead = 1 + int(chance.expovariate(1 / 9))
                return self._of(slot, ordinal, spell.clients, lead_days=lead)
        return None

    def _is_free(self, spell: Spell, regular: set[int]) -> bool:
        return self.taken.isdisjoint(spell.clients) and regular.isdisjoint(spell.clients)

    def _held(self, chance: Chance, slot: Slot, ordinal: int, *, odds: float) -> Booking | None:
        if slot.place.kind not in SINGLES or not chance.odds(odds):
            return None
        return Booking(slot=slot, ordinal=ordinal, clients=(), lead_days=0, held=True)
