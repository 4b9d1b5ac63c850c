"""Patterns, their rules and their dates."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.rules.recurrence import LAST, MOST, Every, Pattern, dates_of

MONDAY = dt.date(2026, 11, 2)


def test_ten_weekly_is_ten():
    dates = Pattern(every=Every.WEEK, weekdays=(0,), count=10).dates(MONDAY)

    assert len(dates) == 10
    assert dates[0] == MONDAY
    assert dates[-1] == MONDAY + dt.timedelta(weeks=9)


def test_a_sunday_series_stays_on_sundays():
    sunday = dt.date(2026, 11, 1)
    assert Pattern(every=Every.WEEK, weekdays=(6,), count=3).dates(sunday) == [
        sunday + dt.timedelta(weeks=n) for n in range(3)
    ]


def test_several_weekdays_every_second_week():
    dates = Pattern(every=Every.WEEK, interval=2, weekdays=(3, 0), count=4).dates(MONDAY)
    assert dates == [MONDAY + dt.timedelta(days=n) for n in (0, 3, 14, 17)]


def test_until_is_included():
    until = MONDAY + dt.timedelta(weeks=2)
    assert Pattern(every=Every.WEEK, weekdays=(0,), until=until).dates(MONDAY)[-1] == until


def test_months_without_a_31st_are_left_out_and_the_last_day_is_in_every_one():
    start = dt.date(2027, 1, 31)
    thirty_first = Pattern(every=Every.MONTH_DAY, nth=31, count=4).dates(start)
    last = Pattern(every=Every.MONTH_DAY, nth=LAST, count=4).dates(start)

    assert [on.month for on in thirty_first] == [1, 3, 5, 7]
    assert [(on.month, on.day) for on in last] == [(1, 31), (2, 28), (3, 31), (4, 30)]


def test_the_second_tuesday_and_the_last_friday():
    tuesdays = Pattern(every=Every.MONTH_WEEKDAY, weekdays=(1,), nth=2, count=3).dates(MONDAY)
    fridays = Pattern(every=Every.MONTH_WEEKDAY, weekdays=(4,), nth=LAST, count=2).dates(MONDAY)

    assert tuesdays == [dt.date(2026, 11, 10), dt.date(2026, 12, 8), dt.date(2027, 1, 12)]
    assert fridays == [dt.date(2026, 11, 27), dt.date(2026, 12, 25)]


def test_more_stays_in_step():
    pattern = Pattern(every=Every.WEEK, interval=2, weekdays=(0,), count=3)
    last = pattern.dates(MONDAY)[-1]

    assert pattern.more(last, 2) == [last + dt.timedelta(weeks=2), last + dt.timedelta(weeks=4)]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"every": Every.WEEK, "count": 3}, "weekday"),
        ({"every": Every.WEEK, "weekdays": (0,)}, "how many"),
        ({"every": Every.WEEK, "weekdays": (0,), "count": 0}, "260"),
        ({"every": Every.WEEK, "weekdays": (0,), "count": 3, "interval": 0}, "52"),
        ({"every": Every.MONTH_DAY, "nth": 32, "count": 3}, "day of the month"),
        ({"every": Every.MONTH_WEEKDAY, "nth": 2, "count": 3}, "which weekday"),
        ({"every": Every.WEEK, "weekdays": (0,), "count": 3, "until": MONDAY}, "how many"),
    ],
)
def test_what_makes_no_pattern_says_why(fields, words):
    with pytest.raises(ValueError, match=words):
        Pattern(**fields)


weeks = st.builds(
    Pattern,
    every=st.just(Every.WEEK),
    interval=st.integers(1, 6),
    weekdays=st.lists(st.integers(0, 6), min_size=1, max_size=4, unique=True).map(sorted).map(tuple),
    count=st.integers(1, 30),
)
months = st.one_of(
    st.builds(
        Pattern,
        every=st.just(Every.MONTH_DAY),
        interval=st.integers(1, 3),
        nth=st.sampled_from([1, 15, 28, 30, 31, LAST]),
        count=st.integers(1, 12),
    ),
    st.builds(
        Pattern,
        every=st.just(Every.MONTH_WEEKDAY),
        weekdays=st.integers(0, 6).map(lambda day: (day,)),
        nth=st.sampled_from([1, 2, 4, 5, LAST]),
        until=st.dates(MONDAY, MONDAY + dt.timedelta(days=900)),
    ),
)


@given(pattern=weeks | months, first=st.dates(dt.date(2026, 1, 1), dt.date(2027, 12, 31)))
def test_a_rule_reads_back_and_means_the_same(pattern, first):
    assert Pattern.of(pattern.rule) == pattern
    dates = pattern.dates(first)
    assert dates == dates_of(pattern.rule, first)
    assert dates == sorted(set(dates))
    assert len(dates) <= MOST
    assert all(on >= first for on in dates)
    assert pattern.count is None or len(dates) == pattern.count


@given(pattern=weeks, first=st.dates(dt.date(2026, 1, 1), dt.date(2027, 12, 31)), extra=st.integers(1, 8))
def test_more_is_what_a_longer_series_would_have_had(pattern, first, extra):
    dates = pattern.dates(first)
    longer = Pattern(
        every=pattern.every, interval=pattern.interval, weekdays=pattern.weekdays, count=len(dates) + extra
    )
    assert dates + pattern.more(dates[-1], extra) == longer.dates(first)


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        (Pattern(every=Every.WEEK, weekdays=(0,), count=3), "every week on Monday"),
        (
            Pattern(every=Every.WEEK, interval=2, weekdays=(3, 0, 6), count=3),
            "every 2 weeks on Monday, Thursday and Sunday",
        ),
        (Pattern(every=Every.MONTH_DAY, nth=31, count=3), "every month on the 31st"),
        (Pattern(every=Every.MONTH_DAY, nth=12, count=3), "every month on the 12th"),
        (Pattern(every=Every.MONTH_DAY, nth=LAST, count=3), "every month on the last day"),
        (
            Pattern(every=Every.MONTH_WEEKDAY, nth=2, weekdays=(1,), count=3),
            "every month on the second Tuesday",
        ),
    ],
)
def test_a_pattern_in_words(pattern, said):
    assert pattern.said == said


def test_what_is_left_of_ten_from_the_fourth_on_is_seven():
    ten = Pattern(every=Every.WEEK, weekdays=(0,), count=10)
    assert ten.rest(MONDAY, MONDAY + dt.timedelta(weeks=3)).count == 7


def test_a_shifted_week_may_wrap_and_a_month_does_not_shift():
    weekly = Pattern(every=Every.WEEK, weekdays=(0, 6), count=10)
    assert weekly.shifted(1).weekdays == (0, 1)
    assert weekly.shifted(-1).weekdays == (5, 6)
    with pytest.raises(ValueError, match="week after"):
        Pattern(every=Every.WEEK, interval=2, weekdays=(0, 6), count=10).shifted(1)
    with pytest.raises(ValueError, match="keeps its day"):
        Pattern(every=Every.MONTH_DAY, nth=3, count=10).shifted(1)


def test_a_longer_series_keeps_its_rule():
    weekly = Pattern(every=Every.WEEK, weekdays=(0,), count=10)
    last = MONDAY + dt.timedelta(weeks=12)
    assert weekly.longer(last, 3).count == 13
    assert weekly.ending(MONDAY).longer(last, 3).until == last
