"""Fixtures for every test: the standing cast lives in tests/cast.py."""

import os
from collections.abc import Iterator

import factory
import pytest
from django.db import connection
from hypothesis import settings
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from tests import emptying
from tests.examples import CI, NIGHTLY
from tests.template import migrated

# Playwright leaves an event loop in the worker's thread; Django would refuse the database beside it.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

# No deadlines: figures are measured by `bench`, a busy machine must not fail a property. The same examples each time:
# what refuses a change is the change; `nightly` looks for new ones (docs/decisions/0012).
settings.register_profile("unhurried", deadline=None, derandomize=True)
# `pytest --hypothesis-profile=ci` or `=nightly`: more examples of each test that asks tests.examples how many.
settings.register_profile("ci", deadline=None, derandomize=True, max_examples=CI)
settings.register_profile("nightly", deadline=None, max_examples=NIGHTLY)
settings.load_profile("unhurried")

emptying.quickly()
pytest_plugins = ["tests.cast"]

# In the order they begin: races while their worker has no threads that its forks would miss, then the longest.
TOGETHER = (
    "tests/races/",
    "tests/journeys/",
    "tests/faults/",
    "config/tests/test_demo.py",
    "config/tests/test_large.py",
)


class InGroups(LoadScopeScheduling):
    """Tests that share something dear (a living practice, a demo, servers) stay on one worker; all others are free.

    By place, because pytest 9 no longer lets xdist write a mark's group into a test's id.
    """

    def _split_scope(self, nodeid: str) -> str:
        return _place(nodeid) or nodeid


def _place(nodeid: str) -> str:
    return next((place for place in TOGETHER if nodeid.startswith(place)), "")


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    return InGroups(config, log)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What stays together comes first, in its order; the scheduler is told to keep it."""
    last = len(TOGETHER)
    items.sort(key=lambda item: TOGETHER.index(place) if (place := _place(item.nodeid)) else last)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix):
    """pytest-django makes each worker's database from this one; it then finds nothing left to migrate."""
    connection.settings_dict["TEST"]["TEMPLATE"] = migrated()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """Each test finds what one after a test that commits finds: tables without even the rows of migrations."""
    with django_db_blocker.unblock():
        emptying.empty()


# Factories number from here in every test: far from "Room 1" and from the telephones that tests spell out.
NUMBERED_FROM = 1000


def _made_by(kind: type[factory.Factory]) -> Iterator[type[factory.Factory]]:
    for below in kind.__subclasses__():
        if not below._meta.abstract:
            yield below
        yield from _made_by(below)


@pytest.fixture(autouse=True)
def _numbers_of_its_own():
    """No test's names and telephones depend on how many came before it on the same worker."""
    for kind in _made_by(factory.Factory):
        kind.reset_sequence(NUMBERED_FROM, force=True)


@pytest.fixture
def movable_clock(transactional_db):
    """For a test that moves the clock of its database: the next test finds it running true again."""
    yield
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER DATABASE {connection.settings_dict['NAME']} RESET app.clock_offset")
        cursor.execute("SELECT set_config('app.clock_offset', '', false)")
