"""While a carrier is out of order every page of staff says so; a cache that is away costs only that."""

import pytest
from django.core.cache import cache

from messaging.models import Breaker
from messaging.operations import banner, dispatch
from messaging.states import BreakerState
from messaging.tests.conftest import MORNING


@pytest.fixture
def broken(db):
    cache.clear()
    row = Breaker(provider="twilio", channel="sms", state=BreakerState.OPEN, cause="It refuses our settings")
    row.opened_at = row.until = MORNING
    row.save()
    return row


def test_staff_is_told_until_it_works_again(signed_in, front_desk, broken):
    desk = signed_in(front_desk)
    dispatch.reap()
    page = desk.get("/", follow=True).content.decode()
    assert "A carrier is out of order" in page
    assert "Texts are waiting. It refuses our settings." in page

    broken.state, broken.opened_at, broken.until = BreakerState.CLOSED, None, None
    broken.save()
    banner.show()
    assert "A carrier is out of order" not in desk.get("/", follow=True).content.decode()


def test_nobody_signed_in_is_told_nothing(client, broken):
    banner.show()

    assert "out of order" not in client.get("/accounts/login/").content.decode()


def test_a_cache_that_is_away_costs_only_the_banner(broken, monkeypatch):
    def away(*args, **kwargs):
        raise ConnectionError

    monkeypatch.setattr(cache, "set", away)
    monkeypatch.setattr(cache, "get", away)
    banner.show()

    assert banner.shown() == []
