"""A month of one provider day by day: what is open, and which dates differ from the week."""

from __future__ import annotations

import calendar
import datetime as dt
from dataclasses import dataclass

from availability.models import Closure, DatedException
from availability.queries import hours_of_days
from availability.rules.days import DayHours
from availability.states import ExceptionKind
from core.intervals import Span
from practice.models import Location, Practice, Provider
from scheduling.rules import words
from scheduling.rules.localday import LocalDay
from scheduling.rules.week import minutes_of, said_span

MARKS = {ExceptionKind.ABSENT: "minus", ExceptionKind.EXTRA: "plus", ExceptionKind.INSTEAD: "pencil"}


@dataclass(frozen=True, slots=True)
class Differs:
    """An exception in words."""

    row: DatedException
    day: str
    kind: str
    time: str
    place: str


@dataclass(frozen=True, slots=True)
class StripDay:
    """`bars`: (top, height) of the open time, in hours of the day. `mark`: the icon of how it differs, or nothing."""

    on: dt.date
    bars: list[tuple[float, float]]
    hours: str
    mark: str
    said: str
    is_today: bool
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Strip:
    first: dt.date
    days: list[StripDay]
    differs: list[Differs]
    before: dt.date
    after: dt.date


def month_strip(
    provider: Provider, first: dt.date, *, chosen: dt.date | None, today: dt.date, practice: Practice
) -> Strip:
    """`first`: the first of the month. Five queries."""
    last = first.replace(day=calendar.monthrange(first.year, first.month)[1])
    dates = [first + dt.timedelta(days=n) for n in range(last.day)]
    hours = hours_of_days((provider.pk, on) for on in dates)
    rows = list(DatedException.objects.filter(provider=provider).between(first, last))
    closed = list(Closure.objects.between(first, last))
    places = dict(Location.objects.values_list("pk", "name"))
    h24 = practice.clock_24h
    differs = [_differs(row, places, h24=h24) for row in rows]
    days = []
    for on in dates:
        shut = [c.reason for c in closed if c.location_id is None and c.first_on <= on <= c.last_on]
        own = [one for one in differs if one.row.on == on]
        days.append(
            _day(LocalDay(on, practice.tz), hours[provider.pk, on], own, shut, today=today, chosen=chosen)
        )
    return Strip(
        first, days, differs, (first - dt.timedelta(days=1)).replace(day=1), last + dt.timedelta(days=1)
    )


def _differs(row: DatedException, places: dict[int, str], *, h24: bool) -> Differs:
    span = minutes_of(row.starts_at), minutes_of(row.ends_at, is_end=True)
    time = "all day" if span == (0, 1440) else said_span(span, h24=h24)
    kind = ExceptionKind(row.kind).label
    return Differs(row, words.short_day(row.on), kind, time, places.get(row.location_id or 0, ""))


def _day(
    day: LocalDay,
    hours: DayHours,
    own: list[Differs],
    shut: list[str],
    *,
    today: dt.date,
    chosen: dt.date | None,
) -> StripDay:
    spans: list[Span] = [day.wall_span(one.start, one.end) for one in hours.open]
    minutes = sum(end - start for start, end in spans)
    said = [f"closed, {shut[0]}"] if shut else [f"{one.kind.lower()}, {one.time}" for one in own]
    length = words.minutes(minutes) if minutes else "not in"
    return StripDay(
        on=day.on,
        bars=[(start / 60, (end - start) / 60) for start, end in spans],
        hours=f"{minutes / 60:.3g} h" if minutes else "",
        mark="ban" if shut else (MARKS[ExceptionKind(own[0].row.kind)] if own else ""),
        said=", ".join([words.day(day.on), length, *said]),
        is_today=day.on == today,
        is_chosen=day.on == chosen,
    )
