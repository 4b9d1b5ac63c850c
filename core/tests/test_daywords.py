import datetime as dt

import pytest

from core import daywords

TUESDAY = dt.date(2026, 11, 24)


@pytest.mark.parametrize(
    ("language", "long", "short"),
    [
        ("en", "Tuesday, November 24", "Tue, Nov 24"),
        ("es", "Martes, 24 de noviembre", "Mar 24 nov"),
        ("es-MX", "Martes, 24 de noviembre", "Mar 24 nov"),
        ("fr", "Tuesday, November 24", "Tue, Nov 24"),
        ("", "Tuesday, November 24", "Tue, Nov 24"),
    ],
)
def test_days_are_said_in_the_readers_language(language, long, short):
    assert (daywords.long_day(TUESDAY, language), daywords.short_day(TUESDAY, language)) == (long, short)


@pytest.mark.parametrize(
    ("hour", "minute", "h24", "words"),
    [
        (0, 5, False, "12:05 am"),
        (12, 0, False, "12:00 pm"),
        (23, 30, False, "11:30 pm"),
        (9, 5, True, "09:05"),
    ],
)
def test_clock_times(hour, minute, h24, words):
    assert daywords.clock(dt.time(hour, minute), h24=h24) == words
