"""Imported visits and the plan of their reminders. The clinic's day is Tuesday 2026-11-24, 10:00 in New York."""

from importlib import import_module

import pytest
from django.apps import apps

from practice.tests.files import reasons, take
from reminders.models import Reminder
from scheduling.models import Appointment
from scheduling.tests.conftest import clinic, now  # noqa: F401  the same small clinic

MAIL = "rita@example.com"

pytestmark = pytest.mark.usefixtures("now")


@pytest.fixture(autouse=True)
def rules(db):
    """A test with a live server empties the tables behind itself."""
    import_module("reminders.migrations.0002_default_rules").add(apps, None)


@pytest.fixture
def row(clinic):  # noqa: F811
    def make(visit: str, starts_at: str, **other) -> dict:
        fields = {
            "visit": visit,
            "client": clinic.regular.record_number,
            "type": "follow-up",
            "provider": "Dr. Maya Smith",
            "starts_at": starts_at,
        }
        return fields | other

    return make


def visit(number: str) -> Appointment:
    return Appointment.objects.get(record_number=number)


def test_reminders_are_planned_but_no_first_confirmation(row):
    take("appointments", [row("F1", "2026-12-15 14:00")])

    planned = Reminder.objects.filter(attendance__appointment=visit("F1"))
    assert set(planned.values_list("rule__offset_minutes", flat=True)) == {120, 1440, 2880, 10080}
    assert not planned.filter(rule__kind="initial").exists()


def test_what_the_former_system_said_is_not_said_again(row):
    take(
        "appointments",
        [
            row("F1", "2026-12-01 14:00", sms_reminder_sent="yes", confirmation_sent="yes"),
            row("F2", "2026-12-02 14:00", reminders_off="yes"),
            row("P1", "2026-11-02 09:00", status="kept", sms_reminder_sent="yes"),
        ],
    )

    first = Reminder.objects.filter(attendance__appointment=visit("F1"))
    sent = first.filter(state="skipped", reason="Sent by the former system")
    assert set(sent.values_list("rule__offset_minutes", flat=True)) == {1440, 0}
    left = first.filter(state="planned").values_list("rule__offset_minutes", flat=True)
    assert set(left) == {120, 2880, 10080}
    off = Reminder.objects.filter(attendance__appointment=visit("F2"))
    assert set(off.values_list("state", flat=True)) == {"skipped"}
    assert off.values_list("rule", flat=True).distinct().count() == 5
    past = Reminder.objects.get(attendance__appointment=visit("P1"))
    assert (past.state, past.rule.offset_minutes) == ("skipped", 1440)


def test_past_visits_plan_nothing(row):
    take("appointments", [row("P1", "2026-11-02 09:00", status="kept")])
    assert not Reminder.objects.exists()


def planned(number: str) -> set[str]:
    rows = Reminder.objects.filter(attendance__appointment=visit(number), state="planned")
    return set(rows.values_list("channel", flat=True))


@pytest.mark.parametrize("kind", ["addresses", "clients"])
def test_an_address_is_written_to_as_soon_as_a_file_says_it_is_safe_and_no_longer(row, clinic, kind):  # noqa: F811
    number = clinic.regular.record_number

    def say(safe: str) -> None:
        mail = {"kind": "Email", "value": MAIL, "client": number, "safe_to_email": safe}
        line = (
            mail if kind == "addresses" else {"record_number": number, "email": MAIL, "safe_to_email": safe}
        )
        assert reasons(take(kind, [line])) == []

    say("no")
    agreed = {"client": number, "channel": "email", "address": MAIL, "granted": "yes", "source": "form"}
    assert reasons(take("consents", [agreed | {"at": "2026-11-02 09:00", "wording": "Yes"}])) == []
    take("appointments", [row("F1", "2026-12-15 14:00")])
    before = planned("F1")

    say("yes")
    assert planned("F1") == before | {"email"}

    say("no")
    assert planned("F1") == before
    assert "email" not in before
