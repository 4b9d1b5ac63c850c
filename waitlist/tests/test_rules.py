"""Plain arithmetic: priority, score, deadlines, waves, what is left of a freed time."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waitlist.rules import deadlines, figures, spans
from waitlist.rules.matching import (
    ANY,
    NO,
    YES,
    Candidate,
    Free,
    best_start,
    fits,
    matches,
    score,
    score_parts,
    why_not,
)
from waitlist.rules.priority import Pressing, parts, priority

HOUR = dt.timedelta(hours=1)


def pressing(**differs) -> Pressing:
    usual = {"waited_days": 0, "max_wait_days": None, "urgency": "routine", "referral": "self", "declines": 0}
    return Pressing(**{**usual, **differs})


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, 0),
        ({"waited_days": 30}, 225),
        ({"waited_days": 600}, 450),
        ({"waited_days": 10, "max_wait_days": 10}, 450),
        ({"urgency": "urgent"}, 350),
        ({"urgency": "soon"}, 175),
        ({"referral": "hospital"}, 200),
        ({"waited_days": 60, "urgency": "urgent", "referral": "hospital"}, 1000),
        ({"urgency": "urgent", "declines": 2}, 150),
        ({"declines": 9}, 0),
    ],
)
def test_priority_grows_with_waiting_urgency_and_referral_and_falls_with_declines(facts, expected):
    assert priority(pressing(**facts)) == expected


@given(
    st.integers(0, 900),
    st.one_of(st.none(), st.integers(1, 400)),
    st.sampled_from(["routine", "soon", "urgent"]),
    st.sampled_from(["self", "physician", "hospital", "school", "other"]),
    st.integers(0, 20),
)
def test_priority_is_the_shown_parts_between_nothing_and_one(waited, most, urgency, referral, declines):
    facts = Pressing(
        waited_days=waited, max_wait_days=most, urgency=urgency, referral=referral, declines=declines
    )
    later = Pressing(
        waited_days=waited + 1, max_wait_days=most, urgency=urgency, referral=referral, declines=declines
    )

    assert priority(facts) == max(0, sum(part.permille for part in parts(facts)))
    assert 0 <= priority(facts) <= priority(later) <= 1000


def somebody(**differs) -> Candidate:
    usual = {
        "entry": 1, "client": 1, "type": 1, "minutes": 50, "least": 50, "before": 0, "after": 15,
        "modality": "in_person", "provider": ANY, "is_own": False, "day": ANY, "from_minute": -1, "until_minute": -1,
        "place": ANY, "priority": 0, "turn": 0, "is_pinned": False, "is_licensed": True, "is_insured": True,
        "is_apart": False, "is_quick": False, "is_asked": False, "is_cooling": False, "week_offers": 0,
        "earlier_than": 0,
    }  # fmt: skip
    return Candidate(**{**usual, **differs})


FREE = Free(midnight=0, is_short_notice=False, week_cap=3)


@pytest.mark.parametrize(
    ("differs", "expected"),
    [
        ({}, 690),
        ({"priority": 1000}, 890),
        ({"provider": YES, "day": YES, "from_minute": 540, "until_minute": 660, "place": YES}, 800),
        (
            {
                "provider": YES,
                "day": YES,
                "from_minute": 540,
                "until_minute": 660,
                "place": YES,
                "priority": 1000,
            },
            1000,
        ),
        ({"is_own": True}, 750),
        ({"day": NO}, 310),
        ({"provider": NO}, 350),
        ({"place": NO}, 400),
        ({"from_minute": 660, "until_minute": 720}, 560),
        ({"from_minute": 900, "until_minute": 960}, 310),
    ],
)
def test_a_score_is_the_sum_of_its_parts(differs, expected):
    one = somebody(**differs)

    assert score(one, 600) == expected
    assert sum(part.permille for part in score_parts(one, 600)) == expected


@pytest.mark.parametrize(
    ("differs", "says"),
    [
        ({}, ""),
        ({"is_licensed": False}, "No licence where the client lives"),
        ({"is_insured": False}, "The insurance is not taken"),
        ({"is_apart": True}, "Not with this provider"),
        ({"is_asked": True}, "Was asked about this time already"),
        ({"is_cooling": True}, "Said no a short while ago"),
        ({"week_offers": 3}, "Had the week's offers"),
    ],
)
def test_hard_constraints_come_before_any_score(differs, says):
    one = somebody(**differs)

    found = matches([one], FREE, lambda *_: [600], threshold=0)

    assert why_not(one, FREE) == says
    assert bool(found) == (not says)


@given(
    st.tuples(*[st.booleans()] * 6),
    st.integers(0, 4),
    st.builds(Free, st.just(0), st.booleans(), st.integers(0, 3)),
)
def test_who_fits_is_who_has_nothing_against_them(flags, week_offers, free):
    names = ("is_licensed", "is_insured", "is_apart", "is_quick", "is_asked", "is_cooling")
    one = somebody(**dict(zip(names, flags, strict=True)), week_offers=week_offers)

    assert fits(one, free) == (why_not(one, free) == "")


def test_short_notice_is_only_for_who_can_come_at_once():
    soon = Free(midnight=0, is_short_notice=True, week_cap=0)

    assert why_not(somebody(), soon) == "Needs more notice"
    assert why_not(somebody(is_quick=True, week_offers=9), soon) == ""


def test_a_visit_is_as_long_as_it_should_be_or_as_short_as_it_may():
    lengths = {50: [], 30: [600]}

    [found] = matches([somebody(least=30)], FREE, lambda minutes, *_: lengths[minutes], threshold=0)

    assert (found.minutes, found.start) == (30, 600)
    assert matches([somebody()], FREE, lambda minutes, *_: lengths[minutes], threshold=0) == []


def test_moving_up_means_earlier():
    one = somebody(earlier_than=600)

    assert matches([one], FREE, lambda *_: [600, 660], threshold=0) == []
    assert matches([one], FREE, lambda *_: [540, 660], threshold=0)[0].start == 540


def test_the_start_inside_the_wished_hours_is_preferred():
    one = somebody(from_minute=660, until_minute=720)

    assert best_start([540, 600, 660, 675], one, 0) == 660
    assert best_start([540, 600], one, 0) == 540
    assert best_start([540, 600], somebody(), 0) == 540


def test_pinned_then_better_then_whose_turn_is_longest_ago():
    pinned, better = somebody(entry=1, is_pinned=True, turn=9), somebody(entry=2, is_own=True, turn=9)
    first, second = somebody(entry=3, turn=1), somebody(entry=4, turn=2, priority=40)

    found = matches([second, first, better, pinned], FREE, lambda *_: [600], threshold=600)

    assert [match.candidate.entry for match in found] == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("lead", "answer"),
    [(100, 4), (72, 4), (71, 2), (24, 2), (23, 0.5), (6, 0.5), (5, 0.25), (2, 0.25), (1, 1 / 6), (0.9, None)],
)
def test_the_time_to_answer_shrinks_with_the_lead(lead, answer):
    assert deadlines.time_to_answer(lead * HOUR) == (None if answer is None else answer * HOUR)


@given(st.floats(0, 300), st.integers(0, 500), st.floats(0, 1), st.integers(1, 6))
def test_a_wave_is_one_to_most_and_nobody_when_it_is_too_late(lead, asked, share, most):
    ahead = lead * HOUR  # whole microseconds: a hair under an hour is an hour

    size = deadlines.wave_size(ahead, asked=asked, accepted=int(asked * share), answers_in=None, most=most)

    assert size == 0 if ahead < HOUR else 1 <= size <= most


def test_more_are_asked_at_once_the_less_time_and_the_fewer_say_yes():
    def size(hours: float, accepted: int) -> int:
        return deadlines.wave_size(hours * HOUR, asked=100, accepted=accepted, answers_in=None, most=5)

    assert [size(hours, 20) for hours in (96, 24, 3, 1)] == [1, 1, 1, 3]
    assert [size(1, accepted) for accepted in (90, 50, 5)] == [1, 1, 5]


def test_starts_lie_in_the_span_at_its_beginning_or_on_the_grid():
    shape = spans.Shape(minutes=50, after=10)

    found = spans.starts_in(
        (550, 660), [(480, 1080)], [(480, 550), (700, 760)], shape, midnights=[0, 1440], grid=15
    )

    assert found == [550, 555, 570, 585, 600, 615, 630]


def test_hours_of_several_days_become_a_span_a_day():
    assert spans.by_day((100, 3000), [0, 1440, 2880, 4320]) == [(100, 1440), (1440, 2880), (2880, 3000)]


def test_figures_say_nothing_where_there_is_nothing():
    counts = figures.Counts(
        booked_from_offer=8, expired=1, gave_up=1, accepted=8, declined=4, mismatched=3, unanswered=4
    )

    assert figures.conversion(counts) == 0.8
    assert figures.acceptance(counts) == 0.5
    assert figures.match_accuracy(counts) == 0.75
    assert figures.fill_rate(counts) is None
    assert figures.match_accuracy(figures.Counts()) is None
