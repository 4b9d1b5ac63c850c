"""The short form: faults only whole processes can have, a few dozen reminders each. `make faults` is the long one."""

import pytest

from tests.faults.runs import NAIVE, RUNS, Size, naive_sender

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("faults")]


SHORT = [
    "F1 kill -9 after the intent was committed",
    "F1 kill -9 after the carrier accepted",
    "F1 kill -9 before the outcome is committed",
    "F1 kill -9 at random, F5 carrier faults",
    "F18 SIGTERM with requests under way",
]


@pytest.mark.parametrize("name", SHORT)
def test_nothing_twice_and_nothing_lost(name):
    found = RUNS[name](Size())

    assert found.is_well, found
    assert found.accepted + found.ended >= found.rows, found


def test_a_sender_that_marks_afterwards_is_found_out():
    found = naive_sender(Size())

    assert found.twice, NAIVE
