"""Expansion of hours, without a database. Spans are compared as wall times of one zone."""

import datetime as dt
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from availability.rules.clashes import first_clash
from availability.rules.days import BREAK, NOT_IN, day_hours
from availability.rules.expansion import (
    Block,
    Calendar,
    Closed,
    Dated,
    dates_of,
    in_turn,
    open_by_place,
    planned,
)
from availability.states import ExceptionKind
from core.walltime import day_bounds, from_epoch_minutes

NEW_YORK, PHOENIX, CHICAGO = (ZoneInfo(f"America/{name}") for name in ("New_York", "Phoenix", "Chicago"))
MONDAY = dt.date(2026, 11, 23)
NINE, NOON, ONE, FIVE = dt.time(9), dt.time(12), dt.time(13), dt.time(17)
DAY = dt.timedelta(days=1)
MAIN, BRANCH = 1, 2


def block(weekday=0, starts_at=NINE, ends_at=FIVE, **more) -> Block:
    return Block(
        **{"zone": NEW_YORK, "from_on": dt.date(2026, 1, 5)}
        | {"weekday": weekday, "starts_at": starts_at, "ends_at": ends_at}
        | more
    )


def dated(kind, starts_at, ends_at, **more) -> Dated:
    return Dated(
        **{"on": MONDAY, "zone": NEW_YORK} | {"kind": kind, "starts_at": starts_at, "ends_at": ends_at} | more
    )


def absent(starts_at, ends_at, **more) -> Dated:
    return dated(ExceptionKind.ABSENT, starts_at, ends_at, **more)


def extra(starts_at, ends_at, **more) -> Dated:
    return dated(ExceptionKind.EXTRA, starts_at, ends_at, **more)


def closed(first_on=MONDAY, last_on=MONDAY, **more) -> Closed:
    return Closed(**{"first_on": first_on, "last_on": last_on, "reason": "Holiday"} | more)


def shown(minute: int, zone=NEW_YORK) -> str:
    return f"{from_epoch_minutes(minute).astimezone(zone):%d %H:%M}"


def open_on(calendar, on=MONDAY, zone=NEW_YORK) -> list[str]:
    """Really open spans of a date as `09:00-17:00`, of all places together."""
    spans = [s for found in open_by_place(calendar, planned(calendar, on, on)).values() for s in found]
    return [f"{shown(a, zone)[3:]}-{shown(b, zone)[3:]}" for a, b in sorted(spans)]


def day_in_words(calendar, on=MONDAY) -> list[str]:
    hours = planned(calendar, on - DAY, on + DAY)
    day = day_hours(calendar, hours, on, day_bounds(on, NEW_YORK))
    spans = [(s.start, s.end, f"open at {s.location_id}") for s in day.open]
    spans += [(s.start, s.end, s.reason) for s in day.closed]
    return [f"{shown(a)[3:]}-{shown(b)[3:]} {words}" for a, b, words in sorted(spans)]


class TestDates:
    @pytest.mark.parametrize(
        ("starts", "weekday", "expected"),
        [
            (dt.date(2026, 11, 2), 0, [2, 16, 30]),  # from a Monday
            (dt.date(2026, 11, 4), 0, [16, 30]),  # from a Wednesday: that week's Monday has gone by
            (dt.date(2026, 11, 4), 4, [6, 20]),  # but its Friday has not
            (dt.date(2026, 11, 8), 6, [8, 22]),  # a Sunday still belongs to Monday the 2nd's week
            (dt.date(2026, 11, 8), 0, [16, 30]),
        ],
    )
    def test_every_second_week_counts_from_the_week_of_the_first_day(self, starts, weekday, expected):
        fortnightly = block(weekday, from_on=starts, every_weeks=2)

        found = dates_of(fortnightly, dt.date(2026, 11, 1), dt.date(2026, 11, 30))

        assert [on.day for on in found] == expected

    def test_asking_later_does_not_change_which_week_it_is(self):
        fortnightly = block(0, from_on=dt.date(2026, 11, 2), every_weeks=2)

        whole = list(dates_of(fortnightly, dt.date(2026, 11, 1), dt.date(2027, 3, 1)))
        later = list(dates_of(fortnightly, dt.date(2027, 1, 1), dt.date(2027, 3, 1)))

        assert later == [on for on in whole if on.year == 2027]

    def test_the_last_day_still_holds_and_the_first_day_already(self):
        month = block(0, from_on=MONDAY, until_on=MONDAY + 7 * DAY)

        found = list(dates_of(month, MONDAY - 30 * DAY, MONDAY + 30 * DAY))

        assert found == [MONDAY, MONDAY + 7 * DAY]


class TestOpen:
    def test_extra_hours_join_and_absences_cut(self):
        calendar = Calendar(
            [block(ends_at=NOON), block(starts_at=ONE)],
            [extra(NOON, dt.time(12, 30)), absent(dt.time(15), dt.time(16)), absent(FIVE, dt.time(18))],
        )

        assert open_on(calendar) == ["09:00-12:30", "13:00-15:00", "16:00-17:00"]

    def test_an_absence_at_one_location_leaves_the_other(self):
        calendar = Calendar(
            [block(ends_at=NOON, location_id=MAIN), block(starts_at=ONE, location_id=BRANCH)],
            [absent(NINE, FIVE, location_id=MAIN)],
        )

        assert open_on(calendar) == ["13:00-17:00"]

    @pytest.mark.parametrize(
        ("closure", "expected"),
        [
            (closed(), []),
            (closed(location_id=MAIN), ["13:00-17:00"]),
            (closed(location_id=BRANCH), ["09:00-12:00"]),
            (closed(first_on=MONDAY - DAY, last_on=MONDAY - DAY), ["09:00-12:00", "13:00-17:00"]),
            (closed(first_on=MONDAY - DAY, last_on=MONDAY + DAY), []),
        ],
    )
    def test_a_closure_shuts_its_location_or_everything(self, closure, expected):
        calendar = Calendar(
            [block(ends_at=NOON, location_id=MAIN), block(starts_at=ONE, location_id=BRANCH)], (), [closure]
        )

        assert open_on(calendar) == expected

    def test_a_closed_location_leaves_hours_kept_at_none(self):
        calendar = Calendar([block()], (), [closed(location_id=MAIN)])

        assert open_on(calendar) == ["09:00-17:00"]

    def test_extra_hours_do_not_open_a_closed_day(self):
        assert open_on(Calendar((), [extra(NINE, NOON)], [closed()])) == []

    def test_23_59_means_midnight(self):
        calendar = Calendar([block(starts_at=dt.time(20), ends_at=dt.time(23, 59))])

        assert open_on(calendar) == ["20:00-00:00"]


class TestClockChanges:
    SPRING, AUTUMN = dt.date(2026, 3, 8), dt.date(2026, 11, 1)

    @pytest.mark.parametrize("on", [SPRING - 7 * DAY, SPRING, AUTUMN - 7 * DAY, AUTUMN])
    def test_hours_keep_their_wall_time(self, on):
        assert open_on(Calendar([block(6)]), on) == ["09:00-17:00"]

    @pytest.mark.parametrize(
        ("on", "hours"), [(SPRING - 7 * DAY, 8), (SPRING, 7), (AUTUMN, 9), (AUTUMN + 7 * DAY, 8)]
    )
    def test_a_night_is_as_long_as_it_is(self, on, hours):
        [night] = planned(Calendar([block(6, dt.time(0), dt.time(8))]), on, on)

        assert (night.end - night.start) / 60 == hours

    def test_hours_the_clocks_skip_wholly_are_still_kept_an_hour_later(self):
        skipped = Calendar([block(6, dt.time(2), dt.time(2, 45))])

        assert open_on(skipped, self.SPRING) == ["03:00-03:45"]

    def test_hours_that_would_end_before_they_begin_vanish(self):
        skipped = Calendar([block(6, dt.time(2, 30), dt.time(3))])

        assert open_on(skipped, self.SPRING) == []

    def test_a_zone_without_clock_changes_moves_against_the_practice(self):
        calendar = Calendar([block(6, zone=PHOENIX)])

        assert open_on(calendar, self.SPRING - 7 * DAY) == ["11:00-19:00"]
        assert open_on(calendar, self.SPRING) == ["12:00-20:00"]


class TestDayInWords:
    def test_nobody_in(self):
        assert day_in_words(Calendar()) == [f"00:00-00:00 {NOT_IN}"]

    def test_between_two_blocks_is_a_break_and_round_them_not_in(self):
        calendar = Calendar([block(ends_at=NOON, location_id=MAIN), block(starts_at=ONE, location_id=BRANCH)])

        assert day_in_words(calendar) == [
            "00:00-09:00 Not in",
            "09:00-12:00 open at 1",
            f"12:00-13:00 {BREAK}",
            "13:00-17:00 open at 2",
            "17:00-00:00 Not in",
        ]

    def test_an_absence_says_its_reason_and_speaks_over_a_break(self):
        calendar = Calendar(
            [block(ends_at=NOON), block(starts_at=ONE)],
            [
                absent(NOON, ONE, reason="Lunch"),
                absent(dt.time(16), FIVE),
                absent(NINE, dt.time(10), reason="Supervision"),
            ],
        )

        assert day_in_words(calendar) == [
            "00:00-09:00 Not in",
            "09:00-10:00 Supervision",
            "10:00-12:00 open at None",
            "12:00-13:00 Lunch",
            "13:00-16:00 open at None",
            "16:00-00:00 Not in",
        ]

    def test_blocks_that_touch_have_no_break_between_them(self):
        calendar = Calendar(
            [block(ends_at=NOON, location_id=MAIN), block(starts_at=NOON, location_id=BRANCH)]
        )

        assert day_in_words(calendar) == [
            "00:00-09:00 Not in",
            "09:00-12:00 open at 1",
            "12:00-17:00 open at 2",
            "17:00-00:00 Not in",
        ]

    def test_a_closed_practice_is_closed_all_day_whatever_else(self):
        calendar = Calendar([block()], [absent(NINE, NOON, reason="Supervision")], [closed()])

        assert day_in_words(calendar) == ["00:00-00:00 Holiday"]

    def test_a_closed_location_is_named_where_its_hours_were(self):
        calendar = Calendar(
            [block(ends_at=NOON, location_id=MAIN), block(starts_at=ONE, location_id=BRANCH)],
            (),
            [closed(location_id=MAIN)],
        )

        assert day_in_words(calendar) == [
            "00:00-09:00 Not in",
            "09:00-12:00 Holiday",
            "12:00-13:00 Break",
            "13:00-17:00 open at 2",
            "17:00-00:00 Not in",
        ]

    def test_a_distant_zone_reaches_over_midnight(self):
        late = Calendar([block(6, dt.time(20), dt.time(23), zone=PHOENIX)])

        assert day_in_words(late)[:2] == ["00:00-01:00 open at None", "01:00-00:00 Not in"]

    @pytest.mark.parametrize(("on", "hours"), [(dt.date(2026, 3, 8), 23), (dt.date(2026, 11, 1), 25)])
    def test_open_and_closed_fill_the_day_even_when_the_clocks_change(self, on, hours):
        calendar = Calendar([block(6, ends_at=NOON), block(6, starts_at=ONE)])
        hours_planned = planned(calendar, on - DAY, on + DAY)

        day = day_hours(calendar, hours_planned, on, day_bounds(on, NEW_YORK))

        spans = sorted((s.start, s.end) for s in (*day.open, *day.closed))
        assert all(a[1] == b[0] for a, b in pairwise(spans))
        assert (spans[0][0], spans[-1][1]) == day_bounds(on, NEW_YORK)
        assert (spans[-1][1] - spans[0][0]) / 60 == hours


class TestClashes:
    MORNING = block(ends_at=NOON)

    @pytest.mark.parametrize(
        "other",
        [
            block(starts_at=NOON),
            block(1, ends_at=NOON),
            block(starts_at=NINE, ends_at=dt.time(10), zone=PHOENIX, weekday=5),
        ],
    )
    def test_neighbours_do_not_clash(self, other):
        assert first_clash([self.MORNING, other], MONDAY) is None

    @pytest.mark.parametrize(
        "other",
        [
            block(starts_at=dt.time(11, 59)),
            block(location_id=BRANCH),
            block(ends_at=NOON, from_on=dt.date(2027, 1, 4)),
            block(starts_at=dt.time(10), ends_at=dt.time(11), zone=CHICAGO),
        ],
    )
    def test_hours_at_the_same_time_clash(self, other):
        assert first_clash([self.MORNING, other], MONDAY) == (self.MORNING, other)

    def test_odd_and_even_weeks_live_side_by_side(self):
        odd = block(from_on=dt.date(2026, 11, 2), every_weeks=2)
        even = block(from_on=dt.date(2026, 11, 9), every_weeks=2)

        assert first_clash([odd, even], MONDAY) is None
        assert first_clash([odd, block(from_on=dt.date(2026, 11, 16), every_weeks=2)], MONDAY) is not None

    def test_one_that_ended_does_not_clash_with_its_successor(self):
        old = block(until_on=MONDAY - DAY)
        new = block(from_on=MONDAY)

        assert first_clash([old, new], dt.date(2026, 1, 1)) is None

    def test_zones_that_part_in_winter_only_clash_in_winter(self):
        here = block(starts_at=dt.time(11), ends_at=NOON)  # New York
        there = block(starts_at=NINE, ends_at=dt.time(9, 30), zone=PHOENIX)  # 11:00 in winter, noon in summer

        assert first_clash([here, there], dt.date(2026, 6, 1)) is not None


class TestOtherHoursThatDay:
    def test_the_week_does_not_count_on_that_date_and_extra_hours_do(self):
        calendar = Calendar(
            [block(starts_at=NINE, ends_at=FIVE)],
            [dated(ExceptionKind.INSTEAD, NOON, dt.time(15)), extra(dt.time(18), dt.time(19))],
        )

        assert open_on(calendar) == ["12:00-15:00", "18:00-19:00"]
        assert open_on(calendar, MONDAY + 7 * DAY) == ["09:00-17:00"]

    def test_an_absence_and_a_closure_still_speak_last(self):
        instead = dated(ExceptionKind.INSTEAD, NINE, FIVE)

        assert open_on(Calendar([], [instead, absent(NOON, ONE)])) == ["09:00-12:00", "13:00-17:00"]
        assert open_on(Calendar([], [instead], [closed()])) == []


@pytest.mark.parametrize(
    ("on", "counts_from", "every", "expected"),
    [
        (MONDAY, MONDAY, 1, MONDAY),
        (MONDAY + 2 * DAY, MONDAY + 4 * DAY, 2, MONDAY + 2 * DAY),  # the same week, whatever its days
        (MONDAY + 9 * DAY, MONDAY, 2, MONDAY + 14 * DAY),  # the week between: the Monday after
        (MONDAY, MONDAY + 7 * DAY, 2, MONDAY + 7 * DAY),  # counted backwards
        (MONDAY, dt.date(2026, 3, 2), 2, MONDAY),  # 38 weeks on, across the spring change
    ],
)
def test_every_second_week_keeps_its_turn(on, counts_from, every, expected):
    assert in_turn(on, counts_from, every) == expected


# The nights of 2026 in New York: 2:00 skips to 3:00 on March 8, 2:00 falls back to 1:00 on November 1.
@pytest.mark.parametrize(
    ("on", "hours", "minutes"),
    [
        (dt.date(2026, 3, 8), (dt.time(1), dt.time(4)), 120),
        (dt.date(2026, 3, 8), (dt.time(2), dt.time(3)), 0),  # an hour that night does not have
        (dt.date(2026, 11, 1), (dt.time(0, 30), dt.time(4)), 270),
        (dt.date(2026, 11, 1), (dt.time(), dt.time(23, 59)), 25 * 60),
    ],
)
@pytest.mark.parametrize("kind", ["week", ExceptionKind.INSTEAD, ExceptionKind.EXTRA])
def test_hours_across_the_nights_the_clocks_change(on, hours, minutes, kind):
    if kind == "week":
        calendar = Calendar([block(on.weekday(), *hours)])
    else:
        calendar = Calendar([], [dated(kind, *hours, on=on)])

    spans = [span for found in open_by_place(calendar, planned(calendar, on, on)).values() for span in found]

    assert sum(end - start for start, end in spans) == minutes
