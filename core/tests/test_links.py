import datetime as dt

import pytest
import time_machine

from core import links

START = dt.datetime(2026, 11, 23, 15, tzinfo=dt.UTC)
SUBJECT = "5f0c1f6e-5a52-4d8c-9c63-2f9d7fcb7a10"


def test_the_subject_comes_back_and_the_token_fits_a_url():
    token = links.sign("visit", SUBJECT)

    assert links.read("visit", token, max_age_seconds=60) == SUBJECT
    assert all(c.isalnum() or c in "-_:" for c in token)


@pytest.mark.parametrize(("seconds", "works"), [(60, True), (61, False)])
def test_a_link_works_until_its_end(seconds, works):
    with time_machine.travel(START, tick=False):
        token = links.sign("visit", SUBJECT)

    with time_machine.travel(START + dt.timedelta(seconds=seconds), tick=False):
        if works:
            assert links.read("visit", token, max_age_seconds=60) == SUBJECT
        else:
            with pytest.raises(links.LinkRefused):
                links.read("visit", token, max_age_seconds=60)


def spoilt(token: str) -> dict[str, str]:
    subject, stamp, signature = token.split(":")
    other = SUBJECT.replace("5f0c", "5f0d")
    return {
        "another subject": f"{other}:{stamp}:{signature}",
        "a later stamp": f"{subject}:zzzzzz:{signature}",
        "no signature": f"{subject}:{stamp}:",
        "empty": "",
        "nonsense": "nonsense",
        "another key": f"{subject}:{stamp}:{'A' * len(signature)}",
    }


@pytest.mark.parametrize("how", list(spoilt("a:b:c")))
def test_a_spoilt_link_is_refused_without_saying_why(how):
    bad = spoilt(links.sign("visit", SUBJECT))[how]

    with pytest.raises(links.LinkRefused) as refused:
        links.read("visit", bad, max_age_seconds=60)

    assert refused.value.message == "This link no longer works. Please call the office."


def test_a_link_serves_one_purpose_only():
    token = links.sign("visit", SUBJECT)

    with pytest.raises(links.LinkRefused):
        links.read("unsubscribe", token, max_age_seconds=60)
