import pytest
from django.core.cache import cache
from django.test import RequestFactory

from core import throttle


@pytest.fixture(autouse=True)
def empty_cache():
    cache.clear()


def test_the_call_after_the_last_allowed_one_is_refused_for_this_key_only():
    answers = [throttle.allows("page", "a", most=2, seconds=60) for _ in range(3)]

    assert answers == [True, True, False]
    assert throttle.allows("page", "b", most=2, seconds=60)
    assert throttle.allows("other", "a", most=2, seconds=60)


@pytest.mark.parametrize(
    ("behind_proxy", "address"), [(True, "203.0.113.9"), (False, "127.0.0.1")], ids=["proxy", "direct"]
)
def test_only_the_hop_our_own_proxy_wrote_is_believed(behind_proxy, address):
    request = RequestFactory().get("/", headers={"X-Forwarded-For": "10.0.0.1, 203.0.113.9"})

    assert throttle.address_of(request, behind_proxy=behind_proxy) == address
