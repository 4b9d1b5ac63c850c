"""What replies lead to: a table of some 1,800, and what holds for any text whatever."""

import json
import time
from collections import Counter
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import strategies as st

from messaging.rules.replies import Asked, Context, Effect, predict, speaks_of_danger
from messaging.rules.replies.cleaning import clean
from messaging.rules.replies.codes import code_in, codes_for
from messaging.rules.replies.spelling import is_near

DATA = Path(__file__).parent / "data"


def _read(name: str) -> list[dict]:
    return [json.loads(line) for line in (DATA / name).read_text(encoding="utf-8").splitlines()]


CASES = _read("replies.jsonl")
# Labelled before the rules were looked at; kept as they were, so that a rule fitted to a sentence shows.
BLIND = _read("replies_blind.jsonl")
CONFIRM = Context(asks=Asked.CONFIRM)


def context_of(case: dict) -> Context:
    told = dict(case["context"])
    asks = told.pop("asks", None)
    return Context(asks=Asked(asks) if asks else None, language=case["language"], **told)


def test_every_reply_of_the_table_leads_where_it_should():
    wrong = [
        (case["text"], case["effect"], str(got))
        for case in CASES
        if (got := predict(case["text"], context_of(case))) != case["effect"]
    ]

    assert wrong == []


def test_replies_labelled_blind_are_read_right_but_for_one_in_a_hundred():
    wrong = [
        (case["text"], case["effect"], str(got))
        for case in BLIND
        if (got := predict(case["text"], context_of(case))) != case["effect"]
    ]

    assert [text for text, effect, _ in wrong if effect == "crisis"] == []
    assert [text for text, _, got in wrong if got in ("cancel", "confirm", "accept_offer")] == []
    assert len(BLIND) > 1_000
    assert len(wrong) / len(BLIND) < 0.01, wrong


def test_the_table_covers_every_effect_in_both_languages():
    counts = Counter(case["effect"] for case in CASES)

    assert set(counts) == set(Effect)
    assert len(CASES) > 1_700
    assert sum(case["language"] == "es" for case in CASES) > 350
    assert counts["crisis"] > 300


@pytest.mark.parametrize("asks", [None, *Asked])
@pytest.mark.parametrize(
    "more", [{}, {"visits": 2}, {"clients_on_number": 2, "code": "4"}, {"opted_out": True}]
)
def test_danger_stop_and_wrong_numbers_do_not_ask_what_stands_open(asks, more):
    told = Context(asks=asks, **more)

    assert predict("I want to die", told) == Effect.CRISIS
    assert predict("stop. I want to die", told) == Effect.CRISIS
    assert predict("STOP", told) == Effect.OPT_OUT
    assert predict("who is this? stop texting me", told) == Effect.OPT_OUT
    assert predict("Número equivocado", told) == Effect.WRONG_NUMBER


@given(st.text(max_size=300), st.sampled_from([None, *Asked]), st.booleans())
def test_any_text_has_an_effect_and_without_a_question_changes_nothing(text, asks, opted_out):
    effect = predict(text, Context(asks=asks, opted_out=opted_out))

    assert effect in Effect
    if asks is None:
        assert effect not in (
            Effect.CONFIRM,
            Effect.CANCEL,
            Effect.ACCEPT_OFFER,
            Effect.CHOOSE_A,
            Effect.CHOOSE_B,
        )


@given(st.sampled_from([case["text"] for case in CASES]), st.sampled_from([case["text"] for case in CASES]))
def test_words_of_danger_are_found_whatever_stands_beside_them(text, beside):
    if speaks_of_danger(text):
        assert speaks_of_danger(f"{text}. {beside}")


@pytest.mark.parametrize(
    "word",
    [
        "please ",
        "i will ",
        "no me ",
        "quiero ",
        "yes ",
        "a ",
        "going to gonna ",
        "ok, ",
        "y4 ",
        "😀",
        "> a\n",
    ],
)
def test_the_longest_text_a_phone_can_send_is_read_in_time(word):
    began = time.perf_counter()
    predict((word * 1600)[:1600], CONFIRM)

    assert time.perf_counter() - began < 2


def test_what_is_quoted_of_ours_is_not_theirs():
    ours = "Stillwater: you have an appointment Thu. Reply Y to confirm, C to cancel, R to move. STOP to opt out."

    assert clean(f'Yes "{ours}"').words == "yes"
    assert clean(f"> {ours}\nC").words == "c"
    assert predict(ours, CONFIRM) == Effect.INBOX


def test_near_counts_letters_dropped_added_changed_or_swapped():
    assert is_near("suicde", "suicide", 1)
    assert is_near("siucide", "suicide", 1)
    assert not is_near("decide", "suicide", 2)


def test_codes_are_digits_that_mean_nothing_else_and_stay_when_others_come():
    codes = codes_for(range(100, 107))

    assert codes_for([5]) == {}
    assert sorted(codes.values()) == [str(n) for n in range(3, 10)]
    assert len(set(codes_for(range(100, 120)).values())) == 20
    assert codes_for([7, 8])[7] == codes_for([7, 8, 9])[7]


@pytest.mark.parametrize(
    ("text", "code"),
    [("Y4", "4"), ("yes four", "4"), ("c 12", "12"), ("4 yes", "4"), ("yes", ""), ("sí 5!", "5")],
)
def test_the_code_of_a_reply_is_found(text, code):
    assert code_in(text) == code


def test_the_command_reads_and_answers_files(tmp_path, capsys):
    cases, out = tmp_path / "cases.jsonl", tmp_path / "out.jsonl"
    lines = [
        {"id": "1", "text": "Y4", "language": "en",
         "context": {"asks": "confirm", "visits": 1, "clients_on_number": 2, "code": "4", "inside_notice": False,
                     "previous": None, "opted_out": False, "hours_after_start": None}},
        {"id": 2, "text": "C", "context": {"asks": "confirm", "inside_notice": True, "more": "ignored"}},
    ]  # fmt: skip
    cases.write_text("".join(json.dumps(line) + "\n" for line in lines))
    call_command("reply_predict", cases=cases, out=out, json=True)

    answers = [json.loads(line) for line in out.read_text().splitlines()]
    assert answers == [{"id": "1", "effect": "confirm"}, {"id": 2, "effect": "confirm_late_cancel"}]
    assert json.loads(capsys.readouterr().out) == {
        "cases": 2,
        "effects": {"confirm": 1, "confirm_late_cancel": 1},
    }


@pytest.mark.parametrize(
    "line", ["{", '{"text": "Y"}', '{"id": 1, "text": "Y", "context": {"asks": "dance"}}']
)
def test_the_command_names_the_line_it_cannot_read(tmp_path, line):
    cases = tmp_path / "cases.jsonl"
    cases.write_text(line + "\n")

    with pytest.raises(CommandError, match="Line 1 is not a case"):
        call_command("reply_predict", cases=cases, out=tmp_path / "out.jsonl")
