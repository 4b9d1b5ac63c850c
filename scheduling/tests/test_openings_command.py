"""`manage.py openings`: the same search in a terminal, with errors somebody can act on."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from scheduling.tests.conftest import at
from scheduling.tests.factories import AppointmentFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]
DAY = ["--from", "2026-11-25", "--to", "2026-11-25"]


def said(*words: str) -> str:
    out = StringIO()
    call_command("openings", *words, stdout=out)
    return out.getvalue()


def data(*words: str) -> dict:
    return json.loads(said(*words, "--json"))


def test_it_prints_days_people_and_times(clinic):
    told = said("--type", "follow-up", "--provider", clinic.provider.last_name, *DAY, "--before", "9:30")

    assert told.splitlines() == [
        "Wednesday, November 25",
        f"  {clinic.provider.name} (50 min)  8:00 am  8:15 am  8:30 am",
    ]


def test_as_data_it_says_when_and_with_whom_soonest_first(clinic):
    told = data("--type", str(clinic.type.pk), *DAY, "--limit", "1", "--before", "9")

    assert told["zone"] == "America/New_York"
    assert {one["starts_at"] for one in told["openings"]} == {"2026-11-25T08:00:00-05:00"}
    assert {one["provider"] for one in told["openings"]} == {
        str(clinic.provider.public_id),
        str(clinic.colleague.public_id),
    }


def test_nothing_found_is_an_answer(clinic):
    assert said("--type", "Follow-up", *DAY, "--days", "sun") == "No opening.\n"
    assert data("--type", "Follow-up", *DAY, "--days", "sun")["openings"] == []


def test_why_tells_the_reason_for_each(clinic):
    clinic.colleague.offers.all().delete()

    told = data("--type", "Follow-up", *DAY, "--why")

    assert told["why"] == {
        "2026-11-25": [{"provider": clinic.colleague.name, "reasons": ["Does not offer Follow-up"]}]
    }


def test_at_says_what_stands_against_that_start(clinic):
    AppointmentFactory(type=clinic.type, provider=clinic.provider, starts_at=at(14))
    asked = ["--type", "Follow-up", "--provider", str(clinic.provider.public_id)]

    assert "is booked from 2:00 pm to 2:50 pm" in said(*asked, "--at", "2026-11-25 14:00")
    assert data(*asked, "--at", "2026-11-25 14:00")["problems"][0]["code"] == "provider_busy"
    assert said(*asked, "--at", "2026-11-25 16:00") == "Nothing stands against it.\n"


def test_client_room_and_place_count(clinic):
    visit = AppointmentFactory(type=clinic.type, provider=clinic.colleague, room=clinic.room, starts_at=at(9))
    visit.attendances.create(client=clinic.regular)
    asked = [
        "--type",
        "Follow-up",
        "--provider",
        clinic.provider.name,
        *DAY,
        "--after",
        "9",
        "--before",
        "10",
    ]

    assert data(*asked)["count"] == 1
    assert data(*asked, "--client", clinic.regular.record_number)["count"] == 0
    assert data(*asked, "--room", "any", "--location", "Riverside")["count"] == 0


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--type", "Massage"], "No type “Massage”. There are: Follow-up."),
        (["--type", "Follow-up", "--provider", "Nobody"], "No provider “Nobody”"),
        (["--type", "Follow-up", "--from", "soon"], "--from: “soon” cannot be understood"),
        (["--type", "Follow-up", "--from", "2026-11-25", "--to", "2026-11-24"], "--to must lie after --from"),
        (["--type", "Follow-up", "--days", "mon,someday"], "“som” is no day"),
        (["--type", "Follow-up", "--client", "0"], "No client has this record number."),
        (["--type", "Follow-up", "--at", "2026-11-25 14:00"], "name exactly one"),
    ],
)
def test_what_cannot_be_understood_ends_with_two(clinic, words, message):
    with pytest.raises(CommandError, match=message) as refused:
        said(*words)

    assert refused.value.returncode == 2
