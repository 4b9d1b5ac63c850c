"""A tab nobody touches is signed out although it goes on asking for news, and comes back to where it was."""

import time
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
from playwright.sync_api import expect

from tests.living import Living

IDLE_SECONDS = 4
WAIT_SECONDS = 10


@pytest.fixture(scope="module")
def hasty(living: Living) -> Iterator[str]:
    """A second door to the same practice that locks early."""
    with living.another_web(IDLE_SECONDS=str(IDLE_SECONDS)) as base:
        yield base


@pytest.mark.parametrize("who_locks", ["the page", "the server"])
def test_an_untouched_calendar_locks(sign_in, hasty, who_locks):
    without = ("**/js/idle*.js",) if who_locks == "the server" else ()
    page = sign_in("front desk", base=hasty, without=without)
    polls = []
    page.on("request", lambda asked: polls.append(asked.url) if "/calendar/poll/" in asked.url else None)
    here = page.url.removeprefix(hasty)
    opened = time.monotonic()

    page.wait_for_url("**/accounts/login/?*", timeout=1000 * WAIT_SECONDS)

    assert page.url == f"{hasty}/accounts/login/?{urlencode({'next': here})}"
    assert time.monotonic() - opened < WAIT_SECONDS
    assert who_locks == "the page" or polls
    expect(page.get_by_label("Password")).to_be_visible()
