"""The small month beside the calendar."""

import calendar
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Month:
    """`weeks` hold dates, None where a neighbouring month's day would stand; `letters`: (letter, name)."""

    title: str
    letters: Sequence[tuple[str, str]]
    weeks: Sequence[Sequence[dt.date | None]]
    before: dt.date
    after: dt.date


def month_of(on: dt.date, *, first_weekday: int) -> Month:
    """`before`, `after`: the same day of the neighbouring months, or their last. first_weekday: 0 Monday."""
    weeks = calendar.Calendar(first_weekday).monthdatescalendar(on.year, on.month)
    names = [calendar.day_name[(first_weekday + n) % 7] for n in range(7)]
    return Month(
        title=f"{on:%B %Y}",
        letters=[(name[0], name) for name in names],
        weeks=[[each if each.month == on.month else None for each in week] for week in weeks],
        before=_months_away(on, -1),
        after=_months_away(on, 1),
    )


def _months_away(on: dt.date, months: int) -> dt.date:
    year, month = divmod(on.year * 12 + on.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return dt.date(year, month + 1, min(on.day, last))
