"""The messages part of the visit panel."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core import clock
from messaging.models import Message
from messaging.tests.factories import AttemptFactory
from practice.tests.factories import ClientFactory
from reminders.models import Reminder
from reminders.operations.promoting import promote
from reminders.tests.conftest import NOW, PHONE, ny
from reminders.tests.factories import AnswerFactory, ReminderRuleFactory
from scheduling.tests.factories import SeriesFactory


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


def part(browser, visit) -> str:
    return browser.get(url(visit), headers={"HX-Request": "true"}).content.decode()


def test_the_panel_says_what_will_not_be_said_and_why(
    regular, guardian, agree, booked, signed_in, front_desk
):
    agree(regular, PHONE)
    guardian(name="Gale Guardian", may_receive=False)
    ReminderRuleFactory(name="By mail only", offset_minutes=30 * 60, channels=["email"])
    visit = booked(regular, at=ny(24, 12), series_id=SeriesFactory().pk).appointment
    Reminder.objects.filter(rule__name="By mail only").delete()

    page = part(signed_in(front_desk), visit)

    for words in (
        "7 days before: left out of a weekly series",
        "48 hours before: its time had passed already",
        "By mail only: its time had passed already",
        "Gale Guardian: not by the rights on record",
    ):
        assert words in page


def test_a_confidential_visit_says_that_no_contact_is_told(
    regular, guardian, agree, booked, signed_in, front_desk
):
    agree(regular, PHONE)
    agree(regular, "+12025550118", contact=guardian(name="Gale Guardian"))
    visit = booked(regular, is_confidential=True).appointment

    page = part(signed_in(front_desk), visit)

    assert "Confidential: no contact is told" in page
    assert "Gale Guardian" not in page


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        ("confirmed", "confirmed"),
        ("cancelled", "cancelled"),
        ("call_to_move", "asked for another time"),
        ("", "no answer"),
    ],
)
def test_what_came_back_and_what_it_cost(visit, signed_in, front_desk, outcome, words):
    promote(NOW + dt.timedelta(minutes=2), 100)
    message = Message.objects.get(channel="sms")
    Message.objects.filter(pk=message.pk).update(state="delivered", accepted_at=NOW, delivered_at=NOW)
    AttemptFactory(message=message, price="-0.0079")
    if outcome:
        AnswerFactory(inbound__question=message, attendance=visit.attendances.get(), outcome=outcome)

    page = part(signed_in(front_desk), visit)

    assert f"delivered Mon Nov 23, 10:00 am · {words} · $0.0079" in page


def test_a_yes_by_the_link_in_a_text_is_an_answer_to_it(visit, signed_in, front_desk):
    promote(NOW + dt.timedelta(minutes=2), 100)
    Message.objects.filter(channel="sms").update(state="accepted", accepted_at=NOW)
    visit.attendances.update(confirmed_at=NOW, confirmed_by_kind="client", confirmed_how="sms")

    assert " · confirmed" in part(signed_in(front_desk), visit)


def test_a_press_sends_again_with_undo(visit, signed_in, front_desk):
    person, browser = visit.attendances.get(), signed_in(front_desk)
    assert 'value="sms"' in part(browser, visit)
    sent = {"change_id": "6a7f4a4e-5d0b-4a3e-9a52-0f6f0a4d1b11", "channel": "sms"}

    answer = browser.post(
        reverse("reminders:message-resend", args=[person.pk]), sent, headers={"HX-Request": "true"}
    )

    assert "Sent again." in answer.content.decode()
    assert "panels:refresh" in answer["HX-Trigger"]
    assert Reminder.objects.filter(resend_no=1).count() == 1


def test_without_javascript_it_leads_back_to_the_calendar_and_a_refusal_says_why(
    visit, signed_in, front_desk
):
    person, browser = visit.attendances.get(), signed_in(front_desk)
    sent = {"change_id": "6a7f4a4e-5d0b-4a3e-9a52-0f6f0a4d1b11", "channel": "email"}

    refused = browser.post(reverse("reminders:message-resend", args=[person.pk]), sent)
    done = browser.post(reverse("reminders:message-resend", args=[person.pk]), sent | {"channel": "portal"})
    nonsense = browser.post(reverse("reminders:message-resend", args=[person.pk]), {"channel": "pigeon"})

    assert (refused.status_code, done.status_code, nonsense.status_code) == (409, 302, 400)
    assert "no address on that channel" in refused.content.decode()


def test_the_panel_asks_the_same_for_one_person_and_for_three(agree, booked, signed_in, front_desk):
    browser, counted = signed_in(front_desk), []
    for n, many in enumerate((1, 3)):
        clients = [ClientFactory() for _ in range(many)]
        for k, client in enumerate(clients):
            agree(client, f"+120255502{n}{k}")
        visit = booked(*clients, at=ny(26 + n)).appointment
        with CaptureQueriesContext(connection) as queries:
            part(browser, visit)
        counted.append(len(queries))

    assert counted[0] == counted[1]
