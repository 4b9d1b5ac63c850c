"""The messages part of the visit panel."""

import datetime as dt

import pytest
from django.urls import reverse

from core import clock
from messaging.models import Message
from reminders.models import Reminder
from reminders.operations.promoting import promote
from reminders.tests.conftest import NOW, PHONE, ny


@pytest.fixture
def visit(regular, agree, booked):
    agree(regular, PHONE)
    return booked(regular, at=ny(24, 12)).appointment


def url(visit) -> str:
    return reverse("reminders:visit-messages", args=[visit.public_id])


def test_the_panel_says_what_is_planned_what_went_and_what_did_not(visit, signed_in, front_desk):
    promote(NOW + dt.timedelta(minutes=2), 100)
    sms = Message.objects.filter(channel="sms")
    sms.update(state="undelivered", reason="Phone off (code 30003)")
    Reminder.objects.filter(rule__offset_minutes=24 * 60).update(state="skipped", reason="Because")

    page = signed_in(front_desk).get(url(visit)).content.decode()

    for words in (
        "Initial confirmation, text",
        "not delivered: Phone off (code 30003)",
        "24 hours before, text",
        "not sent: Because",
        "2 hours before, text",
        "planned Tue Nov 24, 10:00 am",
    ):
        assert words in page


def test_htmx_gets_the_part_alone(visit, signed_in, front_desk):
    part = signed_in(front_desk).get(url(visit), headers={"HX-Request": "true"}).content.decode()

    assert "Initial confirmation" in part
    assert "<html" not in part


@pytest.mark.parametrize(
    ("who", "status"),
    [("front_desk", 200), ("admin_user", 200), ("provider", 200), ("colleague", 404), ("biller", 403)],
)
def test_only_who_may_see_the_visit_and_its_messages_sees_them(visit, signed_in, request, who, status):
    answer = signed_in(request.getfixturevalue(who)).get(url(visit))

    assert answer.status_code == status
    assert ("Initial confirmation" in answer.content.decode()) is (status == 200)


def test_nobody_signed_in_is_sent_to_sign_in(visit, client):
    assert client.get(url(visit)).status_code == 302


def test_guardian_and_client_are_told_apart(regular, guardian, agree, booked, signed_in, front_desk):
    agree(regular, PHONE)
    agree(regular, "+12025550118", contact=guardian(name="Gale Guardian"))
    visit = booked(regular).appointment

    page = signed_in(front_desk).get(url(visit)).content.decode()

    assert page.index("Rita Regular") < page.index("Gale Guardian")


def test_a_visit_nobody_can_be_told_of_says_so(regular, booked, signed_in, front_desk):
    with clock.frozen(NOW - dt.timedelta(days=30)):
        visit = booked(regular, at=ny(20)).appointment
        Reminder.objects.all().delete()

    assert "Nothing is planned" in signed_in(front_desk).get(url(visit)).content.decode()


@pytest.mark.parametrize("model", ["reminder", "reminderrule", "notice"])
def test_the_admin_lists_it(visit, signed_in, admin_user, model):
    admin_user.is_superuser = True
    admin_user.save()

    assert signed_in(admin_user).get(reverse(f"admin:reminders_{model}_changelist")).status_code == 200
