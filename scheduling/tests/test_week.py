"""The drawn week, without a database."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.rules.week import (
    DAYS,
    Piece,
    columns_of,
    frame_of,
    free_span,
    monday_in_turn,
    said_span,
    turn_of,
)

OPENS, CLOSES = dt.time(8), dt.time(19)


@given(st.dates(dt.date(1971, 1, 1), dt.date(2199, 12, 31)), st.sampled_from([0, 1]))
def test_weeks_alternate_for_ever(on, turn):
    monday = monday_in_turn(on, turn)

    assert turn_of(monday) == turn
    assert monday.weekday() == 0
    assert -7 < (monday - on).days <= 7
    assert turn_of(on) != turn_of(on + dt.timedelta(weeks=1))


def test_days_stand_in_the_order_of_the_practice_and_overlaps_side_by_side():
    pieces = [Piece(0, 0, (540, 720)), Piece(1, 0, (600, 660)), Piece(2, 6, (480, 540))]

    columns = columns_of(pieces, (420, 1200), week_starts_on=6)

    assert [column.name for column in columns] == [DAYS[6], *DAYS[:6]]
    assert [(d.piece.index, d.box.at, d.box.rows, d.box.lane, d.box.lanes) for d in columns[1].pieces] == [
        (0, 24, 36, 1, 2),
        (1, 36, 12, 2, 2),
    ]
    assert [column.minutes for column in columns] == [60, 180, 0, 0, 0, 0, 0]


def test_the_frame_leaves_an_hour_around_and_takes_in_every_block():
    assert frame_of([], OPENS, CLOSES) == (420, 1200)
    assert frame_of([Piece(0, 0, (330, 1440))], OPENS, CLOSES) == (300, 1440)


@pytest.mark.parametrize(
    ("taken", "expected"),
    [
        ([], (480, 1140)),
        ([(480, 720)], (720, 1140)),
        ([(480, 1140)], (1140, 1200)),
        ([(480, 1410)], (480, 1140)),  # no hour is left of that day
    ],
)
def test_where_new_hours_begin(taken, expected):
    assert free_span(taken, OPENS, CLOSES) == expected


def test_midnight_is_said_as_such():
    assert said_span((630, 1440), h24=False) == "10:30 am–midnight"
    assert said_span((630, 1440), h24=True) == "10:30–24:00"
    assert said_span((540, 750), h24=False) == "9:00 am–12:30 pm"
