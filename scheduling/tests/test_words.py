import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from scheduling.rules import words
from scheduling.rules.localday import LocalDay
from scheduling.rules.months import month_of

NEW_YORK = ZoneInfo("America/New_York")


@pytest.mark.parametrize(
    ("minute", "h24", "said"),
    [
        (0, False, "12:00 am"),
        (690, False, "11:30 am"),
        (720, False, "12:00 pm"),
        (855, False, "2:15 pm"),
        (855, True, "14:15"),
    ],
)
def test_clock(minute, h24, said):
    assert words.clock(minute, h24=h24) == said


@pytest.mark.parametrize(
    ("span", "h24", "suffix", "said"),
    [
        ((660, 750), False, True, "11:00 am–12:30 pm"),
        ((780, 830), False, True, "1:00–1:50 pm"),
        ((780, 830), False, False, "1:00–1:50"),
        ((780, 830), True, True, "13:00–13:50"),
        ((1410, 1470), False, True, "11:30 pm–12:30 am"),
    ],
)
def test_between(span, h24, suffix, said):
    assert words.between(*span, h24=h24, suffix=suffix) == said


@pytest.mark.parametrize(
    ("people", "said"),
    [
        ([], ""),
        ([("Lena", "Fox")], "Lena Fox"),
        ([("Ruth", "Adams"), ("Dan", "Adams")], "Ruth & Dan Adams"),
        ([("Ruth", "Adams"), ("Dan", "Cole")], "Ruth Adams & Dan Cole"),
        ([("A", "Okafor"), ("B", "Okafor"), ("C", "Okafor")], "A, B & C Okafor"),
        ([("A", "Fox"), ("B", "Lee"), ("C", "Kim")], "A Fox + 2"),
    ],
)
def test_names_are_joined(people, said):
    assert words.joined_names(people) == said


@pytest.mark.parametrize(
    ("count", "said"), [(50, "50 min"), (120, "120 min"), (180, "3 h"), (200, "3 h 20 min")]
)
def test_minutes(count, said):
    assert words.minutes(count) == said


def test_a_date_of_another_year_says_so():
    assert words.short_date(dt.date(2026, 11, 2), dt.date(2026, 12, 1)) == "Nov 2"
    assert words.short_date(dt.date(2025, 11, 2), dt.date(2026, 1, 1)) == "Nov 2, 2025"


@pytest.mark.parametrize(
    ("on", "wall", "span"),
    [
        (dt.date(2026, 11, 24), (9, 30), (570, 620)),
        (
            dt.date(2026, 3, 8),
            (1, 30),
            (90, 140),
        ),  # spring: 2:00 does not exist, the visit still lasts 50 minutes
        (dt.date(2026, 11, 1), (1, 30), (90, 140)),  # autumn: 1:30 comes twice, the first is meant
    ],
)
def test_a_visit_keeps_its_length_on_the_wall_clock(on, wall, span):
    start = dt.datetime(on.year, on.month, on.day, *wall, tzinfo=NEW_YORK)
    end = start.astimezone(dt.UTC) + dt.timedelta(minutes=50)

    assert LocalDay(on, NEW_YORK).span(start, end) == span


def test_a_visit_from_the_day_before_begins_below_zero():
    day = LocalDay(dt.date(2026, 11, 24), NEW_YORK)
    start = dt.datetime(2026, 11, 23, 23, 30, tzinfo=NEW_YORK)

    assert day.span(start, start + dt.timedelta(hours=1)) == (-30, 30)


@pytest.mark.parametrize(("on", "hours"), [((2026, 3, 8), 23), ((2026, 11, 1), 25), ((2026, 11, 24), 24)])
def test_the_bounds_of_a_day_follow_the_clock_change(on, hours):
    start, end = LocalDay(dt.date(*on), NEW_YORK).bounds

    assert end - start == dt.timedelta(hours=hours)


def test_a_month_begins_on_the_practice_weekday_and_steps_to_months_that_are_shorter():
    month = month_of(dt.date(2026, 3, 31), first_weekday=6)

    assert month.title == "March 2026"
    assert [letter for letter, _ in month.letters] == list("SMTWTFS")
    assert month.weeks[0] == [dt.date(2026, 3, day) for day in range(1, 8)]
    assert month.weeks[-1] == [dt.date(2026, 3, 29), dt.date(2026, 3, 30), dt.date(2026, 3, 31), *[None] * 4]
    assert (month.before, month.after) == (dt.date(2026, 2, 28), dt.date(2026, 4, 30))
