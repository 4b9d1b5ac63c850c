from hypothesis import given
from hypothesis import strategies as st

from scheduling.rules.client_times import MOST_A_DAY, thinned

DAY = list(range(8 * 60, 18 * 60, 15))


def test_few_times_stay_as_they_are():
    assert thinned([480, 495, 510]) == [480, 495, 510]


def test_many_are_spread_over_the_day_and_the_chosen_one_stays():
    assert thinned(DAY) == [480, 600, 720, 840, 960]
    assert thinned(DAY, kept=495) == [480, 495, 600, 720, 840, 960]


@given(st.lists(st.integers(0, 2000), unique=True).map(sorted))
def test_what_is_shown_was_open_and_something_is_shown_where_anything_is(minutes):
    shown = thinned(minutes, kept=minutes[0] if minutes else None)

    assert set(shown) <= set(minutes)
    assert bool(shown) == bool(minutes)
    assert len(shown) <= MOST_A_DAY + 1
    assert shown == sorted(shown)
