"""The report of what was gone past: who, what, when, why."""

import csv
import datetime as dt
import io
import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core import clock
from core.refusals import Blocked
from practice.models import AuditEntry
from scheduling import operations
from scheduling.queries.overridden import Asked, count_overridden, overridden
from scheduling.rules.overrides import is_reason
from scheduling.tests.conftest import NOW, at
from scheduling.tests.factories import AppointmentFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]
PAGE, EXPORT = "/settings/overrides/", "/settings/overrides/export/"


@pytest.fixture
def desk(actor, front_desk):
    return actor(front_desk)


@pytest.fixture
def booked(clinic, wish, desk):
    """At night because of an emergency, and a day later over another visit."""
    night = operations.book(wish(20), by=desk, override_reason="emergency").appointment
    operations.book(wish(9, client_ids=(clinic.other.pk,)), by=desk)
    with clock.frozen(NOW + dt.timedelta(days=1, hours=-2)):
        over = operations.book(wish(9), by=desk, override_reason="both =fit").appointment
    return night, over


def told(**asked) -> list[tuple[str, str]]:
    return [(row.code, row.reason) for row in overridden(Asked(**asked))]


def test_each_override_is_a_line_newest_first(booked, front_desk):
    found = overridden(Asked())

    assert [(row.code, row.reason, row.who, row.at) for row in found] == [
        ("provider_busy", "both =fit", front_desk.name, NOW + dt.timedelta(hours=22)),
        ("outside_hours", "emergency", front_desk.name, NOW),
    ]
    assert (found[0].visit, found[0].starts_at, found[0].provider) == (
        booked[1].public_id,
        at(9),
        booked[1].provider.name,
    )


def test_filters_narrow_it(booked, clinic, front_desk, admin_user):
    both = [("provider_busy", "both =fit"), ("outside_hours", "emergency")]

    assert told(by=front_desk.pk) == told(provider=clinic.provider.pk) == both
    assert told(by=admin_user.pk) == told(provider=clinic.colleague.pk) == told(code="room_busy") == []
    assert told(code="outside_hours") == told(until=at(0)) == both[1:]
    assert told(since=at(0)) == both[:1]
    assert count_overridden(Asked(since=at(0))) == 1


def test_a_booking_that_was_taken_back_takes_its_line_along(clinic, wish, desk):
    acted = operations.book(wish(20), by=desk, override_reason="emergency")
    assert count_overridden(Asked()) == 1

    operations.undo(acted.change.pk, by=desk)

    assert count_overridden(Asked()) == 0


@pytest.mark.parametrize("reason", ["", "  ", "ok", " x "])
def test_a_reason_says_something(wish, desk, reason):
    assert not is_reason(reason)
    with pytest.raises(Blocked):
        operations.book(wish(20), by=desk, override_reason=reason)


def test_the_form_says_that_a_reason_is_too_short(signed_in, front_desk, clinic):
    filled = {
        "change_id": str(uuid.uuid4()),
        "type": clinic.type.pk,
        "provider": str(clinic.provider.public_id),
        "client": str(clinic.regular.public_id),
        "on": "2026-11-25",
        "at": "8p",
        "minutes": "50",
        "modality": "in_person",
        "override_reason": "ok",
    }
    answer = signed_in(front_desk).post("/visits/new/", filled)

    assert answer.status_code == 422
    assert "Say in a few words why." in answer.content.decode()


def test_the_page_names_who_what_when_and_why(signed_in, admin_user, booked, front_desk):
    html = signed_in(admin_user).get(PAGE).content.decode()

    assert "Provider booked twice" in html
    assert "Outside hours" in html
    assert "emergency" in html
    assert f"/calendar/?on=2026-11-25&amp;visit={booked[0].public_id}" in html
    assert "Rita" not in html


def test_the_address_says_what_is_asked(signed_in, admin_user, booked):
    browser = signed_in(admin_user)
    one = browser.get(PAGE, {"code": "outside_hours"}).content.decode()
    none = browser.get(PAGE, {"code": "nonsense"}).content.decode()

    assert ("emergency" in one, "both =fit" in one) == (True, False)
    assert "?code=outside_hours" in one
    assert "Nothing found" in none


def test_it_exports_what_was_found_and_notes_the_export(signed_in, admin_user, booked):
    answer = signed_in(admin_user).get(EXPORT, {"code": "provider_busy"})
    rows = list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode())))

    assert [(row["what"], row["why"], row["state"]) for row in rows] == [
        ("Provider booked twice", "both =fit", "scheduled")
    ]
    assert AuditEntry.objects.get(act="overrides.exported").after == {"rows": 1}


def test_nobody_but_admins_reads_it(signed_in, front_desk, provider, biller):
    assert {
        signed_in(user).get(address).status_code
        for user in (front_desk, provider.user, biller)
        for address in (PAGE, EXPORT)
    } == {403}


def test_it_costs_the_same_for_one_line_and_for_three(signed_in, admin_user, booked, wish, desk):
    browser = signed_in(admin_user)

    def queries() -> int:
        with CaptureQueriesContext(connection) as counted:
            browser.get(PAGE)
        return len(counted)

    queries()
    few = queries()
    operations.book(wish(21, 15), by=desk, override_reason="once more")
    operations.book(wish(22, 45), by=desk, override_reason="and again")

    assert queries() == few


def test_it_reads_only_visits_that_have_one(db):
    """The condition is the partial index's, so a long history costs nothing."""
    AppointmentFactory()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(
            "EXPLAIN SELECT id FROM scheduling_appointment a WHERE NOT (a.overrides = '[]'::jsonb)"
        )
        plan = " ".join(line for (line,) in cursor.fetchall())

    assert "scheduling_appt_overridden" in plan
    assert reverse("scheduling:override-list") == PAGE
