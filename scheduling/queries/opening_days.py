"""Openings as a page shows them: by day, in each day by provider, in the words of the practice's clock. No query."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby

from core.walltime import from_epoch_minutes, local_date
from practice.models import Practice
from scheduling.queries.openings import Candidate, Openings, Search
from scheduling.rules import words


@dataclass(frozen=True, slots=True, kw_only=True)
class Time:
    """`key` says provider and minute in one word, for a button to post. `minute` since 1970."""

    key: str
    minute: int
    words: str
    spoken: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    provider: Candidate
    times: list[Time]


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundDay:
    """A day nobody has an opening on has no rows; `is_full` when every provider looked at has one."""

    on: dt.date
    title: str
    rows: list[Row] = field(default_factory=list)
    is_full: bool = False

    @property
    def count(self) -> int:
        return sum(len(row.times) for row in self.rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundDays:
    """`shown` openings on whole days; `is_more` when later days have some too."""

    days: list[FoundDay]
    shown: int
    is_more: bool


def by_day(found: Openings, search: Search, *, practice: Practice, now: dt.datetime, limit: int) -> FoundDays:
    """The soonest `limit` or a few more: a day is shown whole or not at all, so what it does not show is not there."""
    rows: dict[dt.date, list[Row]] = {}
    shown, is_more = 0, False
    for on, openings in _days(found, practice):
        if shown >= limit:
            is_more = True
            break
        rows[on] = _rows(openings, found, practice)
        shown += len(openings)
    last = max(rows) if is_more else search.last
    days = [
        FoundDay(
            on=on,
            title=words.day(on),
            rows=rows.get(on, []),
            is_full=len(rows.get(on, [])) == len(found.candidates),
        )
        for on in search.days
        if _is_asked(search, on) and local_date(now, practice.tz) <= on <= last
    ]
    return FoundDays(days=days, shown=shown, is_more=is_more)


def _is_asked(search: Search, on: dt.date) -> bool:
    return not search.weekdays or on.weekday() in search.weekdays


def _days(found: Openings, practice: Practice) -> Iterator[tuple[dt.date, list[tuple[int, int]]]]:
    zone = practice.tz
    for on, group in groupby(found.in_order(), key=lambda one: local_date(from_epoch_minutes(one[0]), zone)):
        yield on, list(group)


def _rows(openings: list[tuple[int, int]], found: Openings, practice: Practice) -> list[Row]:
    """In the order of the candidates, each with the day's times."""
    times: dict[int, list[Time]] = {}
    people = {one.id: one for one in found.candidates}
    for minute, pk in openings:
        times.setdefault(pk, []).append(_time(minute, people[pk], practice))
    return [Row(provider=one, times=times[one.id]) for one in found.candidates if one.id in times]


def _time(minute: int, provider: Candidate, practice: Practice) -> Time:
    wall = from_epoch_minutes(minute).astimezone(practice.tz)
    said = words.clock(wall.hour * 60 + wall.minute, h24=practice.clock_24h)
    return Time(
        key=f"{provider.public_id}.{minute}",
        minute=minute,
        words=said,
        spoken=f"{said}, {words.short_day(wall.date())}, {provider.name}",
    )
