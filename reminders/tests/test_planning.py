"""What booking writes, row by row."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from practice.models import AuditEntry, Practice
from practice.tests.factories import ClientFactory
from reminders.models import Notice, Reminder
from reminders.tests.conftest import MAIL, NOW, PHONE, ny
from scheduling.tests.factories import SeriesFactory

MINUTE = dt.timedelta(minutes=1)


def plan(**of) -> list[tuple]:
    """(rule, whose, channel, state, due) of the rows, in the order they fall due."""
    rows = Reminder.objects.filter(**of).select_related("rule", "contact").order_by("falls_due_at", "pk")
    return [
        (
            row.rule.name,
            "contact" if row.contact_id else "client",
            row.channel,
            row.state,
            f"{row.due_at.astimezone(NOW.tzinfo):%a %d %H:%M}",
        )
        for row in rows
    ]


def test_booking_plans_every_step_once_and_a_portal_copy_besides(regular, agree, booked):
    agree(regular, PHONE)
    agree(regular, MAIL)

    booked(regular, at=ny(3, month=12))

    assert plan() == [
        ("Initial confirmation", "client", "sms", "planned", "Mon 23 10:00"),
        ("Initial confirmation", "client", "portal", "planned", "Mon 23 10:00"),
        ("7 days before", "client", "sms", "planned", "Thu 26 11:00"),
        ("7 days before", "client", "portal", "planned", "Thu 26 11:00"),
        ("48 hours before", "client", "sms", "planned", "Tue 01 11:00"),
        ("48 hours before", "client", "portal", "planned", "Tue 01 11:00"),
        ("24 hours before", "client", "sms", "planned", "Wed 02 11:00"),
        ("24 hours before", "client", "portal", "planned", "Wed 02 11:00"),
        ("2 hours before", "client", "sms", "planned", "Thu 03 09:00"),
        ("2 hours before", "client", "portal", "planned", "Thu 03 09:00"),
    ]


def test_a_row_knows_its_change_its_occurrence_and_when_it_may_go(regular, agree, booked):
    agree(regular, PHONE)

    person = booked(regular)

    row = Reminder.objects.get(rule__kind="initial", channel="sms")
    change = row.change
    assert (row.attendance, row.contact, row.resend_no, row.reason) == (person, None, 0, "")
    assert (row.occurrence, change.act) == (1, "visit.book")
    assert (row.due_at, row.not_before, row.falls_due_at) == (NOW, NOW + MINUTE, NOW + MINUTE)
    assert row.useful_until == ny(26)


def test_the_tile_says_planned(regular, agree, booked):
    agree(regular, PHONE)

    assert booked(regular).contact_state == "planned"


@pytest.mark.parametrize(
    ("preferred", "agreed", "channels"),
    [
        ("", [PHONE, MAIL], {"sms"}),
        ("email", [PHONE, MAIL], {"email"}),
        ("email", [PHONE], {"sms"}),
        ("", [MAIL], {"email"}),
        ("", [], set()),
    ],
)
def test_the_first_usable_channel_is_taken(regular, agree, booked, preferred, agreed, channels):
    regular.preferred_channel = preferred
    regular.save()
    for address in agreed:
        agree(regular, address)

    booked(regular)

    assert {row[2] for row in plan()} - {"portal"} == channels


def test_who_cannot_be_reached_is_said_on_the_timeline(regular, booked):
    person = booked(regular)

    (line,) = AuditEntry.objects.about("attendance", person.pk).filter(act="reminders.unreachable")
    assert (line.after, line.change) == ({"reason": "no_usable_address"}, None)
    assert person.contact_state == "none"


def test_guardian_and_client_are_each_told_once(regular, guardian, agree, booked):
    agree(regular, PHONE)
    agree(regular, "+12025550118", contact=guardian())

    booked(regular, at=ny(24, 10, 30))

    assert plan() == [
        ("Initial confirmation", "client", "sms", "planned", "Mon 23 10:00"),
        ("Initial confirmation", "client", "portal", "planned", "Mon 23 10:00"),
        ("Initial confirmation", "contact", "sms", "planned", "Mon 23 10:00"),
        ("2 hours before", "client", "sms", "planned", "Tue 24 09:00"),
        ("2 hours before", "client", "portal", "planned", "Tue 24 09:00"),
        ("2 hours before", "contact", "sms", "planned", "Tue 24 09:00"),
    ]


def test_a_shared_phone_is_told_once(regular, guardian, agree, booked):
    agree(regular, PHONE)
    agree(regular, PHONE, contact=guardian())

    booked(regular, at=ny(24, 12))

    assert [row for row in plan(rule__kind="initial") if row[2] == "sms"] == [
        ("Initial confirmation", "client", "sms", "planned", "Mon 23 10:00"),
        ("Initial confirmation", "contact", "sms", "skipped", "Mon 23 10:00"),
    ]
    assert {row.reason for row in Reminder.objects.filter(state="skipped")} == {
        "Told once, at an address somebody else of this visit shares"
    }


@pytest.mark.parametrize(
    "closed",
    [
        {"may_receive": False},
        {"never_contact": True},
        {"valid_until_on": dt.date(2026, 11, 22)},
        {"valid_from_on": dt.date(2026, 11, 24)},
    ],
)
def test_a_contact_who_may_not_receive_is_told_nothing(regular, guardian, agree, booked, closed):
    agree(regular, "+12025550118", contact=guardian(**closed))

    booked(regular)

    assert not Reminder.objects.filter(contact__isnull=False).exists()


def test_a_confidential_visit_is_told_to_the_client_only(regular, guardian, agree, booked):
    agree(regular, PHONE)
    agree(regular, "+12025550118", contact=guardian())

    booked(regular, is_confidential=True)

    assert {row[1] for row in plan()} == {"client"}


def test_a_couple_is_told_person_by_person(regular, agree, booked):
    partner = ClientFactory()
    agree(regular, PHONE)
    agree(partner, "+12025550119")

    booked(regular, partner, at=ny(24, 12))

    texts = Reminder.objects.filter(channel="sms", state="planned", rule__kind="initial")
    assert sorted(texts.values_list("attendance__client", flat=True)) == sorted([regular.pk, partner.pk])


def test_a_weekly_client_is_not_told_a_week_ahead(regular, agree, booked):
    agree(regular, PHONE)

    booked(regular, at=ny(3, month=12), series_id=SeriesFactory().pk)

    assert "7 days before" not in {row[0] for row in plan()}


def test_booking_quietly_leaves_out_the_confirmation_only(regular, agree, booked):
    agree(regular, PHONE)

    booked(regular, notice="none")

    assert [row[0] for row in plan(channel="sms")] == ["48 hours before", "24 hours before", "2 hours before"]
    assert not Notice.objects.exists()


def test_a_visit_in_the_past_has_no_plan(regular, agree, booked):
    agree(regular, PHONE)

    booked(regular, at=ny(20))

    assert plan() == []


def test_no_hours_left_before_the_visit_is_said_and_not_sent(regular, agree, booked):
    Practice.objects.update(window_opens_at=dt.time(12))
    agree(regular, PHONE)

    booked(regular, at=ny(23, 11, 30))

    assert list(Reminder.objects.filter(channel="sms").values_list("state", "reason")) == [
        ("skipped", "The visit begins before messages may go out")
    ]


def test_planning_costs_the_same_for_one_and_for_three(regular, agree, booked):
    clients = [regular, ClientFactory(), ClientFactory()]
    for n, client in enumerate(clients):
        agree(client, f"+1202555012{n}")
    with CaptureQueriesContext(connection) as one:
        booked(regular, at=ny(26))
    with CaptureQueriesContext(connection) as three:
        booked(*clients, at=ny(27))

    def mine(captured) -> int:
        tables = ("reminders_", "messaging_", "practice_address", "practice_clientcontact")
        return sum(any(name in query["sql"] for name in tables) for query in captured)

    assert mine(one) == mine(three)
