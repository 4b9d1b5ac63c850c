import datetime as dt

import pytest

from core import links

SOON = dt.datetime(2026, 11, 30, tzinfo=dt.UTC)


def test_a_token_fits_a_url_and_says_nothing():
    tokens = {links.new_token("visit") for _ in range(50)}

    assert len(tokens) == 50
    assert all(len(token) == 34 and all(c.isalnum() or c in "-_" for c in token) for token in tokens)


def test_a_token_serves_one_purpose_only():
    token = links.new_token("visit")

    assert links.is_signed("visit", token)
    assert not links.is_signed("unsubscribe", token)


def test_a_spoilt_token_is_not_ours():
    token = links.new_token("visit")
    other = "B" if token[0] == "A" else "A"
    spoilt = ["", "x", other + token[1:], token[:-1], token + "A", token[:-1] + "!", "é" * 34]

    assert [links.is_signed("visit", one) for one in spoilt] == [False] * len(spoilt)


def test_a_key_that_is_being_replaced_still_opens(settings):
    token = links.new_token("visit")

    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another", [settings.SECRET_KEY]
    assert links.is_signed("visit", token)

    settings.SECRET_KEY_FALLBACKS = []
    assert not links.is_signed("visit", token)


def test_the_address_is_the_worlds_name_for_us(settings):
    settings.PUBLIC_BASE_URL = "https://desk.example.org"
    made = links.draft("visit", client_id=1, contact_id=None, subject=2, expires_at=SOON)

    assert made.url == f"https://desk.example.org/v/{made.token}/"


def test_what_is_kept_cannot_be_used():
    token = links.new_token("visit")

    assert token not in links.hash_of(token)
    assert not links.is_signed("visit", links.hash_of(token))


@pytest.mark.parametrize("field", ["client_id", "subject"])
def test_ids_are_no_part_of_a_token(field):
    facts = {"client_id": 1234567, "contact_id": None, "subject": 1234567} | {field: 7654321}

    assert str(facts[field]) not in links.draft("visit", **facts, expires_at=SOON).token
