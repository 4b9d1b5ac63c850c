"""The moment the demo opens on: ten in the morning of a weekday, so it works at night and on Sundays too."""

import datetime as dt
import zoneinfo

OPENS_AT = dt.time(10)


def opening_moment(real: dt.datetime, tz: zoneinfo.ZoneInfo) -> dt.datetime:
    """Aware UTC: 10:00 of today in that zone, or of the next weekday that is not Thanksgiving."""
    day = real.astimezone(tz).date()
    while day.weekday() > 4 or day == thanksgiving(day):
        day += dt.timedelta(days=1)
    return dt.datetime.combine(day, OPENS_AT, tz).astimezone(dt.UTC)


def thanksgiving(day: dt.date) -> dt.date:
    """The next one from `day` on: the fourth Thursday of November. Source: 5 U.S.C. 6103."""
    for year in (day.year, day.year + 1):
        first = dt.date(year, 11, 1)
        found = first + dt.timedelta(days=(3 - first.weekday()) % 7 + 21)
        if found >= day:
            return found
    raise AssertionError("every year has one")
