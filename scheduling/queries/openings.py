"""Openings: when could this visit be, and with whom. A constant number of queries, whatever the history.

Times are epoch minutes (UTC) from the first row to the answer: rows come as integers, and no opening is an object.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import merge as in_order
from itertools import islice
from typing import Any, NamedTuple

from django.db import connection

from availability.queries import kept_hours
from availability.rules.expansion import OpenSpan
from core.actors import Actor
from core.intervals import Span, Spans, intersect, merge, subtract
from core.walltime import ONE_DAY, day_bounds, from_epoch_minutes, wall_minutes
from practice.models import Practice
from practice.querysets import providers_seen_by
from practice.states import Modality
from scheduling.queries.care import about_clients, casefolded
from scheduling.queries.loads import NO_CAPS, Caps, full_days
from scheduling.queries.opening_limits import (
    Sessions,
    allowed_from,
    barred,
    full_blocks,
    paid_days,
    sessions_of,
)
from scheduling.queries.rooms import RoomTimes, by_place, fit_rooms, rooms_taken
from scheduling.rules.facts import Giver
from scheduling.rules.openings import Shape, on_grid, starts, without
from scheduling.states import BLOCKING, AppointmentState, Category, Source

REACH = 24 * 60  # minutes: no visit with its margins reaches further


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What is looked for, on the practice's local days `first` to `last`, both included.

    providers: public ids; none for anybody who offers the type. minutes: None for the type's own, or the provider's.
    weekdays: 0 Monday; empty for any. from_time, until_time: the wall clock the session must lie between.
    instead_of: the visit that would move there; the session it keeps of an authorization is its own.
    source: who will book it; for clients themselves notice and horizon of online booking hold.
    room_id: that room; any_room: any fitting one, at the location or wherever the provider is. Neither: no room.
    """

    type_id: int
    first: dt.date
    last: dt.date
    providers: tuple[uuid.UUID, ...] = ()
    minutes: int | None = None
    client_ids: tuple[int, ...] = ()
    location_id: int | None = None
    room_id: int | None = None
    any_room: bool = False
    modality: str = ""
    weekdays: frozenset[int] = frozenset()
    from_time: dt.time = dt.time.min
    until_time: dt.time | None = None
    insurance: str = ""
    language: str = ""
    specialty: str = ""
    gender: str = ""
    source: str = Source.STAFF
    instead_of: int | None = None

    @property
    def days(self) -> list[dt.date]:
        return [self.first + ONE_DAY * n for n in range((self.last - self.first).days + 1)]


class Candidate(NamedTuple):
    """A provider who offers the type, with what the search needs to know of both."""

    id: int
    public_id: uuid.UUID
    name: str
    shape: Shape
    caps: Caps
    giver: Giver
    needs_permit: bool
    is_online: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Openings:
    """`minutes`: per provider id the epoch minutes a visit may begin at, ascending. Every candidate has an entry.

    barred: who cannot have this visit at any time, by the words of `opening_limits`. paid: the days it is paid for.
    """

    candidates: Sequence[Candidate]
    minutes: Mapping[int, list[int]]
    barred: Mapping[int, str] = field(default_factory=dict)
    paid: Sequence[dt.date] = ()

    @property
    def count(self) -> int:
        return sum(map(len, self.minutes.values()))

    def soonest(self, limit: int) -> list[tuple[int, int]]:
        """(minute, provider id), soonest first."""
        return list(islice(self.in_order(), limit))

    def in_order(self) -> Iterator[tuple[int, int]]:
        each = ([(minute, pk) for minute in found] for pk, found in self.minutes.items())
        return in_order(*each)


def find_openings(search: Search, *, by: Actor, practice: Practice, now: dt.datetime) -> Openings:
    """Every start on the practice's grid from `now` on that `book` takes without an override.

    Providers out of the actor's sight are not searched. Holds past their deadline are not in the way.
    """
    candidates = _candidates(search, by)
    if not candidates:
        return Openings(candidates=[], minutes={})
    ids, zone = [one.id for one in candidates], practice.tz
    hours = kept_hours(ids, search.first, search.last, own=zone)
    within = (day_bounds(search.first, zone)[0], day_bounds(search.last, zone)[1])
    busy = busy_minutes(ids, within, now)
    full = full_days(
        [(one.id, one.caps) for one in candidates],
        type_id=search.type_id,
        first=search.first,
        last=search.last,
        practice=practice,
        now=now,
    )
    moving = [search.instead_of] if search.instead_of else []
    care = about_clients(search.client_ids, with_permits=candidates[0].needs_permit, ignoring=moving)
    sessions = sessions_of(search, care, _standing(within, now), practice)
    out, paid = barred(candidates, search, care), paid_days(search, care, candidates)
    is_visit = candidates[0].caps is not NO_CAPS  # they share one type, and desk work counts against nothing
    blocks = full_blocks(hours, now) if is_visit else {}
    midnights = [day_bounds(day, zone)[0] for day in search.days] + [within[1]]
    places = _Places(search, within, now, sessions)
    wishes: dict[int, list[Span]] = {}  # by length: most share one
    found: dict[int, list[int]] = {}
    for one in candidates:
        if one.id in out:
            found[one.id] = []
            continue
        length = one.shape.minutes
        if length not in wishes:
            wishes[length] = _wished(search, practice, length, paid, now)
        possible = intersect(
            places.starts(hours[one.id].open, merge(busy[one.id]), one.shape), wishes[length]
        )
        possible = subtract(subtract(possible, full.get(one.id, ())), blocks.get(one.id, ()))
        if sessions.own:
            possible = without(possible, sessions.own, one.shape)
        found[one.id] = on_grid(possible, midnights, practice.grid_minutes)
    return Openings(candidates=candidates, minutes=found, barred=out, paid=paid)


# By hand: building this query by the ORM takes longer than everything else a search does.
_CANDIDATES = """
SELECT o.provider_id, p.public_id, p.title, p.first_name, p.last_name,
       coalesce(o.duration_minutes, t.duration_minutes), t.buffer_before_minutes, t.buffer_after_minutes, t.category,
       p.max_per_day, p.max_per_week, t.max_per_day_provider, t.max_per_day_practice,
       p.licensed_regions, t.requires_supervisor AND p.supervision_required
           AND NOT EXISTS (SELECT 1 FROM practice_provider s WHERE s.id = p.supervisor_id AND s.is_active),
       t.requires_authorization, t.online_booking
  FROM scheduling_typeoffer o
  JOIN scheduling_appointmenttype t ON t.id = o.type_id JOIN practice_provider p ON p.id = o.provider_id
 WHERE {}
 ORDER BY p.last_name, p.first_name, p.id
"""
_WISHED = {
    "providers": "p.public_id = ANY(%(providers)s)",
    "insurance": "%(insurance)s = ANY(p.insurances)",
    "language": "%(language)s = ANY(p.languages)",
    "specialty": "%(specialty)s = ANY(p.specialties)",
    "gender": "upper(p.gender) = upper(%(gender)s)",
    "modality": "%(modality)s = ANY(t.modalities)",
}


def _candidates(search: Search, by: Actor) -> list[Candidate]:
    """Those who offer the type and fit the wishes, by name. One query."""
    asked = {name: value for name in _WISHED if (value := getattr(search, name))}
    conditions = ["o.type_id = %(type)s", "t.is_active", "p.is_active", *(_WISHED[name] for name in asked)]
    values: dict[str, Any] = {"type": search.type_id, **asked}
    if "providers" in asked:
        values["providers"] = list(search.providers)
    if (seen := providers_seen_by(by)) is not None:
        conditions.append("p.id = ANY(%(seen)s::bigint[])")
        values["seen"] = list(seen)
    with connection.cursor() as cursor:
        cursor.execute(_CANDIDATES.format(" AND ".join(conditions)), values)  # our own words only
        return [_candidate(row, search) for row in cursor.fetchall()]


def _candidate(row: tuple, search: Search) -> Candidate:
    pk, public_id, title, first, last, minutes, before, after, category, *rest = row
    caps, (regions, is_unsupervised, needs_permit, is_online) = rest[:4], rest[4:]
    name = " ".join(part for part in (title, first, last) if part)
    shape = Shape(minutes=search.minutes or minutes, before=before, after=after)
    giver = Giver(id=pk, licensed_regions=casefolded(regions), is_unsupervised=is_unsupervised)
    most = NO_CAPS if category == Category.ADMINISTRATIVE else Caps(*caps)
    return Candidate(pk, public_id, name, shape, most, giver, needs_permit, is_online)


_BUSY = """
SELECT {who}, floor(date_part('epoch', lower(blocked)) / 60)::bigint,
       ceil(date_part('epoch', upper(blocked)) / 60)::bigint
  FROM scheduling_appointment
 WHERE {who} = ANY(%(ids)s) AND starts_at > %(since)s AND starts_at < %(until)s AND state = ANY(%(blocking)s)
   AND (state <> %(held)s OR hold_until >= %(now)s)
"""
_EITHER = _BUSY.format(who="provider_id") + "UNION ALL" + _BUSY.format(who="co_provider_id")


def busy_minutes(ids: Sequence[int], within: Span, now: dt.datetime) -> dict[int, list[Span]]:
    """What blocks each provider, margins included. An index range on (provider, start) per provider."""
    found: dict[int, list[Span]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(_EITHER, {"ids": list(ids), **_standing(within, now)})
        for pk, start, end in cursor.fetchall():
            found[pk].append((start, end))
    return found


def _standing(within: Span, now: dt.datetime) -> dict:
    since, until = _reach(within)
    return {
        "since": since,
        "until": until,
        "blocking": list(BLOCKING),
        "held": AppointmentState.HELD,
        "now": now,
    }


def _reach(within: Span) -> tuple[dt.datetime, dt.datetime]:
    return from_epoch_minutes(within[0] - REACH), from_epoch_minutes(within[1] + REACH)


class _Places:
    """Where a session may lie: in the hours, at the wished place, and where asked for with a room there."""

    def __init__(self, search: Search, within: Span, now: dt.datetime, sessions: Sessions) -> None:
        self.sessions = sessions
        self.location_id, self.is_telehealth = search.location_id, search.modality == Modality.TELEHEALTH
        self.comes_in = search.modality in ("", Modality.IN_PERSON)
        self.rooms = _room_times(search, within, now) if search.room_id or search.any_room else None
        self.free: dict[int, Mapping[int, Spans]] = {}  # by length, as above

    def starts(self, hours: Sequence[OpenSpan], busy: Spans, shape: Shape) -> Spans:
        if self.rooms is None:
            return self._unmet(
                starts(self._inside(hours, self.location_id), busy, shape), self.location_id, shape
            )
        if shape.minutes not in self.free:
            self.free[shape.minutes] = self.rooms.free_starts(shape)
        return merge(
            span
            for place, free in self.free[shape.minutes].items()
            for span in self._unmet(
                intersect(starts(self._inside(hours, place), busy, shape), free), place, shape
            )
        )

    def _unmet(self, possible: Spans, location_id: int | None, shape: Shape) -> Spans:
        """Less the starts at which the client would meet somebody they are kept apart from."""
        if not self.comes_in or not self.sessions.apart:
            return possible
        return without(possible, self.sessions.at_place(location_id), shape)

    def _inside(self, hours: Sequence[OpenSpan], location_id: int | None) -> Spans:
        """Who comes to a location may not touch hours kept at another one, nor by video those kept for a visit."""
        every = merge((span.start, span.end) for span in hours)
        if location_id is not None and self.comes_in:
            every = subtract(
                every, merge((s.start, s.end) for s in hours if s.location_id not in (None, location_id))
            )
        if self.is_telehealth:
            every = subtract(every, merge((s.start, s.end) for s in hours if not s.telehealth_ok))
        return every


def _room_times(search: Search, within: Span, now: dt.datetime) -> RoomTimes:
    rooms = fit_rooms(
        type_id=search.type_id,
        heads=len(search.client_ids) + 1,
        client_ids=search.client_ids,
        location_id=search.location_id,
        room_id=search.room_id,
    )
    since, until = _reach(within)
    return RoomTimes(by_place=by_place(rooms), taken=rooms_taken(rooms, since, until, now=now), within=within)


def _wished(
    search: Search, practice: Practice, length: int, days: Sequence[dt.date], now: dt.datetime
) -> list[Span]:
    """The starts the searcher asked for: from now on, on these weekdays, inside these hours of the wall clock."""
    zone = practice.tz
    soonest, latest = allowed_from(search, practice, now)
    spans = []
    for day in days:
        if search.weekdays and day.weekday() not in search.weekdays:
            continue
        start, end = day_bounds(day, zone)
        if search.from_time > dt.time.min:
            start = wall_minutes(day, search.from_time, zone)
        if search.until_time is not None:
            end = wall_minutes(day, search.until_time, zone) - length + 1
        spans.append((max(start, soonest), min(end, latest)))
    return merge(spans)
