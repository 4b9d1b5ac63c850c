from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.rules.grid import (
    DAY,
    MAX_LANES,
    MIN_ROWS,
    Box,
    box,
    closed_parts,
    in_lanes,
    load,
    shown_minutes,
)

STYLES = Path(__file__).parents[2] / "static" / "css" / "grid-rows.css"
EIGHT_TO_SEVEN = (8 * 60, 19 * 60)
SPANS = st.tuples(st.integers(0, DAY - 1), st.integers(1, 240)).map(lambda s: (s[0], min(DAY, sum(s))))


@given(st.lists(SPANS, max_size=MAX_LANES))
def test_no_two_tiles_of_a_column_share_a_lane_and_a_row(spans):
    boxes = in_lanes([box(span, (0, DAY), least=MIN_ROWS) for span in spans])

    for one, other in combinations(boxes, 2):
        share_rows = one.at < other.at + other.rows and other.at < one.at + one.rows
        assert not share_rows or (one.lanes == other.lanes and one.lane != other.lane)


@given(st.lists(SPANS, max_size=30))
def test_every_lane_and_row_has_a_class(spans):
    boxes = in_lanes([box(span, (0, DAY), least=MIN_ROWS) for span in spans])
    css = STYLES.read_text()

    for name in {name for each in boxes for name in each.css.split()}:
        assert f".{name}{{" in css


@given(SPANS, SPANS)
def test_a_box_covers_its_minutes_and_stays_within_the_day_shown(span, hours):
    shown = shown_minutes(*hours, [])
    found = box(span, shown)
    start, end = max(span[0], shown[0]), min(span[1], shown[1])

    if start >= end:
        assert found is None
        return
    assert shown[0] + 5 * found.at <= start
    assert shown[0] + 5 * (found.at + found.rows) >= end
    assert found.rows <= (end - start) // 5 + 2


def test_odd_minutes_round_outward():
    assert box((9 * 60 + 2, 9 * 60 + 51), EIGHT_TO_SEVEN) == Box(12, 11)


def test_a_visit_over_midnight_is_cut_at_the_day():
    assert box((-30, 45), (0, DAY)) == Box(0, 9)
    assert box((23 * 60, DAY + 60), (0, DAY)) == Box(276, 12)


def test_a_short_visit_keeps_a_target_for_the_finger_inside_the_grid():
    assert box((18 * 60 + 55, 19 * 60), EIGHT_TO_SEVEN, least=MIN_ROWS) == Box(129, 3)


def test_the_day_shown_is_whole_hours_around_everything():
    assert shown_minutes(8 * 60, 18 * 60 + 30, [(7 * 60 + 45, 8 * 60), (18 * 60, 19 * 60 + 10)]) == (
        420,
        1200,
    )
    assert shown_minutes(8 * 60, 19 * 60, [(-30, 45), (23 * 60, DAY + 30)]) == (0, DAY)


@pytest.mark.parametrize(
    ("open_spans", "reasons", "parts"),
    [
        ([], [], [(480, 1140, "")]),
        ([(540, 1020)], [], [(480, 540, ""), (1020, 1140, "")]),
        ([(480, 720), (780, 1140)], [(720, 780, "Lunch")], [(720, 780, "Lunch")]),
        (
            [(480, 660)],
            [(690, 720, "Supervision")],
            [(660, 690, ""), (690, 720, "Supervision"), (720, 1140, "")],
        ),
        ([], [(0, 1440, "Holiday")], [(480, 1140, "Holiday")]),
        ([(480, 1140)], [(600, 660, "Time off")], []),
    ],
)
def test_what_is_closed_says_why(open_spans, reasons, parts):
    assert closed_parts(open_spans, EIGHT_TO_SEVEN, reasons) == parts


def test_load_counts_doubly_booked_minutes_once():
    assert load([(540, 600), (570, 630)], [(540, 720)]) == 50
    assert load([(540, 600)], []) is None
