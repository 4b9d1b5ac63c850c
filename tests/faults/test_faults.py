"""The short form: faults only whole processes can have, a few dozen reminders each. `make faults` is the long one.

In a process of its own, as the long form: it forks, and moves the clock of its database for good.
"""

import json
import subprocess
import sys

import pytest

from config.local.places import ROOT
from tests.faults.house import Found
from tests.faults.runs import NAIVE
from tests.template import copied

SHORT = [
    "F1 kill -9 after the intent was committed",
    "F1 kill -9 after the carrier accepted",
    "F1 kill -9 before the outcome is committed",
    "F1 kill -9 at random, F5 carrier faults",
    "F18 SIGTERM with requests under way",
]
PATIENCE_SECONDS = 400


@pytest.fixture(scope="module")
def found() -> dict[str, Found]:
    """What came of each, by name."""
    with copied() as database:
        words = ["--database", database, "--json", "--rows", "60", "--seeds", "1", "--only", *SHORT, NAIVE]
        ran = subprocess.run(
            [sys.executable, "-m", "tests.faults", *words],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
            check=False,
        )
    lines = [json.loads(line) for line in ran.stdout.splitlines()]
    assert len(lines) == len(SHORT) + 1, ran.stderr[-5000:]
    return {line.pop("fault"): Found(**line) for line in lines}


@pytest.mark.parametrize("name", SHORT)
def test_nothing_twice_and_nothing_lost(found, name):
    assert found[name].is_well, found[name]
    assert found[name].accepted + found[name].ended >= found[name].rows, found[name]


def test_a_sender_that_marks_afterwards_is_found_out(found):
    assert found[NAIVE].twice, found[NAIVE]
