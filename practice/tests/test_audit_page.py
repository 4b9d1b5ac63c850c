"""The audit trail as admins search and export it."""

import datetime as dt

import pytest
from django.urls import reverse

from core.sheets.writing import harmless
from practice.models import AuditEntry
from practice.tests.factories import AuditEntryFactory

LIST, EXPORT = "practice:audit-list", "practice:audit-export"


@pytest.fixture
def _three(front_desk):
    june = dt.datetime(2026, 6, 10, 3, 30, tzinfo=dt.UTC)  # still the ninth in New York
    mine = {"actor_kind": "user", "actor_id": front_desk.pk, "via": "web"}
    AuditEntryFactory(
        act="visit.booked", subject_kind="appointment", subject_id=7, at=june, after={"state": "x"}, **mine
    )
    AuditEntryFactory(
        act="visit.moved", subject_kind="appointment", subject_id=7, at=june + dt.timedelta(days=1), **mine
    )
    AuditEntryFactory(act="client.viewed", subject_id=8, at=june + dt.timedelta(days=2))


def acts(page: str) -> list[str]:
    return [act for act in ("visit.booked", "visit.moved", "client.viewed") if f">{act}<" in page]


@pytest.mark.usefixtures("_three")
@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, ["visit.booked", "visit.moved", "client.viewed"]),
        ({"act": "visit"}, ["visit.booked", "visit.moved"]),
        ({"subject": "client"}, ["client.viewed"]),
        ({"subject_id": "7"}, ["visit.booked", "visit.moved"]),
        ({"first_on": "2026-06-09", "last_on": "2026-06-09"}, ["visit.booked"]),
        ({"first_on": "2026-06-10"}, ["visit.moved", "client.viewed"]),
        ({"first_on": "soon"}, []),
    ],
)
def test_search_by_act_subject_and_the_practices_days(signed_in, admin_user, asked, found):
    page = signed_in(admin_user).get(reverse(LIST), asked).content.decode()

    assert acts(page) == found


@pytest.mark.usefixtures("_three")
def test_search_by_who_and_times_in_the_practices_zone(signed_in, admin_user, front_desk):
    page = signed_in(admin_user).get(reverse(LIST), {"user": front_desk.pk}).content.decode()

    assert (acts(page), "2026-06-09 23:30:00-04:00" in page) == (["visit.booked", "visit.moved"], True)


@pytest.mark.usefixtures("_three")
def test_the_export_has_what_was_found_and_is_itself_on_record(signed_in, admin_user):
    answer = signed_in(admin_user).get(reverse(EXPORT), {"act": "visit.b"})

    rows = b"".join(answer.streaming_content).decode().splitlines()
    assert rows == [
        "when,who,act,subject,before,after,from,change",
        '2026-06-09 23:30:00-04:00,Fran Desk,visit.booked,appointment 7,,"{""state"": ""x""}",web,',
    ]
    assert AuditEntry.objects.get(act="audit.exported").after == {"rows": 1}


@pytest.mark.parametrize("value", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_no_cell_runs_as_a_formula(value):
    assert harmless(value) == f"'{value}"


def test_other_cells_are_left_alone():
    assert [harmless(value) for value in ("visit.booked", 7, None, "")] == ["visit.booked", "7", "", ""]
