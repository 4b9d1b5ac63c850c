"""Repeating visits: a pattern in words people use, an RFC 5545 rule in the table, dates on the wall clock.

Dates are local; what time of day and in which zone is the series' own business, so a 09:00 series stays at 09:00 on
both sides of a clock change. Months without the wished day (a 31st, a fifth Tuesday) are left out, as RFC 5545 says;
who wants every month asks for the last day (-1).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import islice
from zoneinfo import ZoneInfo

from dateutil.rrule import MONTHLY, WEEKLY, rrule, rrulestr, weekday

from core.walltime import to_utc

# Five years of weekly visits; nobody means more, and a typing slip in the year must not make ten thousand.
MOST = 260
DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
LAST = -1
NTH = {1: "first", 2: "second", 3: "third", 4: "fourth", 5: "fifth", LAST: "last"}


class Every(StrEnum):
    WEEK = "week"
    MONTH_DAY = "month_day"  # the 14th of the month
    MONTH_WEEKDAY = "month_weekday"  # the second Tuesday of the month


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """weekdays: 0 Monday; for MONTH_WEEKDAY exactly one. nth: which of the month, 1 to 5 or -1 for the last one;
    for MONTH_DAY the day, 1 to 31 or -1. Ends after `count` visits, or with `until` (included); one of the two.
    """

    every: Every
    interval: int = 1
    weekdays: tuple[int, ...] = ()
    nth: int = 0
    count: int | None = None
    until: dt.date | None = None

    def __post_init__(self) -> None:
        """Raises ValueError, with words for the reader."""
        if not 1 <= self.interval <= 52:
            raise ValueError("Repeat every 1 to 52 weeks or months.")
        if (self.count is None) == (self.until is None):
            raise ValueError("Say how many visits, or until when.")
        if self.count is not None and not 1 <= self.count <= MOST:
            raise ValueError(f"Plan 1 to {MOST} visits at a time.")
        if self.every == Every.WEEK and not self.weekdays:
            raise ValueError("Choose at least one weekday.")
        if self.every == Every.MONTH_WEEKDAY and (
            len(self.weekdays) != 1 or self.nth not in (1, 2, 3, 4, 5, LAST)
        ):
            raise ValueError("Choose which weekday of the month.")
        if self.every == Every.MONTH_DAY and not (1 <= self.nth <= 31 or self.nth == LAST):
            raise ValueError("Choose a day of the month, or the last.")

    @property
    def rule(self) -> str:
        """RFC 5545, without the start. UNTIL is wall-clock time: the last moment of its day."""
        parts = ["FREQ=WEEKLY" if self.every == Every.WEEK else "FREQ=MONTHLY"]
        parts += [f"INTERVAL={self.interval}"] * (self.interval > 1)
        if self.every == Every.WEEK:
            parts.append("BYDAY=" + ",".join(DAYS[day] for day in sorted(set(self.weekdays))))
        elif self.every == Every.MONTH_DAY:
            parts.append(f"BYMONTHDAY={self.nth}")
        else:
            parts.append(f"BYDAY={self.nth}{DAYS[self.weekdays[0]]}")
        parts.append(f"COUNT={self.count}" if self.until is None else f"UNTIL={self.until:%Y%m%d}T235959")
        return ";".join(parts)

    @classmethod
    def of(cls, rule: str) -> Pattern:
        """Of a rule this class wrote. Raises ValueError for any other."""
        given = dict(part.split("=", 1) for part in rule.upper().split(";") if "=" in part)
        byday = [day for day in given.get("BYDAY", "").split(",") if day]
        every, nth = Every.WEEK, 0
        if given.get("FREQ") == "MONTHLY":
            every = Every.MONTH_DAY if "BYMONTHDAY" in given else Every.MONTH_WEEKDAY
            nth = int(given["BYMONTHDAY"]) if "BYMONTHDAY" in given else int(byday[0][:-2])
        elif given.get("FREQ") != "WEEKLY":
            raise ValueError(f"{rule} is not a rule of weeks or months.")
        until = given.get("UNTIL")
        return cls(
            every=every,
            interval=int(given.get("INTERVAL", 1)),
            weekdays=tuple(DAYS.index(day[-2:]) for day in byday),
            nth=nth,
            count=int(given["COUNT"]) if "COUNT" in given else None,
            until=dt.datetime.strptime(until[:8], "%Y%m%d").date() if until else None,  # noqa: DTZ007  a local date
        )

    def dates(self, first: dt.date) -> list[dt.date]:
        """From `first` on, at most MOST. The first date is the first that fits, not `first` whatever it is."""
        return list(islice(self._all(first), MOST))

    def more(self, last: dt.date, count: int) -> list[dt.date]:
        """The next `count` dates after `last`, in step with it: every second week stays every second week."""
        endless = replace(self, count=MOST, until=None)
        return [on for on in endless.dates(last) if on > last][:count]

    def rest(self, first: dt.date, since: dt.date) -> Pattern:
        """What is left of it from `since` on; a count becomes the number of dates left, at least one."""
        if self.count is None:
            return self
        left = sum(on >= since for on in self.dates(first))
        return replace(self, count=max(left, 1))

    def ending(self, last: dt.date) -> Pattern:
        return replace(self, count=None, until=last)

    def longer(self, last: dt.date, count: int) -> Pattern:
        """As it is once `count` more stand, the last of them on `last`."""
        return replace(self, count=self.count + count) if self.count else replace(self, until=last)

    def moved(self, was: dt.date, to: dt.date) -> Pattern:
        """The same rhythm with one of its visits on `to` instead of on `was`.

        Weeks go along by as many days. Months take the day of the new date, in the way they had theirs: the 14th
        becomes the 16th, the second Tuesday the third Thursday, the last day stays the last if `to` is one.
        Raises ValueError where that is not one rule any more.
        """
        if to == was:
            return self
        days = to - was
        until = self.until and self.until + days
        if self.every == Every.WEEK:
            return replace(self, weekdays=self._weekdays_later(days.days), until=until)
        if self.every == Every.MONTH_DAY:
            is_last = self.nth == LAST and (to + dt.timedelta(days=1)).month != to.month
            return replace(self, nth=LAST if is_last else to.day, until=until)
        is_last = self.nth == LAST and (to + dt.timedelta(days=7)).month != to.month
        nth = LAST if is_last else (to.day - 1) // 7 + 1
        return replace(self, nth=nth, weekdays=(to.weekday(),), until=until)

    def _weekdays_later(self, days: int) -> tuple[int, ...]:
        later = [divmod(day + days, 7) for day in self.weekdays]
        if self.interval > 1 and len({week for week, _ in later}) > 1:
            raise ValueError("Some of its visits would land in the week after.")
        return tuple(sorted(day for _, day in later))

    def moved_dates(self, was: dt.date, to: dt.date, dates: Sequence[dt.date]) -> list[dt.date]:
        """Where visits of this pattern on `dates` go along: by days in weeks, by months to the new day of theirs.

        Raises ValueError for a month that does not have the new day.
        """
        if self.every == Every.WEEK:
            return [on + (to - was) for on in dates]
        moved, months = self.moved(was, to), _month(to) - _month(was)
        return [moved.day_in(_month(on) + months) for on in dates]

    def day_in(self, month: int) -> dt.date:
        """The day of a monthly pattern in that month, counted from year 0. Raises ValueError for a month without."""
        first = dt.date(month // 12, month % 12 + 1, 1)
        length = ((first + dt.timedelta(days=31)).replace(day=1) - first).days
        if self.every == Every.MONTH_DAY:
            day = length if self.nth == LAST else self.nth
        else:
            earliest = 1 + (self.weekdays[0] - first.weekday()) % 7
            day = earliest + 7 * ((length - earliest) // 7 if self.nth == LAST else self.nth - 1)
        if day > length:
            which = ordinal(day) if self.every == Every.MONTH_DAY else f"fifth {NAMES[self.weekdays[0]]}"
            raise ValueError(f"{first:%B %Y} has no {which}.")
        return first.replace(day=day)

    @property
    def said(self) -> str:
        """ "every 2 weeks on Monday and Thursday", "every month on the second Tuesday"."""
        unit = "week" if self.every == Every.WEEK else "month"
        often = f"every {unit}" if self.interval == 1 else f"every {self.interval} {unit}s"
        days = [NAMES[day] for day in sorted(set(self.weekdays))]
        if self.every == Every.WEEK:
            return f"{often} on {' and '.join(filter(None, [', '.join(days[:-1]), days[-1]]))}"
        if self.every == Every.MONTH_WEEKDAY:
            return f"{often} on the {NTH[self.nth]} {days[0]}"
        return f"{often} on the {'last day' if self.nth == LAST else ordinal(self.nth)}"

    def _all(self, first: dt.date) -> Iterator[dt.date]:
        start = dt.datetime.combine(first, dt.time())
        options = {"dtstart": start, "interval": self.interval, "count": self.count, "wkst": 0}
        if self.until is not None:
            options["until"] = dt.datetime.combine(self.until, dt.time())
        if self.every == Every.WEEK:
            found = rrule(WEEKLY, byweekday=sorted(set(self.weekdays)), **options)
        elif self.every == Every.MONTH_DAY:
            found = rrule(MONTHLY, bymonthday=self.nth, **options)
        else:
            found = rrule(MONTHLY, byweekday=weekday(self.weekdays[0], self.nth), **options)
        return (moment.date() for moment in found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """A pattern with its beginning and its time of day on the wall clock of `zone`."""

    pattern: Pattern
    first: dt.date
    at: dt.time
    zone: ZoneInfo

    @property
    def dates(self) -> list[dt.date]:
        return self.pattern.dates(self.first)

    def has(self, starts_at: dt.datetime) -> bool:
        """Whether the rule itself puts a visit there."""
        on = starts_at.astimezone(self.zone).date()
        return to_utc(on, self.at, self.zone) == starts_at and on in self.dates


def _month(on: dt.date) -> int:
    return on.year * 12 + on.month - 1


def ordinal(number: int) -> str:
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def dates_of(rule: str, first: dt.date) -> list[dt.date]:
    """Of any RFC 5545 rule, such as one that came from another system; at most MOST.

    Raises ValueError for what is no rule.
    """
    return [m.date() for m in islice(rrulestr(rule, dtstart=dt.datetime.combine(first, dt.time())), MOST)]
