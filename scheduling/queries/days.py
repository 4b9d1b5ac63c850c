"""One day of the calendar, whole: columns, tiles, closed time, and the counts beside them.

Ten queries, whatever the number of providers and visits (eleven for a provider: who is supervised; one more where
something is held: by whom).
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import starmap
from typing import NamedTuple

from django.db.models import Model, Q

from availability.queries import day_hours
from core.actors import Actor
from core.intervals import Span
from core.walltime import local_date
from practice.models import Location, Practice, Provider, Room
from scheduling.models import Appointment, AppointmentType, Attendance
from scheduling.queries.authorizations import low_among
from scheduling.queries.columns import Column, Frame, Hours, by_provider, column_of, load_of
from scheduling.queries.holders import holders_of
from scheduling.queries.tiles import Tile, Viewing, tile_of
from scheduling.queries.versions import day_version
from scheduling.querysets import AppointmentQuerySet
from scheduling.rules import words
from scheduling.rules.addresses import NEEDS, Shown
from scheduling.rules.grid import STEP, Box, box, shown_minutes
from scheduling.rules.localday import LocalDay
from scheduling.states import AppointmentState, Category

# More columns than this are shown only when chosen.
MOST_COLUMNS = 12
# A hundred visits and their clients are read for a page: only what a tile says.
NOT_ON_A_TILE = (
    "blocked",
    "room_span",
    "overrides",
    "note",
    "record_number",
    "rate",
    "billing_mode",
    "bundle",
    "started_at",
    "completed_at",
    "cancel_reason",
    "cancel_text",
    "cancelled_at",
    "cancelled_by_kind",
    "cancelled_by_id",
)
ON_A_TILE = (
    "appointment_id",
    "state",
    "confirmed_at",
    "contact_state",
    "authorization_id",
    "client__first_name",
    "client__last_name",
    "client__preferred_name",
)
NEED_WORDS = {
    "unconfirmed": "Not confirmed",
    "failed": "Messages not delivered",
    "outcome": "Without outcome",
}


@dataclass(frozen=True, slots=True)
class Listed:
    """A provider in the rail. `load`: whole percent, None without hours that day."""

    provider: Provider
    is_shown: bool
    load: int | None


@dataclass(frozen=True, slots=True)
class Need:
    name: str
    label: str
    count: int


@dataclass(frozen=True, slots=True)
class Hour:
    box: Box
    figure: str
    half: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DaySheet:
    """`minutes`: the local minutes shown, whole hours. `now_minute`: None on other days than today.

    `snap`: the minutes new visits start on.
    """

    shown: Shown
    today: dt.date
    zone: str
    h24: bool
    snap: int
    version: str
    minutes: Span
    now_minute: int | None
    columns: Sequence[Column]
    listed: Sequence[Listed]
    locations: Sequence[Location]
    needs: Sequence[Need]
    legend: Sequence[tuple[str, str]]

    @property
    def whole(self) -> Box:
        return Box(0, (self.minutes[1] - self.minutes[0]) // STEP)

    @property
    def hours(self) -> list[Hour]:
        starts = range(*self.minutes, 60)
        at = ((m - self.minutes[0]) // STEP for m in starts)
        return [
            Hour(Box(n, 60 // STEP), *words.hour(m, h24=self.h24)) for n, m in zip(at, starts, strict=True)
        ]

    @property
    def now_box(self) -> Box | None:
        return None if self.now_minute is None else box((self.now_minute, self.now_minute + 1), self.minutes)

    @property
    def now_words(self) -> str:
        return words.clock(self.now_minute or 0, h24=self.h24, suffix=False)

    @property
    def is_anybody_in(self) -> bool:
        return any(row.load is not None for row in self.listed if row.is_shown)

    @property
    def has_tiles(self) -> bool:
        return any(column.tiles for column in self.columns)


def day_sheet(shown: Shown, *, by: Actor, practice: Practice, now: dt.datetime) -> DaySheet:
    """The version is read first: what changes while the rest is read will be noticed by the next poll."""
    day = LocalDay(shown.on, practice.tz)
    version = day_version(shown.on, by=by, providers=shown.providers, now=now)
    facts = _load(shown, day, by, now)
    picked = _picked(shown, by, facts)
    tiles = _tiles(facts, picked, Viewing(by=by, now=now, day=day, h24=practice.clock_24h, need=shown.need))
    minutes = _minutes(practice, [facts.hours[p.pk] for p in picked], tiles)
    frame = Frame(minutes, shown.location, {place.pk: place.name for place in facts.locations})
    today, own = now.astimezone(practice.tz).date(), by_provider(tiles)
    return DaySheet(
        shown=shown,
        today=today,
        zone=practice.zone,
        h24=practice.clock_24h,
        snap=practice.grid_minutes,
        version=version,
        minutes=minutes,
        now_minute=day.minute(now) if today == shown.on else None,
        columns=[column_of(p, facts.hours[p.pk], own.get(p.pk, ()), frame) for p in picked],
        listed=[
            Listed(p, p in picked, load_of(facts.hours[p.pk], facts.standing.get(p.pk, ()), day))
            for p in facts.providers
        ],
        locations=[place for place in facts.locations if place.is_active],
        needs=_needs(tiles),
        legend=_legend(tiles),
    )


class Standing(NamedTuple):
    """A visit of anybody one may see, as far as the rail and the choice of columns need it."""

    public_id: uuid.UUID
    provider_id: int | None
    co_provider_id: int | None
    location_id: int | None
    state: str
    starts_at: dt.datetime
    ends_at: dt.datetime


@dataclass(frozen=True, slots=True)
class _Facts:
    """Of all providers one may see; visits themselves are read later, for the shown ones."""

    providers: Sequence[Provider]
    hours: Mapping[int, Hours]
    standing: Mapping[int, Sequence[Standing]]
    visits: AppointmentQuerySet
    locations: Sequence[Location]


def _load(shown: Shown, day: LocalDay, by: Actor, now: dt.datetime) -> _Facts:
    start, end = day.bounds
    visits = Appointment.objects.visible_to(by).between(start, end).without_expired_holds(now)
    kept = visits.exclude(state=AppointmentState.RELEASED) if shown.cancelled else visits.shown()
    standing: dict[int, list[Standing]] = defaultdict(list)
    for row in starmap(Standing, kept.order_by("starts_at", "id").values_list(*Standing._fields)):
        for pk in filter(None, {row.provider_id, row.co_provider_id}):
            standing[pk].append(row)
    # those at work here, and those who left but had visits that day
    here = Q(is_active=True) | Q(pk__in=[*standing])
    providers = list(Provider.objects.visible_to(by).filter(here))
    ids = [p.pk for p in providers]
    hours = {pk: Hours.of(each, day) for pk, each in day_hours(ids, shown.on, own=day.zone).items()}
    return _Facts(providers, hours, standing, kept, list(Location.objects.all()))


def _picked(shown: Shown, by: Actor, facts: _Facts) -> list[Provider]:
    """Who has a column: the chosen ones, else those at the location, of many the first dozen and the open visit's."""
    chosen = [p for p in facts.providers if p.public_id in shown.providers]
    if shown.location is not None and len(chosen) == len(facts.providers):
        chosen = []  # everybody is no choice: a form without JavaScript posts every box
    found = chosen or [p for p in facts.providers if _is_at(p, shown.location, facts)]
    found = found or list(facts.providers)
    if shown.view == "day":
        own = [p for p in found if p.pk == by.provider_id]
        return (chosen or own or [p for p in found if facts.hours[p.pk].open] or found)[:1]
    if chosen or len(found) <= MOST_COLUMNS:
        return found
    return [p for n, p in enumerate(found) if n < MOST_COLUMNS or _has(p, shown.visit, facts)]


def _has(provider: Provider, visit: uuid.UUID | None, facts: _Facts) -> bool:
    return any(row.public_id == visit for row in facts.standing.get(provider.pk, ()))


def _is_at(provider: Provider, location: int | None, facts: _Facts) -> bool:
    if location is None or facts.hours[provider.pk].is_at(location):
        return True
    return any(row.location_id == location for row in facts.standing.get(provider.pk, ()))


def _tiles(facts: _Facts, picked: Sequence[Provider], viewing: Viewing) -> list[Tile]:
    """Types, rooms, locations and providers are few and shared: read once, not once a visit."""
    visits = list(
        facts.visits.for_providers(p.pk for p in picked).order_by("starts_at", "id").defer(*NOT_ON_A_TILE)
    )
    shared: dict[str, Mapping[int, Model]] = {
        "type": AppointmentType.objects.in_bulk({v.type_id for v in visits}),
        "room": Room.objects.in_bulk({v.room_id for v in visits if v.room_id}),
        "location": {place.pk: place for place in facts.locations},
    }
    shared["provider"] = shared["co_provider"] = {p.pk: p for p in facts.providers}
    for visit in visits:
        for name, rows in shared.items():
            pk = getattr(visit, f"{name}_id")
            if pk in rows:
                setattr(visit, name, rows[pk])
    people = _people(visits)
    permits = {p.authorization_id for each in people.values() for p in each if p.authorization_id}
    viewing = replace(
        viewing,
        holders=holders_of([v.pk for v in visits if v.state == AppointmentState.HELD]),
        low=low_among(permits, local_date(viewing.now, viewing.day.zone)),
    )
    return [tile_of(visit, people[visit.pk], viewing) for visit in visits]


def _people(visits: Sequence[Appointment]) -> Mapping[int, list[Attendance]]:
    """By visit. A prefetch would make a manager and two querysets for each of a hundred visits."""
    found: dict[int, list[Attendance]] = defaultdict(list)
    rows = Attendance.objects.filter(appointment__in=[visit.pk for visit in visits])
    for row in rows.select_related("client").only(*ON_A_TILE).order_by("pk"):
        found[row.appointment_id].append(row)
    return found


def _minutes(practice: Practice, hours: Sequence[Hours], tiles: Sequence[Tile]) -> Span:
    spans = [span for each in hours for span in each.spans] + [tile.span for tile in tiles]
    opens, closes = practice.opens_at, practice.closes_at
    return shown_minutes(opens.hour * 60 + opens.minute, closes.hour * 60 + closes.minute, spans)


def _needs(tiles: Sequence[Tile]) -> list[Need]:
    counts = Counter(name for tile in tiles for name in tile.needs)
    return [Need(name, NEED_WORDS[name], counts[name]) for name in NEEDS]


def _legend(tiles: Sequence[Tile]) -> list[tuple[str, str]]:
    """(hue, names of its types): of those on the page, as a legend explains what one sees."""
    types = {t.visit.type for t in tiles}
    kinds = sorted((Category.values.index(t.category), t.name, t.hue) for t in types)
    hues: dict[str, list[str]] = {}
    for _, name, hue in kinds:
        hues.setdefault(hue, []).append(name)
    return [(hue, ", ".join(names)) for hue, names in hues.items()]
