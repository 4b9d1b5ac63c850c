"""The same dice give the same weeks, the list fills more of them, and a bad file is told what is wrong with it."""

import copy
import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from config.management.commands.simulate import USUAL
from config.simulate.responses import BadResponses, read
from practice.models import Client
from waitlist.models import Offer, WaitlistEntry

GOOD = json.loads(USUAL.read_text())


def simulated(**options) -> dict:
    out = StringIO()
    call_command("simulate", "--json", *(f"--{name}={value}" for name, value in options.items()), stdout=out)
    return json.loads(out.getvalue().splitlines()[-1])


@pytest.mark.django_db
def test_the_list_fills_more_and_sooner_and_nothing_of_it_stays(settings, practice):
    settings.DEBUG = True

    whole = simulated(weeks=2, providers=2, seed=3)

    with_list, without = whole["with_waitlist"], whole["without_waitlist"]
    assert with_list["freed"] == without["freed"] > 5
    assert with_list["fill_rate"] > without["fill_rate"]
    assert with_list["match_accuracy"] >= 0.5
    assert set(with_list) >= {"conversion", "median_minutes_to_fill"}
    assert [model.objects.count() for model in (Client, WaitlistEntry, Offer)] == [0, 0, 0]


@pytest.mark.django_db
def test_the_same_seed_gives_the_same_week(settings, practice):
    settings.DEBUG = True

    assert simulated(weeks=1, providers=1, seed=9) == simulated(weeks=1, providers=1, seed=9)


def test_production_is_left_alone(settings):
    settings.DEBUG = False

    with pytest.raises(CommandError, match="only for DEBUG"):
        call_command("simulate")


def broken(tmp_path, change) -> list[str]:
    raw = copy.deepcopy(GOOD)
    raw = change(raw) or raw
    path = tmp_path / "responses.json"
    path.write_text(json.dumps(raw))
    with pytest.raises(BadResponses) as bad:
        read(path)
    return bad.value.faults


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda raw: raw.pop("offers") and None, "“offers” is missing."),
        (lambda raw: raw.update(ofers={}), "“ofers” is not known."),
        (lambda raw: raw.update(format="2"), "“format” must be"),
        (lambda raw: raw["offers"].update(accept=0.9), "come to 1.28"),
        (lambda raw: raw["offers"].update(accept="many"), "must be numbers from 0 to 1"),
        (lambda raw: raw["offers"].pop("silent") and None, "must have accept, decline and silent"),
        (lambda raw: raw["reasons"].update(weather=0.1), "may only name"),
        (lambda raw: raw["except"][0].update(when={"moon": 1}), "“except[0].when” must name one or more"),
        (lambda raw: raw["except"][0].update(when={"wish_missed": 1}), "must be true or false"),
        (lambda raw: raw["except"][1].update(when={"lead_hours_below": -1}), "must be a number of 0 or more"),
        (lambda raw: raw.update({"except": {}}), "“except” must be a list."),
        (lambda raw: raw["minutes_to_answer"].update(half_within=90), "must be more than half_within"),
        (lambda raw: raw["minutes_to_answer"].update(half_within=None), "must have the numbers"),
        (lambda raw: raw["cancellations"].update(hours_before=[[0, 1]]), "hours above 0"),
        (lambda raw: raw["cancellations"].update(share=2), "from 0 to 1"),
        (lambda raw: raw["cancellations"].update(more=2), "must have share and hours_before"),
        (lambda raw: raw.update(arrivals_per_week="x"), "must be a number"),
        (lambda raw: raw["by_hand"].update(calls=1.5), "must be a whole number"),
        (lambda raw: raw.update(by_hand=3), "must have calls and minutes_per_call"),
        (lambda raw: raw["by_hand"].update(minutes_per_call="x"), "must be a number of 0 or more"),
        (lambda raw: raw.update(note=3), "must be text"),
        (lambda raw: [raw], "must hold one object"),
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
