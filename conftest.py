"""Fixtures for every test: the standing cast lives in tests/cast.py."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

# Playwright leaves an event loop in the worker's thread; Django would refuse the database beside it.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

# Figures are measured by `bench`; a busy machine must not fail a property.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")

pytest_plugins = ["tests.cast"]

JOURNEYS = Path(__file__).parent / "tests" / "journeys"


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Journeys share one living practice, so they stay on one worker; and they start first, being the longest."""
    for item in items:
        if JOURNEYS in item.path.parents:
            item.add_marker(pytest.mark.xdist_group("journeys"))
    items.sort(key=lambda item: JOURNEYS not in item.path.parents)
