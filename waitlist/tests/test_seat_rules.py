"""Whose turn it is for a place: tables of who is not asked, and what a line may rely on."""

import datetime as dt
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waitlist.rules.seats import Before, turns, why_not
from waitlist.states import OfferState

NOW = dt.datetime(2026, 11, 24, 15, tzinfo=dt.UTC)
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)


def had(state: str, ago: dt.timedelta = DAY, *, is_same: bool = True, is_here: bool = False) -> Before:
    ended = None if state == OfferState.OUT else NOW - ago
    return Before(state=state, made_at=NOW - ago, ended_at=ended, is_same=is_same, is_here=is_here)


CASES = {
    "nothing yet": ([], ""),
    "is being asked something": ([had("out", is_same=False)], "Is being asked"),
    "said no to this session": ([had("declined", 9 * DAY, is_here=True)], "Was asked for this session"),
    "was not reached about this session": ([had("unsent", HOUR, is_here=True)], "Was asked for this session"),
    "lost this session to somebody quicker": ([had("lost", is_here=True)], ""),
    "was withdrawn from this session": ([had("withdrawn", is_here=True)], ""),
    "said no 47 hours ago": ([had("declined", 47 * HOUR)], "Rests after a no"),
    "said no 48 hours ago": ([had("declined", 48 * HOUR)], ""),
    "was silent 23 hours ago": ([had("expired", 23 * HOUR)], "Rests after a no"),
    "was silent 24 hours ago": ([had("expired", 24 * HOUR)], ""),
    "said no to a time": ([had("declined", HOUR, is_same=False)], ""),
    "three in a week": ([had("lost", n * DAY) for n in (1, 3, 6)], "Was asked often enough this week"),
    "three in eight days": ([had("lost", n * DAY) for n in (1, 3, 8)], ""),
    "two that arrived": ([had("lost"), had("lost"), had("unsent")], ""),
}


@pytest.mark.parametrize("case", CASES)
def test_why_somebody_is_not_asked(case):
    before, why = CASES[case]

    assert why_not(before, NOW, week_cap=3, cool_hours=48) == why


def test_without_a_cap_nobody_was_asked_too_often():
    assert why_not([had("lost")] * 30, NOW, week_cap=0, cool_hours=48) == ""


offers = st.builds(
    had,
    st.sampled_from([state.value for state in OfferState if state != OfferState.ACCEPTED]),
    st.integers(0, 200).map(lambda hours: HOUR * hours),
    is_same=st.booleans(),
    is_here=st.booleans(),
)


@given(
    st.lists(st.integers(1, 50), unique=True, max_size=12),
    st.dictionaries(st.integers(1, 50), st.lists(offers, max_size=5), max_size=12),
    st.integers(0, 4),
    st.integers(0, 96),
)
def test_nobody_is_moved_up_or_down_and_nobody_is_left_out_without_a_reason(
    line, before, week_cap, cool_hours
):
    caps = {"week_cap": week_cap, "cool_hours": cool_hours}

    found = turns(line, before, NOW, **caps)

    assert found == [one for one in line if one in found]
    for one in set(line) - set(found):
        assert why_not(before[one], NOW, **caps)


@given(st.integers(2, 8), st.lists(st.sampled_from(["declined", "expired", "lost"]), max_size=40))
def test_within_a_rest_nobody_is_asked_twice_before_everybody_behind_them_was_asked_once(size, answers):
    """One place, one session, everybody may be written to. `lost`: the place was somebody else's for a moment."""
    line, before, times, now = list(range(size)), {n: [] for n in range(size)}, Counter(), NOW
    for answer in answers:
        due = turns(line, before, now, week_cap=0, cool_hours=48)
        if not due:
            break
        now += HOUR / 60
        before[due[0]].append(Before(state=answer, made_at=now, ended_at=now, is_same=True, is_here=True))
        times[due[0]] += answer != "lost"

        assert max(times.values()) <= 1
        assert all(times[earlier] for earlier in range(due[0]))
