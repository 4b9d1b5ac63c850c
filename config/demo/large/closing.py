"""Days nobody works: the holidays the practice keeps. Source of the rules: 5 U.S.C. 6103."""

import datetime as dt
from collections.abc import Iterator

from availability.models import Closure
from practice.models import Location

MONDAY, THURSDAY = 0, 3
REPAIRS_IN_WEEKS = 3


def holidays(year: int) -> Iterator[tuple[dt.date, str]]:
    yield dt.date(year, 1, 1), "New Year's Day"
    yield nth(year, 1, MONDAY, 3), "Martin Luther King Jr. Day"
    yield nth(year, 6, MONDAY, 1) - dt.timedelta(days=7), "Memorial Day"  # the last Monday of May
    yield dt.date(year, 7, 4), "Independence Day"
    yield nth(year, 9, MONDAY, 1), "Labor Day"
    yield nth(year, 11, THURSDAY, 4), "Thanksgiving"
    yield dt.date(year, 12, 25), "Christmas"


def nth(year: int, month: int, weekday: int, number: int) -> dt.date:
    """The `number`th such weekday of the month; beyond its end, of the next."""
    first = dt.date(year, month, 1)
    return first + dt.timedelta(days=(weekday - first.weekday()) % 7 + 7 * (number - 1))


def close(first: dt.date, last: dt.date, *, today: dt.date, offices: list[Location]) -> set[tuple[int, int]]:
    """Write the closures; answer with (ordinal of the date, location) of each. The practice is open today."""
    everywhere = [
        Closure(first_on=on, last_on=on, reason=reason)
        for year in range(first.year, last.year + 1)
        for on, reason in holidays(year)
        if first <= on <= last and on != today
    ]
    on = today + dt.timedelta(weeks=REPAIRS_IN_WEEKS)
    repairs = Closure(location=offices[-1], first_on=on, last_on=on, reason="Water works")
    Closure.objects.bulk_create([*everywhere, repairs])
    days = {(row.first_on.toordinal(), place.pk) for row in everywhere for place in Location.objects.all()}
    return days | {(on.toordinal(), offices[-1].pk)}
