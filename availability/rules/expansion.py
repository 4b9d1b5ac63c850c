"""Weekly hours, dated exceptions and closures, expanded per date into spans of epoch minutes (UTC)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import NamedTuple, TypeAlias
from zoneinfo import ZoneInfo

from availability.states import ExceptionKind
from core import intervals
from core.intervals import Span
from core.walltime import ONE_DAY, wall_minutes

# A TimeField cannot say 24:00, so an end of 23:59 means midnight.
LAST_MINUTE = dt.time(23, 59)


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Hours of every week, or every second one counted from the week (Monday on) `from_on` lies in.

    until_on: the last day it holds. id: the row, for rules that name it.
    """

    weekday: int
    starts_at: dt.time
    ends_at: dt.time
    zone: ZoneInfo
    from_on: dt.date
    until_on: dt.date | None = None
    every_weeks: int = 1
    location_id: int | None = None
    telehealth_ok: bool = True
    max_visits: int | None = None
    id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Dated:
    """One date that differs. An absence with a location takes only the hours kept there."""

    on: dt.date
    kind: str
    starts_at: dt.time
    ends_at: dt.time
    zone: ZoneInfo
    location_id: int | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """Whole local days, both ends included, at one location or (None) everywhere."""

    first_on: dt.date
    last_on: dt.date
    reason: str
    location_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenSpan:
    start: int
    end: int
    location_id: int | None
    telehealth_ok: bool = True


class Planned(NamedTuple):
    """Hours of one date before anything is taken from them. A tuple, since they come by the thousand."""

    start: int
    end: int
    on: dt.date
    location_id: int | None
    telehealth_ok: bool
    max_visits: int | None = None


class Capped(NamedTuple):
    """Hours in which no more than `most` visits may begin; they stay whole where part of them is taken away."""

    start: int
    end: int
    most: int


@dataclass(frozen=True, slots=True)
class Calendar:
    """One provider's rows, as far as they touch the dates asked for."""

    blocks: Sequence[Block] = ()
    dated: Sequence[Dated] = ()
    closures: Sequence[Closed] = ()
    outside: Sequence[Span] = ()  # busy elsewhere, by an outside calendar
    off: Sequence[Span] = ()  # granted time off


Place: TypeAlias = tuple[int | None, bool]


def wall_span(on: dt.date, starts_at: dt.time, ends_at: dt.time, zone: ZoneInfo) -> Span:
    """May be empty or reversed on a night the clocks skip; `intervals.merge` drops it."""
    start = wall_minutes(on, starts_at, zone)
    if ends_at >= LAST_MINUTE:
        return start, wall_minutes(on + ONE_DAY, dt.time(), zone)
    return start, wall_minutes(on, ends_at, zone)


def monday_of(on: dt.date) -> dt.date:
    return on - dt.timedelta(days=on.weekday())


def dates_of(block: Block, first: dt.date, last: dt.date) -> Iterator[dt.date]:
    """The dates a block holds on, from `first` to `last`, both included."""
    step = dt.timedelta(weeks=block.every_weeks)
    on = monday_of(block.from_on) + dt.timedelta(days=block.weekday)
    earliest = max(first, block.from_on)
    if on < earliest:
        on += step * -((on - earliest) // step)
    end = last if block.until_on is None else min(last, block.until_on)
    while on <= end:
        yield on
        on += step


def in_turn(on: dt.date, counts_from_on: dt.date, every_weeks: int) -> dt.date:
    """`on`, or the Monday of the next week that is one of the block's, counted from the week of `counts_from_on`."""
    weeks = (monday_of(on) - monday_of(counts_from_on)).days // 7
    wait = -weeks % every_weeks
    return monday_of(on) + dt.timedelta(weeks=wait) if wait else on


def planned(calendar: Calendar, first: dt.date, last: dt.date) -> list[Planned]:
    """Weekly hours, or the other hours of the date, and extra hours (each in its own zone), sorted by start."""
    instead = {d.on for d in calendar.dated if d.kind == ExceptionKind.INSTEAD}
    hours = [
        Planned(
            *wall_span(on, b.starts_at, b.ends_at, b.zone), on, b.location_id, b.telehealth_ok, b.max_visits
        )
        for b in calendar.blocks
        for on in dates_of(b, first, last)
        if on not in instead
    ]
    hours += [
        Planned(*wall_span(d.on, d.starts_at, d.ends_at, d.zone), d.on, d.location_id, telehealth_ok=True)
        for d in calendar.dated
        if d.kind != ExceptionKind.ABSENT and first <= d.on <= last
    ]
    return sorted((h for h in hours if h.start < h.end), key=itemgetter(0, 1))


def closure_of(hours: Planned, closures: Sequence[Closed]) -> Closed | None:
    """A closure counts on the date the hours are kept, in their own zone. Practice-wide ones speak first."""
    if not closures:
        return None
    covering = [c for c in closures if c.first_on <= hours.on <= c.last_on]
    everywhere = next((c for c in covering if c.location_id is None), None)
    return everywhere or next(
        (c for c in covering if c.location_id == hours.location_id and hours.location_id), None
    )


def absences(calendar: Calendar) -> list[tuple[Dated, Span]]:
    return [
        (d, wall_span(d.on, d.starts_at, d.ends_at, d.zone))
        for d in calendar.dated
        if d.kind == ExceptionKind.ABSENT
    ]


def open_by_place(calendar: Calendar, hours: Iterable[Planned]) -> dict[Place, list[Span]]:
    """What is really open, merged for each (location, telehealth)."""
    standing: dict[Place, list[Span]] = {}
    for one in hours:
        if closure_of(one, calendar.closures) is None:
            standing.setdefault((one.location_id, one.telehealth_ok), []).append((one.start, one.end))
    away = absences(calendar)
    return {
        place: intervals.subtract(
            intervals.merge(spans),
            intervals.merge(
                [*(span for d, span in away if d.location_id in (None, place[0])), *calendar.off]
            ),
        )
        for place, spans in standing.items()
    }


def open_spans(places: dict[Place, list[Span]], within: Span) -> tuple[OpenSpan, ...]:
    """Inside `within`, sorted by start."""
    found = [
        OpenSpan(start=start, end=end, location_id=location_id, telehealth_ok=telehealth_ok)
        for (location_id, telehealth_ok), spans in places.items()
        for start, end in intervals.clip(spans, *within)
    ]
    return tuple(sorted(found, key=lambda s: (s.start, s.end, s.location_id or 0)))


def capped_of(hours: Iterable[Planned], within: Span) -> tuple[Capped, ...]:
    """Whole, if any of it lies in `within`."""
    return tuple(
        Capped(one.start, one.end, one.max_visits)
        for one in hours
        if one.max_visits is not None and one.start < within[1] and one.end > within[0]
    )


def merged_open(places: dict[Place, list[Span]], within: Span) -> list[Span]:
    if len(places) == 1:
        return intervals.clip(next(iter(places.values())), *within)
    return intervals.clip(intervals.merge(s for spans in places.values() for s in spans), *within)
