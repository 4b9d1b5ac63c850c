"""The same dice give the same weeks, the list fills more of them, and a bad file is told what is wrong with it."""

import copy
import json
from contextlib import nullcontext
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import strategies as st

from config.management.commands import simulate
from config.management.commands.simulate import USUAL
from config.simulate.places import line_of, lines_of
from config.simulate.responses import BadResponses, read
from practice.models import Client
from waitlist.models import Offer, WaitlistEntry

GOOD = json.loads(USUAL.read_text())


def simulated(**options) -> dict:
    out = StringIO()
    call_command("simulate", "--json", *(f"--{name}={value}" for name, value in options.items()), stdout=out)
    return json.loads(out.getvalue().splitlines()[-1])


@pytest.fixture
def here(settings, practice, monkeypatch) -> None:
    """In the test's own database, which is as empty as the simulation's."""
    settings.DEBUG = True
    monkeypatch.setattr(simulate, "own_database", lambda say: nullcontext())


@pytest.mark.usefixtures("here")
def test_twelve_weeks_keep_what_the_list_promises_and_nothing_of_them_stays(tmp_path):
    """About as many join for one provider as times come free. The targets are those of the scoreboard."""
    path = tmp_path / "one.json"
    path.write_text(json.dumps(GOOD | {"arrivals_per_week": 4.5}))

    whole = simulated(weeks=12, providers=1, seed=3, responses=path)

    with_list, without = whole["with_waitlist"], whole["without_waitlist"]
    assert with_list["freed"] == without["freed"] > 40
    assert with_list["fill_rate"] > without["fill_rate"]
    assert with_list["median_minutes_to_fill_both"] < without["median_minutes_to_fill_both"]
    assert (with_list["calls_by_staff"], without["calls_by_staff"] > 40) == (0, True)
    assert with_list["conversion"] >= 0.8
    assert with_list["match_accuracy"] >= 0.7
    assert [model.objects.count() for model in (Client, WaitlistEntry, Offer)] == [0, 0, 0]


@pytest.mark.usefixtures("here")
def test_the_same_seed_gives_the_same_week():
    assert simulated(weeks=1, providers=1, seed=9) == simulated(weeks=1, providers=1, seed=9)


def test_production_is_left_alone(settings):
    settings.DEBUG = False

    with pytest.raises(CommandError, match="only for DEBUG"):
        call_command("simulate")


def broken(tmp_path, change) -> list[str]:
    raw = copy.deepcopy(GOOD)
    raw = change(raw) or raw
    path = tmp_path / "responses.json"
    path.write_text(json.dumps(raw, indent=1))
    with pytest.raises(BadResponses) as bad:
        read(path)
    return bad.value.faults


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda raw: raw.pop("offers") and None, "“offers”: is missing. Add it"),
        (lambda raw: raw.update(ofers={}), "“ofers”: is not known. Leave it out"),
        (lambda raw: raw.update(format="2"), "line 2, “format”: must be"),
        (
            lambda raw: raw["offers"].update(accept=0.9),
            "line 4, “offers”: the shares must come to 1, and come to 1.28",
        ),
        (
            lambda raw: raw["offers"].update(accept="many"),
            "line 5, “offers.accept”: must be a number from 0 to 1, not 'many'",
        ),
        (lambda raw: raw["offers"].pop("silent") and None, "must have accept, decline and silent"),
        (lambda raw: raw["reasons"].update(weather=0.1), "may only name"),
        (lambda raw: raw["except"][0].update(when={"moon": 1}), "“except[0].when”: must name one or more"),
        (lambda raw: raw["except"][0].update(when={"wish_missed": 1}), "must be true or false"),
        (
            lambda raw: raw["except"][1].update(when={"lead_hours_below": -1}),
            "line 20, “except[1].when.lead_hours_below”: must be a number of 0 or more, not -1",
        ),
        (lambda raw: raw.update({"except": {}}), "“except”: must be a list"),
        (lambda raw: raw["minutes_to_answer"].update(half_within=90), "must be more than half_within"),
        (
            lambda raw: raw["minutes_to_answer"].update(half_within=None),
            "answer.half_within”: must be a number",
        ),
        (
            lambda raw: raw["cancellations"].update(hours_before=[[0, 1]]),
            "hours_before[0][0]”: must be hours above 0",
        ),
        (lambda raw: raw["cancellations"].update(share=2), "from 0 to 1"),
        (lambda raw: raw["cancellations"].update(more=2), "must have share and hours_before"),
        (
            lambda raw: raw.update(arrivals_per_week="x"),
            "must be a number from 0 to 1000, not 'x'",
        ),
        (lambda raw: raw["by_hand"].update(calls=1.5), "must be a whole number"),
        (lambda raw: raw.update(by_hand=3), "must have calls and minutes_per_call"),
        (lambda raw: raw["by_hand"].update(minutes_per_call="x"), "must be a number from 0 to 10080"),
        (lambda raw: raw.update(note=3), "must be text"),
        (lambda raw: raw["minutes_to_answer"].pop("half_within") and None, "must have half_within and nine"),
        (lambda raw: raw["cancellations"].update(hours_before={}), "must be a list of [hours, share]"),
        (lambda raw: [raw], "line 1, the whole file: must hold one object"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(tmp_path, change, says):
    assert any(says in fault for fault in broken(tmp_path, change)), broken(tmp_path, change)


def test_every_fault_is_told_at_once(tmp_path):
    def change(raw):
        raw.pop("offers")
        raw["arrivals_per_week"] = -1

    assert len(broken(tmp_path, change)) == 2


def test_a_file_that_is_none_says_so(tmp_path):
    path = tmp_path / "x.json"
    with pytest.raises(BadResponses, match="cannot be read"):
        read(path)
    path.write_text('{"a": ')
    with pytest.raises(BadResponses, match="line 1"):
        read(path)
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(BadResponses, match="UTF-8"):
        read(path)
    path.write_text('{"offers": 1, "offers": 2}')
    with pytest.raises(BadResponses, match="“offers” stands twice"):
        read(path)


def test_the_command_ends_with_every_fault(tmp_path, settings):
    settings.DEBUG = True
    path = tmp_path / "x.json"
    path.write_text("[]")

    with pytest.raises(CommandError, match=r"x\.json, line 1, the whole file: must hold one object"):
        call_command("simulate", responses=path)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["a", "b", "c{", 'd"']), inner, max_size=3)
    ),
    max_leaves=12,
)


def written(value, line: int, place: str, found: dict[str, int]) -> tuple[str, int]:
    """One member or item a line: the text, and the line after it."""
    found.setdefault(place, line)
    if isinstance(value, dict):
        parts = [(f"{place}.{json.dumps(k)[1:-1]}" if place else json.dumps(k)[1:-1], json.dumps(k) + ": ", v)
                 for k, v in value.items()]  # fmt: skip
    elif isinstance(value, list):
        parts = [(f"{place}[{n}]", "", v) for n, v in enumerate(value)]
    else:
        return json.dumps(value), line
    texts = []
    for inner, head, part in parts:
        text, line = written(part, line + 1, inner, found)
        texts.append("\n" + head + text)
    ends = "{}" if isinstance(value, dict) else "[]"
    return ends[0] + ",".join(texts) + ends[1], line


@given(VALUES)
def test_each_thing_is_found_on_its_line(value):
    wanted: dict[str, int] = {}
    text, _ = written(value, 1, "", wanted)

    assert json.loads(text) == value
    assert lines_of(text) == wanted


def test_what_is_missing_is_looked_for_where_it_would_stand():
    lines = lines_of('{"a": [\n{"b": 1}]}')

    assert [line_of(place, lines) for place in ("a[0].when", "a[0].b", "a[7]", "c", "")] == [2, 2, 1, 1, 1]
