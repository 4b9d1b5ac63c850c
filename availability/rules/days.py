"""A provider's day in words: what is open, and why the rest of it is not."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from availability.rules.expansion import (
    Calendar,
    Capped,
    OpenSpan,
    Planned,
    absences,
    capped_of,
    closure_of,
    merged_open,
    open_by_place,
    open_spans,
)
from core import intervals
from core.intervals import Span

NOT_IN, BREAK, TIME_OFF = "Not in", "Break", "Time off"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedSpan:
    start: int
    end: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DayHours:
    """A whole local day of the practice: `open` and `closed` cover it without gap, each sorted by start.

    outside: when the provider is busy elsewhere; it closes nothing.
    """

    open: tuple[OpenSpan, ...]
    closed: tuple[ClosedSpan, ...]
    outside: tuple[Span, ...] = ()
    capped: tuple[Capped, ...] = ()


def day_hours(calendar: Calendar, hours: list[Planned], on: dt.date, day: Span) -> DayHours:
    """`day`: the practice's local day, `hours`: planned for it and its neighbours (zones differ)."""
    places = open_by_place(calendar, hours)
    left = intervals.subtract([day], merged_open(places, day))
    closed: list[ClosedSpan] = []
    for span, reason in _reasons(calendar, hours, on, day):
        taken = intervals.intersect(left, [span])
        left = intervals.subtract(left, taken)
        closed += [ClosedSpan(start=start, end=end, reason=reason) for start, end in taken]
    away = intervals.clip(intervals.merge(calendar.outside), *day)
    return DayHours(
        open=open_spans(places, day),
        closed=_joined(closed),
        outside=tuple(away),
        capped=capped_of(hours, day),
    )


def _reasons(calendar: Calendar, hours: list[Planned], on: dt.date, day: Span) -> Iterator[tuple[Span, str]]:
    """What is said of time that is not open: the first that covers it speaks."""
    yield from _closures(calendar, hours, on, day)
    for span in calendar.off:
        yield span, TIME_OFF
    for absence, span in absences(calendar):
        yield span, absence.reason or NOT_IN
    for earlier, later in pairwise(hours):
        if earlier.on == later.on and earlier.end < later.start:
            yield (earlier.end, later.start), BREAK
    yield day, NOT_IN


def _closures(calendar: Calendar, hours: list[Planned], on: dt.date, day: Span) -> Iterator[tuple[Span, str]]:
    for closed in calendar.closures:
        if closed.location_id is None and closed.first_on <= on <= closed.last_on:
            yield day, closed.reason
    for one in hours:
        if closure := closure_of(one, calendar.closures):
            yield (one.start, one.end), closure.reason


def _joined(spans: list[ClosedSpan]) -> tuple[ClosedSpan, ...]:
    """Sorted, and neighbours that say the same made one."""
    joined: list[ClosedSpan] = []
    for span in sorted(spans, key=lambda s: s.start):
        if joined and joined[-1].end == span.start and joined[-1].reason == span.reason:
            joined[-1] = ClosedSpan(start=joined[-1].start, end=span.end, reason=span.reason)
        else:
            joined.append(span)
    return tuple(joined)
