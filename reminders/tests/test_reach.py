"""REM-17: which visits to come nobody will hear of, why, and what mends it."""

import datetime as dt

import pytest
from django.urls import reverse

from core import clock
from core.actors import SYSTEM
from core.refusals import NotAllowed
from messaging.models import Message
from messaging.operations.consent import (
    BAD_ADDRESS,
    OPTED_OUT,
    WRONG_NUMBER,
    attest_consents,
    lift,
    opt_out,
    suppress,
    take_consent,
)
from messaging.queries import channels_set_up
from messaging.states import ConsentSource
from practice.models import Address, Client
from practice.queries import the_practice
from practice.tests.factories import AddressFactory, CareTeamFactory, ClientFactory, EmailFactory
from reminders.models import Reminder, ReminderRule
from reminders.operations.catching_up import plan_missing
from reminders.operations.planning import NO_HOURS_LEFT
from reminders.operations.promoting import promote
from reminders.queries.silence import Reach, reach_of, visits_ahead
from reminders.queries.silent_rows import rows_of
from reminders.states import WhySilent
from reminders.tests.conftest import MAIL, NOW, PHONE, ny
from reminders.tests.factories import ReminderFactory
from scheduling.models import Appointment
from scheduling.tests.factories import AppointmentFactory, AttendanceFactory

GUARDIANS = "+12025550118"


def report(actor=SYSTEM, *, days: int = 14, providers=None, now: dt.datetime = NOW) -> Reach:
    visits = visits_ahead(actor, now=now, until=now + dt.timedelta(days=days), provider_ids=providers)
    return reach_of(visits, now=now, practice=the_practice())


def codes(**asked) -> list[str]:
    return [one.code for one in report(**asked).silent]


def phone_of(client, value: str = PHONE, **flags) -> Address:
    return AddressFactory(client=client, value=value, **{"safe_to_text": True} | flags)


@pytest.fixture
def visit(regular, booked):
    """Thursday at eleven, booked on Monday for somebody without any address."""
    return booked(regular)


# --- each reason: what makes it, and that its fix clears it ---------------------------------------


def test_no_address_until_one_is_added_and_agreed_to(visit, regular, agree):
    assert codes() == [WhySilent.NO_ADDRESS]

    agree(regular, PHONE)

    assert codes() == []


def test_no_consent_until_it_is_recorded(regular, booked, agree):
    phone_of(regular)
    booked(regular)
    assert codes() == [WhySilent.NO_CONSENT]

    agree(regular, PHONE)

    assert codes() == []


def test_no_consent_until_the_import_attests_it(regular, booked):
    phone_of(regular)
    booked(regular)

    attest_consents([regular.pk], channels=["sms"], wording="On our form", given_at=NOW, by=SYSTEM)

    assert codes() == []


def test_withdrawn_until_somebody_agrees_again(visit, regular, agree):
    agree(regular, PHONE)
    agree(regular, PHONE, granted=False)
    assert codes() == [WhySilent.WITHDRAWN]

    agree(regular, PHONE)

    assert codes() == []


def test_not_safe_until_the_desk_ticks_it(visit, regular, agree, desk):
    agree(regular, PHONE)
    Address.objects.update(safe_to_text=False)
    assert codes() == [WhySilent.NOT_SAFE]

    take_consent(
        regular.pk, address_id=regular.addresses.get().pk, channel="sms", granted=True, wording="Yes",
        source=ConsentSource.VERBAL, given_on=NOW.date(), is_safe=True, by=desk,
    )  # fmt: skip

    assert codes() == []


def test_marked_safe_on_the_record_still_wants_a_plan(visit, regular, agree, desk):
    phone_of(regular, safe_to_text=False)
    agree(regular, PHONE)
    Address.objects.update(safe_to_text=True)
    assert codes() == [WhySilent.NOT_PLANNED]

    plan_missing([visit.appointment_id], by=desk)

    assert codes() == []


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        (WRONG_NUMBER, WhySilent.WRONG_NUMBER),
        (BAD_ADDRESS, WhySilent.BAD_ADDRESS),
        ("stop", WhySilent.OPTED_OUT),
    ],
)
def test_a_closed_number_until_it_is_corrected(visit, regular, agree, reason, code):
    agree(regular, PHONE)
    suppress(PHONE, channels=["sms"], reason=reason, now=NOW)
    assert codes() == [code]

    Address.objects.update(value="+12025550119")
    agree(regular, "+12025550119")

    assert codes() == []


def test_opted_out_until_they_text_start(visit, regular, agree):
    agree(regular, PHONE)
    opt_out(PHONE, evidence="", now=NOW)
    assert codes() == [WhySilent.OPTED_OUT]

    lift(PHONE, channels=["sms"], now=NOW, reason=OPTED_OUT)
    agree(regular, PHONE)

    assert codes() == []


def test_a_channel_nobody_carries_until_there_is_an_email(visit, regular, agree, settings):
    settings.TWILIO_ACCOUNT_SID = ""
    agree(regular, PHONE)
    assert "sms" not in channels_set_up()
    assert codes() == [WhySilent.CHANNEL_OFF]

    agree(regular, MAIL)

    assert codes() == []


def test_a_contact_who_may_not_receive_until_they_may(visit, regular, guardian, agree):
    contact = guardian(may_receive=False)
    agree(regular, GUARDIANS, contact=contact)
    assert codes() == [WhySilent.CONTACT_CLOSED]

    contact.may_receive = True
    contact.save()
    agree(regular, GUARDIANS, contact=contact)

    assert codes() == []


def test_who_must_never_be_contacted_is_no_way_to_anybody(visit, regular, guardian, agree):
    agree(regular, GUARDIANS, contact=guardian(never_contact=True))

    assert codes() == [WhySilent.NO_ADDRESS]


def test_rules_off_until_they_are_on_and_the_visits_planned(regular, agree, booked, desk):
    ReminderRule.objects.update(is_active=False)
    agree(regular, PHONE)
    visit = booked(regular).appointment
    assert codes() == [WhySilent.RULES_OFF]

    ReminderRule.objects.update(is_active=True)
    assert codes() == [WhySilent.NOT_PLANNED]
    assert plan_missing([visit.pk], by=desk) == 1

    assert codes() == []
    assert Reminder.objects.filter(rule__kind="initial").count() == 0


def test_steps_on_other_channels_until_one_uses_theirs(regular, agree, booked, desk):
    ReminderRule.objects.update(channels=["sms"])
    agree(regular, MAIL)
    visit = booked(regular).appointment
    assert codes() == [WhySilent.NO_STEP]

    ReminderRule.objects.update(channels=["sms", "email"])
    plan_missing([visit.pk], by=desk)

    assert codes() == []


def test_too_soon_for_any_step(regular, agree):
    agree(regular, PHONE)
    start = NOW + dt.timedelta(minutes=90)
    AttendanceFactory(client=regular, appointment__starts_at=start)

    assert codes() == [WhySilent.TOO_SOON]


def test_planned_but_all_skipped_is_too_soon_and_says_what_the_plan_said(regular, agree):
    agree(regular, PHONE)
    person = AttendanceFactory(client=regular, appointment__starts_at=ny(26))
    ReminderFactory(attendance=person, state="skipped", reason=NO_HOURS_LEFT)

    found = report()

    assert [one.code for one in found.silent] == [WhySilent.TOO_SOON]
    assert rows_of(found.silent, the_practice())[0].details == (NO_HOURS_LEFT,)


def test_tried_and_not_delivered_until_the_next_step(regular, agree, booked):
    agree(regular, PHONE)
    booked(regular, at=ny(23, 13))
    promote(NOW + dt.timedelta(minutes=2), 100)
    Reminder.objects.filter(state="planned").delete()
    Message.objects.filter(channel="sms").update(state="undelivered", reason="Phone off (code 30003)")

    found = report(now=NOW + dt.timedelta(minutes=3))

    assert [one.code for one in found.silent] == [WhySilent.NOT_DELIVERED]
    assert rows_of(found.silent, the_practice())[0].details == ("Phone off (code 30003)",)


# --- who counts as told ---------------------------------------------------------------------------


def test_the_portals_copy_reaches_nobody(visit):
    assert Reminder.objects.filter(channel="portal", state="planned").exists()
    assert codes() == [WhySilent.NO_ADDRESS]


def test_a_message_under_way_counts_and_so_does_one_that_arrived(regular, agree, booked):
    agree(regular, PHONE)
    person = booked(regular)
    promote(NOW + dt.timedelta(minutes=2), 100)
    Reminder.objects.filter(state="planned").delete()
    assert codes() == []

    Message.objects.update(state="undelivered", reason="x")
    person.contact_count = 1
    person.save()

    assert codes() == []


def test_a_guardian_is_enough_but_not_for_a_confidential_visit(regular, guardian, agree, booked):
    agree(regular, GUARDIANS, contact=guardian())
    person = booked(regular)
    booked(regular, at=ny(25))
    assert codes() == []

    person.is_confidential = True
    person.save()

    assert [(one.attendance_id, one.code) for one in report().silent] == [(person.pk, WhySilent.NO_ADDRESS)]


def test_a_couple_with_one_phone_is_told_once_and_both_are_told(regular, stranger, agree, booked):
    agree(regular, PHONE)
    agree(stranger, PHONE)
    booked(regular, stranger)

    assert Reminder.objects.filter(state="skipped").exists()
    assert (report().visits, codes()) == (2, [])


def test_what_is_mended_soonest_is_named_and_every_address_is_told(visit, regular, agree):
    agree(regular, PHONE)
    suppress(PHONE, channels=["sms"], reason=WRONG_NUMBER, now=NOW)
    EmailFactory(client=regular, value=MAIL, safe_to_email=True)

    row = rows_of(report().silent, the_practice())[0]

    assert (row.code, row.fix, row.when) == (WhySilent.NO_CONSENT, "consent", "Thu Nov 26 at 11:00 am")
    assert row.details == ("Text (202) 555-0117: wrong number", f"Email {MAIL}")


def test_only_scheduled_visits_of_people_who_still_come_within_the_days(regular):
    for at, state in (
        (ny(24), "scheduled"),
        (ny(23, 9), "scheduled"),
        (NOW + dt.timedelta(days=14), "scheduled"),
        (ny(25), "requested"),
    ):
        AttendanceFactory(client=regular, appointment__starts_at=at, appointment__state=state)
    AttendanceFactory(client=regular, appointment__starts_at=ny(26), state="excused")

    assert (report().visits, report(days=30).visits) == (1, 2)


def test_a_provider_sees_own_visits_and_anybody_may_ask_for_one_provider(
    provider, colleague, regular, stranger, front_desk, actor
):
    AttendanceFactory(client=regular, appointment__provider=provider, appointment__starts_at=ny(24))
    AttendanceFactory(client=stranger, appointment__provider=colleague, appointment__starts_at=ny(24))

    assert [one.client_id for one in report(actor(provider)).silent] == [regular.pk]
    assert report(actor(front_desk)).visits == 2
    assert [one.client_id for one in report(actor(front_desk), providers=[colleague.pk]).silent] == [
        stranger.pk
    ]


def test_planning_what_is_missing_asks_who_may_and_adds_nothing_twice(regular, agree, desk, biller, actor):
    agree(regular, PHONE)
    visit = AttendanceFactory(client=regular, appointment__starts_at=ny(26)).appointment
    with pytest.raises(NotAllowed):
        plan_missing([visit.pk], by=actor(biller))

    plan_missing([visit.pk], by=desk)
    rows = set(Reminder.objects.values_list("rule", "channel"))
    plan_missing([visit.pk], by=desk)

    assert rows == set(Reminder.objects.values_list("rule", "channel"))
    assert rows


# --- the page -------------------------------------------------------------------------------------

URL, QUERIES = "/messages/reach/", 17


@pytest.fixture
def many(provider, kind):
    """`many(3)`: visits of as many clients who never agreed to anything, half with a guardian's phone besides."""

    def make(count: int) -> None:
        for n in range(count):
            client = ClientFactory()
            CareTeamFactory(provider=provider, client=client)
            AddressFactory(client=client)
            start = ny(24) + dt.timedelta(hours=n)
            visit = AppointmentFactory(provider=provider, type=kind, starts_at=start, minutes=20)
            AttendanceFactory(client=client, appointment=visit)

    return make


def page(browser, query: str = "", **headers) -> str:
    return browser.get(URL + query, headers=headers).content.decode()


def test_the_page_counts_names_reasons_and_offers_the_fix(visit, regular, many, signed_in, front_desk):
    many(2)
    text = page(signed_in(front_desk))

    assert '<strong class="big">3</strong> of 3 visits in the next 14 days will get no message' in text
    assert 'No consent on record <span class="reach__count">2</span>' in text
    assert 'No phone or email on file <span class="reach__count">1</span>' in text
    assert text.count(">Record consent<") == 2
    assert f'hx-get="{reverse("messaging:consent", args=[Client.objects.latest("pk").public_id])}"' in text
    assert f'href="{reverse("practice:client-edit", args=[regular.public_id])}"' in text
    assert f'href="{reverse("scheduling:visit", args=[visit.appointment.public_id])}"' in text
    assert "Thu Nov 26 at 11:00 am" in text


def test_filters_live_in_the_address_and_nonsense_is_not_said(
    visit, regular, many, provider, signed_in, front_desk
):
    many(2)
    browser = signed_in(front_desk)

    chosen = page(browser, f"?provider={provider.public_id}&days=7&reason=no_address")
    empty = page(browser, "?reason=opted_out")
    odd = page(browser, "?provider=x&days=900&reason=y&page=z")

    assert chosen.count("<tr>") == 2  # the head's and one
    assert regular.name in chosen
    assert "None for this reason" in empty
    assert "in the next 14 days" in odd
    assert odd.count("<tr>") == 4


def test_a_consent_recorded_draws_the_list_anew(visit, regular, agree, signed_in, front_desk):
    browser = signed_in(front_desk)
    assert regular.name in page(browser)

    agree(regular, PHONE)
    part = page(browser, **{"HX-Request": "true", "HX-Target": "reach"})

    assert "<html" not in part
    assert regular.name not in part
    assert "Nobody is left without a word" in part


def test_without_visits_the_page_says_so(signed_in, front_desk):
    assert "No visits to come" in page(signed_in(front_desk))


def test_fifty_a_page_and_the_rest_on_the_next(many, signed_in, front_desk):
    many(51)
    browser = signed_in(front_desk)

    assert page(browser).count('data-label="Why"') == 50
    assert page(browser, "?page=2").count('data-label="Why"') == 1


def test_what_is_unplanned_is_planned_from_the_page(regular, agree, signed_in, front_desk):
    agree(regular, PHONE)
    people = [AttendanceFactory(client=regular, appointment__starts_at=ny(day)) for day in (25, 26, 27)]
    browser = signed_in(front_desk)
    assert "Plan messages for 3" in page(browser)

    browser.post(reverse("reminders:reach-plan"), {"attendance": people[0].pk})
    assert "Plan messages for 2" in page(browser)
    answer = browser.post(reverse("reminders:reach-plan"), {"days": 7}, follow=True)

    assert answer.redirect_chain == [("/messages/reach/?days=7", 302)]
    assert "Messages planned for 2 visits." in answer.content.decode()
    assert "Nobody is left without a word" in page(browser)


def test_a_provider_sees_no_strangers_and_is_sent_to_the_desk_for_a_number(
    provider, colleague, stranger, visit, regular, signed_in
):
    AttendanceFactory(client=stranger, appointment__provider=colleague, appointment__starts_at=ny(24))
    text = page(signed_in(provider))

    assert regular.name in text
    assert stranger.name not in text
    assert "Add a number or email: ask the front desk" in text


@pytest.mark.parametrize(
    ("who", "status"),
    [("front_desk", 200), ("admin_user", 200), ("provider", 200), ("colleague", 200), ("biller", 403)],
)
def test_who_may_see_messages_sees_the_report(visit, regular, signed_in, request, who, status):
    answer = signed_in(request.getfixturevalue(who)).get(URL)

    assert answer.status_code == status
    assert (regular.name in answer.content.decode()) is (status == 200 and who != "colleague")


@pytest.mark.parametrize("rows", [1, 3, 40])
def test_the_page_asks_a_constant_number_of_times(
    many, guardian, signed_in, front_desk, django_assert_num_queries, rows
):
    many(rows)
    for visit in Appointment.objects.all():
        AddressFactory(client=None, contact=guardian(visit.attendances.get().client))
    browser = signed_in(front_desk)

    # session, user, practice, providers; people, plan, contacts, addresses, consents, suppressions, closed contacts,
    # why suppressed, rules, hours; the people of the page, their contacts and phones, what was tried
    with django_assert_num_queries(QUERIES):
        page(browser)


def test_the_clock_is_the_practices(visit, signed_in, front_desk):
    with clock.frozen(ny(26, 12)):
        assert "No visits to come" in page(signed_in(front_desk))
