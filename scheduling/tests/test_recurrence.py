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


def test_a_moved_week_may_wrap():
    weekly = Pattern(every=Every.WEEK, weekdays=(0, 6), count=10)
    day = dt.timedelta(days=1)
    assert weekly.moved(MONDAY, MONDAY + day).weekdays == (0, 1)
    assert weekly.moved(MONDAY, MONDAY - day).weekdays == (5, 6)
    with pytest.raises(ValueError, match="week after"):
        Pattern(every=Every.WEEK, interval=2, weekdays=(0, 6), count=10).moved(MONDAY, MONDAY + day)


JAN, FEB, MAR = dt.date(2027, 1, 31), dt.date(2027, 2, 28), dt.date(2027, 3, 31)


@pytest.mark.parametrize(
    ("fields", "was", "to", "said", "march"),
    [
        ({"nth": 14}, (1, 14), (1, 16), "on the 16th", (3, 16)),
        ({"nth": 30}, (1, 30), (2, 2), "on the 2nd", (4, 2)),
        ({"nth": LAST}, (1, 31), (1, 29), "on the 29th", (3, 29)),
        ({"nth": LAST}, (2, 28), (3, 31), "on the last day", (4, 30)),
        ({"nth": 2, "weekdays": (1,)}, (1, 12), (1, 21), "on the third Thursday", (3, 18)),
        ({"nth": LAST, "weekdays": (4,)}, (1, 29), (1, 28), "on the last Thursday", (3, 25)),
        ({"nth": LAST, "weekdays": (4,)}, (1, 29), (1, 21), "on the third Thursday", (3, 18)),
    ],
)
def test_a_monthly_rhythm_takes_the_day_of_the_new_date(fields, was, to, said, march):
    every = Every.MONTH_WEEKDAY if "weekdays" in fields else Every.MONTH_DAY
    monthly = Pattern(every=every, count=6, **fields)
    old, new = dt.date(2027, *was), dt.date(2027, *to)

    assert monthly.moved(old, new).said == f"every month {said}"
    assert monthly.moved_dates(old, new, [monthly.day_in(2027 * 12 + 2)]) == [dt.date(2027, *march)]


def test_a_month_without_the_new_day_is_named():
    monthly = Pattern(every=Every.MONTH_DAY, nth=LAST, count=3)
    fifth = Pattern(every=Every.MONTH_WEEKDAY, nth=4, weekdays=(4,), count=3)

    with pytest.raises(ValueError, match="February 2027 has no 30th"):
        monthly.moved_dates(JAN, dt.date(2027, 1, 30), [JAN, FEB, MAR])
    with pytest.raises(ValueError, match="February 2027 has no fifth Friday"):
        fifth.moved_dates(dt.date(2027, 1, 22), dt.date(2027, 1, 29), [dt.date(2027, 2, 26)])


@given(
    st.sampled_from([Every.MONTH_DAY, Every.MONTH_WEEKDAY]),
    st.dates(dt.date(2026, 1, 1), dt.date(2028, 12, 31)),
    st.integers(-20, 20),
    st.integers(1, 3),
)
def test_visits_that_go_along_stand_where_the_new_rule_puts_them(every, first, days, interval):
    """Where every month has the day: what moves is what the new rule would have made."""
    nth = min(first.day, 28) if every == Every.MONTH_DAY else min((first.day - 1) // 7 + 1, 4)
    days_of = {} if every == Every.MONTH_DAY else {"weekdays": (first.weekday(),)}
    pattern = Pattern(every=every, nth=nth, interval=interval, count=5, **days_of)
    dates = pattern.dates(first)
    to = dates[0] + dt.timedelta(days=days)
    moved = pattern.moved(dates[0], to)
    if moved.nth > (28 if every == Every.MONTH_DAY else 4):
        return

    assert pattern.moved_dates(dates[0], to, dates) == moved.dates(to)


def test_a_longer_series_keeps_its_rule():
    weekly = Pattern(every=Every.WEEK, weekdays=(0,), count=10)
    last = MONDAY + dt.timedelta(weeks=12)
    assert weekly.longer(last, 3).count == 13
    assert weekly.ending(MONDAY).longer(last, 3).until == last
