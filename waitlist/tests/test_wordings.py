"""What the list says, as the page of wordings shows it."""

import pytest

from messaging import wordings
from messaging.rules.segments import segments
from messaging.rules.wording import VARIABLES, known, names_in
from waitlist.rules.wordings import DEFAULTS, LABELS

pytestmark = pytest.mark.django_db


def test_every_wording_is_known_with_known_variables_in_both_languages():
    for key, versions in DEFAULTS.items():
        assert wordings.get(key) is not None
        assert key in LABELS
        channels = {channel for channel, _ in versions}
        assert set(versions) == {(channel, language) for channel in channels for language in ("en", "es")}
        for words in (one for some in versions.values() for one in some):
            assert {known(name) for name in names_in(words.text + words.subject_line)} <= set(VARIABLES)


def test_the_shortest_text_of_each_is_one_segment_for_an_ordinary_practice():
    values = {"practice": "Riverside Office", "when": "Wed Nov 25 at 11:00 am", "until": "Wed Nov 25 at 12:00 pm",
              "choices_short": "Y4 take it, N4 pass.", "stop": "STOP to opt out.", "phone": "(202) 555-0190",
              "call": "please call (202) 555-0190", "link": "https://example.org/w/" + "x" * 34 + "/"}  # fmt: skip
    for key, versions in DEFAULTS.items():
        shortest = versions["sms", "en"][-1].text
        said = shortest
        for name in names_in(shortest):
            said = said.replace(f"{{{name}}}", values.get(name, ""))
        assert segments(said) == 1, (key, said)


def test_the_preview_shows_how_an_offer_is_answered(signed_in, admin_user):
    page = signed_in(admin_user).get("/settings/wordings/offer/sms/en/").content.decode()

    assert "Reply Y to take it, N to pass." in page
    assert "12:00 pm" in page
