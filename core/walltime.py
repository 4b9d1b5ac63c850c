"""Between wall clocks and the one time line: hours are wall time plus zone, turned into UTC per date.

The two nights that are not 24 hours long are decided here, once:
a wall time the spring change skips moves forward by what was skipped (2:30 is 3:30 that night);
a wall time the autumn change repeats is the first of the two.
"""

import datetime as dt
from functools import lru_cache
from zoneinfo import ZoneInfo

from core.intervals import Span

ONE_DAY = dt.timedelta(days=1)
MIDNIGHT = dt.time()


def to_utc(on: dt.date, at: dt.time, zone: ZoneInfo) -> dt.datetime:
    """Aware UTC of a wall time. fold=0 means both decisions above; a fold in `at` is ignored."""
    return dt.datetime.combine(on, at.replace(fold=0), tzinfo=zone).astimezone(dt.UTC)


def epoch_minutes(moment: dt.datetime) -> int:
    """Whole minutes since 1970, rounded down. Raises ValueError for a naive datetime."""
    if moment.tzinfo is None:
        raise ValueError("epoch_minutes() needs an aware datetime")
    return int(moment.timestamp() // 60)


def from_epoch_minutes(minutes: int) -> dt.datetime:
    """Aware UTC."""
    return dt.datetime.fromtimestamp(minutes * 60, tz=dt.UTC)


@lru_cache(maxsize=16_384)
def wall_minutes(on: dt.date, at: dt.time, zone: ZoneInfo) -> int:
    """`epoch_minutes(to_utc(…))`, remembered: fifty providers begin at nine on the same ninety days."""
    return int(dt.datetime.combine(on, at.replace(fold=0), tzinfo=zone).timestamp() // 60)


def day_bounds(on: dt.date, zone: ZoneInfo) -> Span:
    """The local date in epoch minutes: 23, 24 or 25 hours, and 23½ or 24½ on Lord Howe."""
    return wall_minutes(on, MIDNIGHT, zone), wall_minutes(on + ONE_DAY, MIDNIGHT, zone)


def local_date(moment: dt.datetime, zone: ZoneInfo) -> dt.date:
    return moment.astimezone(zone).date()
