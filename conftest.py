"""Fixtures for every test: the standing cast lives in tests/cast.py."""

import os
from pathlib import Path

import pytest
from django.db import connection
from hypothesis import settings

from tests.examples import CI, NIGHTLY

# Playwright leaves an event loop in the worker's thread; Django would refuse the database beside it.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

# Figures are measured by `bench`; a busy machine must not fail a property.
settings.register_profile("unhurried", deadline=None)
# `pytest --hypothesis-profile=ci` or `=nightly`: more examples of each test that asks tests.examples how many.
settings.register_profile("ci", deadline=None, max_examples=CI)
settings.register_profile("nightly", deadline=None, max_examples=NIGHTLY)
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


@pytest.fixture
def movable_clock(transactional_db):
    """For a test that moves the clock of its database: the next test finds it running true again."""
    yield
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER DATABASE {connection.settings_dict['NAME']} RESET app.clock_offset")
        cursor.execute("SELECT set_config('app.clock_offset', '', false)")
