"""Variables and the faults words can have, without a database."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.refusals import Severity
from messaging.rules import lint
from messaging.rules.lint import Written, problems_with
from messaging.rules.segments import is_gsm
from messaging.rules.wording import VARIABLES, Words, language_of, render, render_html, versions_of


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{practice}: {when}", "Quiet: today"),
        ("{Practice}: { when }", "Quiet: today"),
        ("{clinician} and {provider}", "Dr. M and Dr. M"),
        ("a {stop} b", "a b"),
        ("one\n{location}\ntwo", "one\ntwo"),
        ("one\n\n{location}\n\ntwo", "one\n\ntwo"),
        ("  {times}", "a\n  b"),
        ("{% if x %} {{when}}", "{today}"),
        ("{unheard}", ""),
    ],
)
def test_variables_are_filled_and_nothing_else_is_understood(text, said):
    known = {"practice": "Quiet", "when": "today", "provider": "Dr. M", "times": "a\nb"}

    assert render(text, known) == said.strip()


def test_a_value_is_never_read_as_words():
    assert render("{client}", {"client": "{practice}", "practice": "x"}) == "{practice}"


@given(st.text("<>&\"'{}ab \n", max_size=60), st.text("<>&\"'{}ab", max_size=20))
def test_no_markup_comes_from_words_or_values(text, value):
    html = render_html(text, dict.fromkeys(VARIABLES, value) | {"link": "https://x.example/"})

    for ours in ("<p>", "</p>", "<br>", "<strong>", "</strong>", '<a href="https://x.example/">', "</a>"):
        html = html.replace(ours, "")
    assert "<" not in html
    assert ">" not in html


@pytest.mark.parametrize(
    ("code", "language"), [("en", "en"), ("es", "es"), ("es-MX", "es"), ("ES_us", "es"), ("fr", "en"), ("", "en")]
)  # fmt: skip
def test_the_language_somebody_is_written_to_in(code, language):
    assert language_of(code) == language


def test_own_words_of_the_language_then_ours_of_it_then_english():
    ours = {("sms", "en"): [Words("ours")], ("sms", "es"): [Words("nuestro")]}
    own = {
        ("k", 0, "sms", "en"): Words("own"),
        ("k", 7, "sms", "en"): Words("step"),
        ("k", 0, "email", "en"): Words("m"),
    }

    def chosen(**differs):
        asked = {"scope": 0, "channel": "sms", "language": "en", "own": own, "defaults": ours} | differs
        return versions_of("k", **asked)[0].text

    assert [
        chosen(),
        chosen(scope=7),
        chosen(scope=8),
        chosen(language="es", scope=7),
        chosen(own={}),
        chosen(channel="email", language="es"),
    ] == ["own", "step", "own", "nuestro", "ours", "m"]
    with pytest.raises(KeyError):
        chosen(channel="voice")


def faults(text: str, subject_line: str = "", *, said: str = "", **differs) -> dict[str, Severity]:
    facts = {"channel": "sms", "names_practice": False} | differs
    written = Written(text=text, subject_line=subject_line, said=said or text, **facts)
    return {problem.code: problem.severity for problem in problems_with(written)}


BLOCKER, OVERRIDE, WARNING = Severity.BLOCKER, Severity.NEEDS_OVERRIDE, Severity.WARNING


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("{practice} {when} {choices}", {}),
        ("{whenn}", {"unknown_variable": BLOCKER}),
        ("{{when}}", {"stray_bracket": BLOCKER}),
        ("{% load x %}", {"unknown_variable": BLOCKER}),
        ("Reply CANCEL", {"carrier_word": BLOCKER}),
        ("reply 'cancel' to end", {"carrier_word": BLOCKER}),
        ("Reply C to cancel", {}),
        ("Your visit is cancelled", {}),
        ("Your therapy appointment", {"sensitive": OVERRIDE}),
        ("With your psychiatrist", {"sensitive": OVERRIDE}),
        ("Su sesión de terapia", {"sensitive": OVERRIDE, "letters": WARNING}),
        ("The sessional physiotherapeutic", {}),
        ("Hi {client}", {"revealing": WARNING}),
        ("x" * 161, {"segments": WARNING}),
        ("x" * 1601, {"too_long": BLOCKER}),
        ("It’s on", {"letters": WARNING}),
    ],
)
def test_faults_of_a_text(text, found):
    assert faults(text) == found


def test_what_comes_unasked_says_who_writes_and_how_to_call():
    assert faults("See you", names_practice=True) == {"no_practice": OVERRIDE, "no_phone": OVERRIDE}
    assert faults("{practice} {call}", names_practice=True) == {}
    assert faults("{practice}", asks=True) == {"no_choices": WARNING}


def test_a_mail_may_be_long_and_curly_but_its_subject_is_looked_at():
    assert faults("“Hello” " * 300, "Anxiety {x} " + "y" * 60, channel="email") == {
        "unknown_variable": BLOCKER,
        "sensitive": OVERRIDE,
        "long_subject": WARNING,
    }


def test_a_variable_nobody_knows_is_named_with_those_there_are():
    (problem,) = problems_with(Written(text="{clint}", channel="sms", said="", names_practice=False))

    assert problem.message == "{clint} is not a variable. Did you mean {client}?"
    assert all(f"{{{name}}}" in problem.remedy for name in (*VARIABLES, "clinician"))


def test_each_letter_that_costs_is_named_with_what_to_write_instead():
    (problem,) = problems_with(Written(text="It’s Núñez — 😀", channel="sms", said="", names_practice=False))

    assert problem.message == (
        "These letters leave room for 70 in a text instead of 160: ’ right single quotation mark (instead: '), "
        "ú latin small letter u with acute (instead: u), — em dash (instead: -), "
        "😀 grinning face (instead: nothing)."
    )


@given(st.text(max_size=50))
def test_replacing_leaves_only_letters_of_a_text(text):
    assert is_gsm(lint.replaced(text))
