import datetime as dt

import pytest

from scheduling.rules.marks import Fact, Mark, fact_of, is_overtaken, mark_of, seen

NOW = dt.datetime(2026, 11, 25, 15, tzinfo=dt.UTC)
NOTHING = Fact(state="expected", arrived_at=None, is_late=False)


@pytest.mark.parametrize("is_done", [False, True])
@pytest.mark.parametrize("mark", list(Mark))
def test_a_mark_is_read_back_from_the_fact_it_makes(mark, is_done):
    fact = fact_of(mark, was=NOTHING, seen_at=NOW, at=None, is_done=is_done)

    assert mark_of(fact) == mark
    assert (fact.arrived_at is not None) == (mark in (Mark.HERE, Mark.LATE))


def test_the_time_somebody_came_is_kept_unless_another_is_said():
    late = fact_of(Mark.LATE, was=NOTHING, seen_at=NOW, at=None, is_done=False)
    later = NOW + dt.timedelta(minutes=9)

    assert fact_of(Mark.LATE, was=late, seen_at=later, at=None, is_done=False).arrived_at == NOW
    assert fact_of(Mark.LATE, was=late, seen_at=later, at=later, is_done=False).arrived_at == later
    assert fact_of(Mark.HERE, was=late, seen_at=later, at=None, is_done=False).arrived_at == later


@pytest.mark.parametrize(
    ("said", "taken"),
    [
        (None, NOW),
        (NOW + dt.timedelta(hours=1), NOW),
        (NOW - dt.timedelta(days=3), NOW - dt.timedelta(days=1)),
    ],
)
def test_a_tap_is_of_the_last_day(said, taken):
    assert seen(said, NOW) == taken


def test_an_older_tap_is_overtaken_and_one_of_the_same_moment_is_not():
    assert not is_overtaken(None, NOW)
    assert not is_overtaken(NOW, NOW)
    assert is_overtaken(NOW, NOW - dt.timedelta(seconds=1))
