"""Fixtures for every test: the standing cast lives in tests/cast.py."""

from pathlib import Path

import pytest

pytest_plugins = ["tests.cast"]

JOURNEYS = Path(__file__).parent / "tests" / "journeys"


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Journeys share one living practice, so they stay on one worker; and they start first, being the longest."""
    for item in items:
        if JOURNEYS in item.path.parents:
            item.add_marker(pytest.mark.xdist_group("journeys"))
    items.sort(key=lambda item: JOURNEYS not in item.path.parents)
