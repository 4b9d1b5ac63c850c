"""The columns of a day: a provider's closed time, tiles in lanes, and the margins around them."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from availability.rules.days import DayHours
from core.intervals import Span, intersect, merge
from practice.models import Provider
from scheduling.queries.tiles import Tile
from scheduling.rules.grid import MIN_ROWS, Box, box, closed_parts, in_lanes, load
from scheduling.rules.localday import LocalDay
from scheduling.states import BLOCKING, Status


@dataclass(frozen=True, slots=True)
class Placed:
    """A tile, or the margin of one, in a column. A twin is the second of a visit with two providers."""

    tile: Tile
    box: Box
    is_twin: bool = False


@dataclass(frozen=True, slots=True)
class ClosedPart:
    box: Box
    reason: str


OUTSIDE = "outside calendar"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """`location`: where the provider's hours begin that day."""

    provider: Provider
    location: int | None
    closed: Sequence[ClosedPart]
    outside: Sequence[ClosedPart]
    margins: Sequence[Placed]
    tiles: Sequence[Placed]

    @property
    def count(self) -> int:
        return sum(placed.tile.status != Status.CANCELLED for placed in self.tiles)


@dataclass(frozen=True, slots=True)
class Hours:
    """Local minutes. open: (start, end, location id); closed: (start, end, reason); outside: busy elsewhere."""

    open: Sequence[tuple[int, int, int | None]]
    closed: Sequence[tuple[int, int, str]]
    outside: Sequence[Span] = ()

    @classmethod
    def of(cls, hours: DayHours, day: LocalDay) -> Hours:
        return cls(
            [(*day.wall_span(s.start, s.end), s.location_id) for s in hours.open],
            [(*day.wall_span(s.start, s.end), s.reason) for s in hours.closed],
            [day.wall_span(start, end) for start, end in hours.outside],
        )

    @property
    def spans(self) -> list[Span]:
        return [(start, end) for start, end, _ in self.open]

    def is_at(self, location: int) -> bool:
        """Hours without a place are kept anywhere."""
        return any(place in (location, None) for *_, place in self.open)


@dataclass(frozen=True, slots=True)
class Frame:
    """What all columns share. `location`: the one asked for; `places`: names of all by id."""

    minutes: Span
    location: int | None
    places: Mapping[int, str]


def by_provider(tiles: Iterable[Tile]) -> dict[int, list[Tile]]:
    """A visit with two providers is in both lists."""
    found: dict[int, list[Tile]] = defaultdict(list)
    for tile in tiles:
        for pk in tile.visit.people:
            found[pk].append(tile)
    return found


def column_of(provider: Provider, hours: Hours, tiles: Sequence[Tile], frame: Frame) -> Column:
    """tiles: this provider's own."""
    placed = _placed(provider, tiles, frame.minutes)
    return Column(
        provider=provider,
        location=hours.open[0][2] if hours.open else None,
        closed=_closed(hours, frame),
        outside=_outside(hours, frame),
        margins=[margin for one in placed for margin in _margins(one, frame.minutes)],
        tiles=placed,
    )


def _placed(provider: Provider, tiles: Sequence[Tile], minutes: Span) -> list[Placed]:
    found = ((tile, box(tile.span, minutes, least=MIN_ROWS)) for tile in tiles)
    there = [(tile, at) for tile, at in found if at is not None]
    boxes = in_lanes([at for _, at in there])
    return [
        Placed(tile, at, tile.visit.provider_id != provider.pk)
        for (tile, _), at in zip(there, boxes, strict=True)
    ]


def _margins(placed: Placed, minutes: Span) -> list[Placed]:
    """The hatch before and after a tile: its buffers, in its lane."""
    visit, (start, end) = placed.tile.visit, placed.tile.span
    if visit.state not in BLOCKING:
        return []
    spans = [(start - visit.buffer_before_minutes, start), (end, end + visit.buffer_after_minutes)]
    boxes = [box(span, minutes) for span in spans]
    return [replace(placed, box=replace(placed.box, at=b.at, rows=b.rows)) for b in boxes if b is not None]


def _closed(hours: Hours, frame: Frame) -> list[ClosedPart]:
    """With one location asked for, time kept at another is closed here and says where the provider is."""
    here = [(s, e) for s, e, place in hours.open if frame.location is None or place in (frame.location, None)]
    away = [
        (s, e, f"At {frame.places.get(place, 'another office')}")
        for s, e, place in hours.open
        if place is not None and frame.location not in (None, place)
    ]
    parts = closed_parts(here, frame.minutes, [*hours.closed, *away])
    found = ((box((start, end), frame.minutes), reason) for start, end, reason in parts)
    return [ClosedPart(at, reason) for at, reason in found if at is not None]


def _outside(hours: Hours, frame: Frame) -> list[ClosedPart]:
    """Only where one is in: elsewhere the time is closed anyway."""
    spans = intersect(merge(hours.outside), merge(hours.spans))
    boxes = [box(span, frame.minutes) for span in spans]
    return [ClosedPart(at, OUTSIDE) for at in boxes if at is not None]


class Spanned(Protocol):
    """A visit as far as its time counts."""

    @property
    def state(self) -> str: ...
    @property
    def starts_at(self) -> dt.datetime: ...
    @property
    def ends_at(self) -> dt.datetime: ...


def load_of(hours: Hours, own: Iterable[Spanned], day: LocalDay) -> int | None:
    return load([day.span(v.starts_at, v.ends_at) for v in own if v.state in BLOCKING], hours.spans)
