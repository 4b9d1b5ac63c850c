"""Wall clocks on ordinary days and on the nights that are not 24 hours long."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import walltime

ZONES = [
    ZoneInfo(name) for name in ("America/New_York", "Australia/Lord_Howe", "America/Phoenix", "Europe/London")
]
NEW_YORK, LORD_HOWE, PHOENIX, LONDON = ZONES
ZONE = st.sampled_from(ZONES)
DATE = st.dates(dt.date(2020, 1, 1), dt.date(2035, 12, 31))
TIME = st.builds(dt.time, st.integers(0, 23), st.integers(0, 59))


def utc(*parts) -> dt.datetime:
    return dt.datetime(*parts, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("zone", "on", "at", "expected"),
    [
        (NEW_YORK, dt.date(2026, 3, 8), dt.time(1, 59), utc(2026, 3, 8, 6, 59)),
        (NEW_YORK, dt.date(2026, 3, 8), dt.time(2, 0), utc(2026, 3, 8, 7, 0)),  # skipped: 3:00
        (NEW_YORK, dt.date(2026, 3, 8), dt.time(2, 30), utc(2026, 3, 8, 7, 30)),  # skipped: 3:30
        (NEW_YORK, dt.date(2026, 3, 8), dt.time(3, 0), utc(2026, 3, 8, 7, 0)),
        (NEW_YORK, dt.date(2026, 11, 1), dt.time(0, 59), utc(2026, 11, 1, 4, 59)),
        (NEW_YORK, dt.date(2026, 11, 1), dt.time(1, 30), utc(2026, 11, 1, 5, 30)),  # twice: the first
        (NEW_YORK, dt.date(2026, 11, 1), dt.time(1, 30, fold=1), utc(2026, 11, 1, 5, 30)),
        (NEW_YORK, dt.date(2026, 11, 1), dt.time(2, 0), utc(2026, 11, 1, 7, 0)),
        (LORD_HOWE, dt.date(2026, 10, 4), dt.time(2, 15), utc(2026, 10, 3, 15, 45)),  # skipped: 2:45
        (LORD_HOWE, dt.date(2026, 4, 5), dt.time(1, 45), utc(2026, 4, 4, 14, 45)),  # twice: the first
        (PHOENIX, dt.date(2026, 3, 8), dt.time(2, 30), utc(2026, 3, 8, 9, 30)),
        (PHOENIX, dt.date(2026, 11, 1), dt.time(1, 30), utc(2026, 11, 1, 8, 30)),
        (LONDON, dt.date(2026, 3, 29), dt.time(1, 30), utc(2026, 3, 29, 1, 30)),  # skipped: 2:30
        (LONDON, dt.date(2026, 10, 25), dt.time(1, 30), utc(2026, 10, 25, 0, 30)),  # twice: the first
    ],
)
def test_a_wall_time_is_one_moment(zone, on, at, expected):
    assert walltime.to_utc(on, at, zone) == expected


@pytest.mark.parametrize(
    ("zone", "on", "hours"),
    [
        (NEW_YORK, dt.date(2026, 3, 8), 23),
        (NEW_YORK, dt.date(2026, 11, 1), 25),
        (NEW_YORK, dt.date(2026, 11, 2), 24),
        (LORD_HOWE, dt.date(2026, 10, 4), 23.5),
        (LORD_HOWE, dt.date(2026, 4, 5), 24.5),
        (PHOENIX, dt.date(2026, 3, 8), 24),
        (PHOENIX, dt.date(2026, 11, 1), 24),
        (LONDON, dt.date(2026, 3, 29), 23),
        (LONDON, dt.date(2026, 10, 25), 25),
    ],
)
def test_a_day_is_as_long_as_it_is(zone, on, hours):
    start, end = walltime.day_bounds(on, zone)

    assert (end - start) / 60 == hours


@given(DATE, ZONE)
def test_days_follow_one_another_without_gap(on, zone):
    assert walltime.day_bounds(on, zone)[1] == walltime.day_bounds(on + dt.timedelta(days=1), zone)[0]


@given(DATE, TIME, ZONE)
def test_a_wall_time_lies_in_its_own_day(on, at, zone):
    start, end = walltime.day_bounds(on, zone)

    assert start <= walltime.wall_minutes(on, at, zone) < end
    assert walltime.local_date(walltime.to_utc(on, at, zone), zone) == on


@given(DATE, TIME, ZONE)
def test_a_wall_time_comes_back_unless_the_clocks_skipped_it(on, at, zone):
    start, end = walltime.day_bounds(on, zone)

    shown = walltime.to_utc(on, at, zone).astimezone(zone).time()

    assert shown == at or (shown > at and end - start < 24 * 60)


@given(DATE, TIME, ZONE)
def test_the_short_way_is_the_long_way(on, at, zone):
    moment = walltime.to_utc(on, at, zone)

    assert walltime.wall_minutes(on, at, zone) == walltime.epoch_minutes(moment)
    assert walltime.from_epoch_minutes(walltime.epoch_minutes(moment)) == moment


def test_seconds_are_dropped_and_a_naive_time_refused():
    assert walltime.epoch_minutes(utc(1970, 1, 1, 0, 2, 59)) == 2
    assert walltime.epoch_minutes(utc(1969, 12, 31, 23, 59, 30)) == -1
    with pytest.raises(ValueError, match="aware"):
        walltime.epoch_minutes(dt.datetime(2026, 1, 1))
