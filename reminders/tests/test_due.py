"""Due times, without a database."""

import datetime as dt
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messaging.rules.windows import Window
from reminders.rules.due import (
    NO_HOURS,
    PASSED,
    SAID_BEFORE,
    TOO_CLOSE_TO_ANOTHER,
    Person,
    Step,
    due_times,
    judged,
    wall_clock_before,
)

NEW_YORK = ZoneInfo("America/New_York")
ZONES = [NEW_YORK, ZoneInfo("America/Phoenix"), ZoneInfo("Australia/Lord_Howe"), ZoneInfo("Europe/Berlin")]
INITIAL = Step(rule_id=1, kind="initial", offset_minutes=0)
WEEK, TWO_DAYS, DAY, TWO_HOURS = (
    Step(rule_id=n, kind="before", offset_minutes=hours * 60)
    for n, hours in ((2, 168), (3, 48), (4, 24), (5, 2))
)
STEPS = [INITIAL, WEEK, TWO_DAYS, DAY, TWO_HOURS]
HOURS = Window(opens=dt.time(9), closes=dt.time(20), weekends=False)
ANYTIME = Person(zone=NEW_YORK, window=None)
OFFICE_HOURS = Person(zone=NEW_YORK, window=HOURS)


def ny(*parts: int, fold: int = 0) -> dt.datetime:
    return dt.datetime(*parts, tzinfo=NEW_YORK, fold=fold)


def told(
    start: dt.datetime, *, now: dt.datetime, person: Person = OFFICE_HOURS, greet: bool = False
) -> list[tuple]:
    """(rule, wall time) in the order they fall due."""
    due = due_times(start, STEPS, person, now=now, greet=greet)
    return [(step.rule_id, f"{at.astimezone(person.zone):%a %b %d %H:%M}") for step, at in due]


@pytest.mark.parametrize(
    ("start", "minutes", "expected"),
    [
        # spring: March 14, 2027 has no 2:30 and only 23 hours
        (ny(2027, 3, 14, 11), 1440, ny(2027, 3, 13, 11)),
        (ny(2027, 3, 15, 2, 30), 1440, ny(2027, 3, 14, 3, 30)),
        (ny(2027, 3, 14, 4), 120, ny(2027, 3, 14, 1)),
        # autumn: November 7, 2027 has 1:30 twice
        (ny(2027, 11, 7, 11), 1440, ny(2027, 11, 6, 11)),
        (ny(2027, 11, 8, 1, 30), 1440, ny(2027, 11, 7, 1, 30)),
        (ny(2027, 11, 7, 1, 30, fold=1), 0, ny(2027, 11, 7, 1, 30, fold=1)),
        (ny(2027, 11, 10, 11), 168 * 60, ny(2027, 11, 3, 11)),
    ],
)
def test_offsets_are_wall_clock_over_clock_change_nights(start, minutes, expected):
    # Python calls a repeated wall time unequal to every other zone's: compare in UTC
    assert wall_clock_before(start, minutes, NEW_YORK) == expected.astimezone(dt.UTC)


@given(
    start=st.datetimes(dt.datetime(2026, 1, 1), dt.datetime(2028, 1, 1)),
    days=st.integers(1, 10),
    zone=st.sampled_from(ZONES),
)
def test_whole_days_keep_the_wall_time_unless_the_night_skips_it(start, days, zone):
    moment = start.replace(tzinfo=dt.UTC)
    local, due = moment.astimezone(zone), wall_clock_before(moment, days * 1440, zone).astimezone(zone)
    wall = local.replace(tzinfo=None) - dt.timedelta(days)
    skipped = wall.replace(tzinfo=zone).astimezone(dt.UTC).astimezone(zone).replace(tzinfo=None) != wall

    if skipped:
        assert dt.timedelta() < due.replace(tzinfo=None) - wall <= dt.timedelta(hours=1)
    else:
        assert due.replace(tzinfo=None) == wall


@given(
    start=st.datetimes(dt.datetime(2026, 1, 1), dt.datetime(2028, 1, 1)),
    ahead=st.integers(1, 20 * 1440),
    zone=st.sampled_from(ZONES),
)
def test_a_reminder_is_never_past_never_late_and_never_outside_the_window(start, ahead, zone):
    moment = start.replace(tzinfo=dt.UTC)
    now = moment - dt.timedelta(minutes=ahead)

    for _, at in due_times(moment, STEPS, Person(zone=zone, window=HOURS), now=now, greet=False):
        local = at.astimezone(zone)
        assert now <= at < moment
        assert HOURS.opens <= local.time() < HOURS.closes
        assert local.weekday() < 5


def test_a_visit_well_ahead_gets_every_step():
    assert told(ny(2026, 12, 10, 11), now=ny(2026, 11, 23, 10), greet=True) == [
        (1, "Mon Nov 23 10:00"),
        (2, "Thu Dec 03 11:00"),
        (3, "Tue Dec 08 11:00"),
        (4, "Wed Dec 09 11:00"),
        (5, "Thu Dec 10 09:00"),
    ]


@pytest.mark.parametrize(
    ("why", "start", "now", "expected"),
    [
        ("past steps are left out", ny(2026, 11, 25, 11), ny(2026, 11, 24, 14), [(5, "Wed Nov 25 09:00")]),
        (
            "2 h before 9:00 goes the evening before",
            ny(2026, 11, 25, 9),
            ny(2026, 11, 24, 14),
            [(5, "Tue Nov 24 19:30")],
        ),
        (
            "2 h before 10:30 waits until 9:00",
            ny(2026, 11, 25, 10, 30),
            ny(2026, 11, 24, 14),
            [(5, "Wed Nov 25 09:00")],
        ),
        (
            "a weekend's reminders for Monday go on Friday, and only once",
            ny(2026, 11, 23, 11),
            ny(2026, 11, 19, 10),
            [(4, "Fri Nov 20 19:30"), (5, "Mon Nov 23 09:00")],
        ),
        ("nothing is left to say in time", ny(2026, 11, 25, 9), ny(2026, 11, 24, 21), []),
        ("a visit that has begun is told nothing", ny(2026, 11, 24, 9), ny(2026, 11, 24, 10), []),
    ],
)
def test_steps_keep_to_the_window(why, start, now, expected):
    assert told(start, now=now) == expected, why


def test_a_step_just_after_the_confirmation_is_not_said_twice():
    assert told(ny(2026, 11, 25, 10, 30), now=ny(2026, 11, 24, 10), greet=True) == [
        (1, "Tue Nov 24 10:00"),
        (5, "Wed Nov 25 09:00"),
    ]


def test_the_confirmation_waits_for_the_morning():
    assert told(ny(2026, 12, 1, 11), now=ny(2026, 11, 24, 22), greet=True)[0] == (1, "Wed Nov 25 09:00")


def test_the_zone_of_the_recipient_decides():
    west = Person(zone=ZoneInfo("America/Los_Angeles"), window=HOURS)

    assert told(ny(2026, 11, 25, 11), now=ny(2026, 11, 23, 12), person=west) == [
        (4, "Tue Nov 24 09:00"),
        (5, "Tue Nov 24 19:30"),
    ]


MORNING = Step(rule_id=6, kind="before", offset_minutes=0, at_time=dt.time(8))
EVENING = Step(rule_id=7, kind="before", offset_minutes=1440, at_time=dt.time(18))
THANKS = Step(rule_id=8, kind="after", offset_minutes=1440)
NEXT_MORNING = Step(rule_id=9, kind="after", offset_minutes=1440, at_time=dt.time(10))


@pytest.mark.parametrize(
    ("step", "start", "expected"),
    [
        (MORNING, ny(2027, 3, 10, 11), ny(2027, 3, 10, 8)),
        (MORNING, ny(2027, 3, 14, 11), ny(2027, 3, 14, 8)),  # the night that lost an hour
        (EVENING, ny(2027, 11, 7, 11), ny(2027, 11, 6, 18)),  # and the one that gained one
        (THANKS, ny(2027, 3, 13, 11), ny(2027, 3, 14, 12)),
        (NEXT_MORNING, ny(2027, 3, 13, 19), ny(2027, 3, 14, 10)),
    ],
)
def test_a_step_at_an_hour_is_said_at_that_hour_and_one_after_the_visit_a_while_after_it_ends(
    step, start, expected
):
    end = start.astimezone(dt.UTC) + dt.timedelta(hours=1)

    (told,) = judged(start, end, [step], ANYTIME, now=ny(2027, 1, 1), greet=False)

    assert (told.at, told.why) == (expected.astimezone(dt.UTC), "")


def test_every_step_is_said_or_has_its_reason():
    start, now = ny(2026, 11, 25, 10), ny(2026, 11, 24, 9, 30)  # a Wednesday, seen on Tuesday
    steps = [INITIAL, WEEK, DAY, TWO_HOURS, replace(TWO_HOURS, rule_id=10, offset_minutes=90), EVENING]
    late = Step(rule_id=11, kind="before", offset_minutes=0, at_time=dt.time(12))

    told = judged(start, start, [*steps, late], OFFICE_HOURS, now=now, greet=False)

    assert {one.step.rule_id: one.why for one in told} == {
        INITIAL.rule_id: SAID_BEFORE,
        WEEK.rule_id: PASSED,
        DAY.rule_id: "",
        10: "",  # half past eight is before the window, so the evening before
        TWO_HOURS.rule_id: TOO_CLOSE_TO_ANOTHER,
        EVENING.rule_id: "",
        11: NO_HOURS,  # noon of a visit at ten
    }
