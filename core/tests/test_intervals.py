"""The algebra against a brute-force model: a set of single minutes."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import intervals

POINT = st.integers(-30, 60)
ANY_SPANS = st.lists(st.tuples(POINT, POINT), max_size=12)
SETS = ANY_SPANS.map(intervals.merge)


def minutes(spans) -> set[int]:
    return {minute for start, end in spans for minute in range(start, end)}


def is_set(spans) -> bool:
    ordered = all(start < end for start, end in spans)
    return ordered and all(a[1] < b[0] for a, b in pairwise(spans))


@given(ANY_SPANS)
def test_merge_keeps_every_minute_and_makes_a_set(spans):
    merged = intervals.merge(spans)

    assert is_set(merged)
    assert minutes(merged) == minutes(spans)
    assert intervals.merge(merged) == merged


@given(SETS, SETS)
def test_intersect_is_what_lies_in_both(left, right):
    both = intervals.intersect(left, right)

    assert is_set(both)
    assert minutes(both) == minutes(left) & minutes(right)
    assert both == intervals.intersect(right, left)


@given(SETS, SETS)
def test_subtract_is_what_lies_in_no_hole(spans, holes):
    left = intervals.subtract(spans, holes)

    assert is_set(left)
    assert minutes(left) == minutes(spans) - minutes(holes)


@given(SETS, SETS)
def test_what_is_taken_and_what_is_left_make_the_whole(spans, other):
    parts = intervals.subtract(spans, other) + intervals.intersect(spans, other)

    assert intervals.merge(parts) == spans


@given(SETS, POINT, POINT)
def test_clip_keeps_what_lies_between(spans, start, end):
    clipped = intervals.clip(spans, start, end)

    assert is_set(clipped)
    assert minutes(clipped) == minutes(spans) & set(range(start, end))


@given(SETS, POINT, POINT)
def test_gaps_are_the_rest_of_the_stretch(spans, start, end):
    gaps = intervals.gaps(spans, start, end)

    assert is_set(gaps)
    assert minutes(gaps) == set(range(start, end)) - minutes(spans)


@given(SETS, POINT, st.integers(1, 40))
def test_contains_means_every_minute_is_covered(spans, start, size):
    assert intervals.contains(spans, start, start + size) == (
        set(range(start, start + size)) <= minutes(spans)
    )


@given(SETS)
def test_length_counts_minutes(spans):
    assert intervals.length(spans) == len(minutes(spans))


@pytest.mark.parametrize(
    ("point", "inside"), [(9, False), (10, True), (19, True), (20, False), (30, True), (40, False)]
)
def test_an_empty_stretch_lies_where_its_point_lies(point, inside):
    assert intervals.contains([(10, 20), (30, 40)], point, point) is inside


@given(SETS)
def test_nothing_is_changed_in_place(spans):
    before = list(spans)

    intervals.subtract(spans, spans)
    intervals.clip(spans, 0, 10)
    intervals.merge(spans)

    assert spans == before
