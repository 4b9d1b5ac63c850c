"""Guardians and partners: who is told, who may answer, and the day it ends."""

import datetime as dt

import pytest

from core import clock
from core.actors import Actor, ActorKind
from core.refusals import NotAllowed
from messaging.models import StaffTask
from messaging.queries import refusal_for, usable_addresses
from messaging.rules import reach
from messaging.tests.factories import MessageFactory
from practice.models import Client, ClientContact, Practice
from practice.tests.factories import LinkFactory
from reminders.models import Reminder
from reminders.operations.birthdays import sweep_birthdays
from reminders.tests.conftest import NOW, PHONE, ny
from scheduling import operations

PARENT = "+12025550118"
BEFORE = NOW.date() - dt.timedelta(days=30)


def turning(years: int, on: dt.date) -> dt.date:
    return on.replace(year=on.year - years)


@pytest.fixture
def parent(regular, guardian, agree) -> ClientContact:
    """Told and asked since before the birthday."""
    agree(regular, PHONE)
    one = guardian(may_cancel=True, rights_on=BEFORE)
    agree(regular, PARENT, contact=one)
    return one


def turns(client: Client, years: int, on: dt.date, zone: str = "") -> None:
    Client.objects.filter(pk=client.pk).update(birth_on=turning(years, on), zone=zone)


def told(contact: ClientContact) -> bool:
    return bool(
        usable_addresses([(contact.client_id, contact.pk)], clock.now())[contact.client_id, contact.pk]
    )


@pytest.mark.parametrize("years", [16, 18])
def test_a_guardian_hears_until_midnight_of_the_birthday_where_the_client_lives(regular, parent, years):
    Practice.objects.update(age_of_consent=16)
    turns(regular, years, dt.date(2026, 12, 1), zone="America/Los_Angeles")
    midnight = dt.datetime(2026, 12, 1, 8, tzinfo=dt.UTC)  # in Los Angeles

    with clock.frozen(midnight - dt.timedelta(seconds=1)):
        assert told(parent)
    with clock.frozen(midnight):
        assert not told(parent)
        message = MessageFactory(client=regular, contact=parent, address=PARENT)
        assert refusal_for(message, midnight) == reach.MAY_NOT_RECEIVE


def test_that_day_the_plan_and_the_links_end_and_the_desk_has_a_task(regular, parent, booked):
    turns(regular, 18, dt.date(2026, 11, 25))
    booked(regular, at=ny(26))
    link = LinkFactory(client=regular, contact=parent, expires_at=ny(27), created_at=NOW)
    own = LinkFactory(client=regular, expires_at=ny(27), created_at=NOW)
    assert sweep_birthdays() == 0

    with clock.frozen(ny(25, 0, 1)):
        assert sweep_birthdays() == 1
        assert sweep_birthdays() == 0

    link.refresh_from_db(), own.refresh_from_db()
    assert (bool(link.revoked_at), bool(own.revoked_at)) == (True, False)
    assert set(Reminder.objects.filter(contact=parent).values_list("state", flat=True)) == {"superseded"}
    assert Reminder.objects.filter(contact=None, channel="sms", state="planned").exists()
    assert list(StaffTask.objects.values_list("kind", "client")) == [("of_age", regular.pk)]


def test_a_task_that_was_done_does_not_come_back_but_the_next_birthday_does(regular, parent, front_desk):
    Practice.objects.update(age_of_consent=16)
    turns(regular, 16, dt.date(2026, 11, 25))
    with clock.frozen(ny(25)):
        sweep_birthdays()
        StaffTask.objects.update(done_at=clock.now(), done_by=front_desk)
        ClientContact.objects.update(
            rights_on=dt.date(2026, 11, 25)
        )  # the client wants their mother to be told
        assert told(parent)
    with clock.frozen(ny(26)):
        assert sweep_birthdays() == 0
        ClientContact.objects.update(rights_on=BEFORE)
        assert sweep_birthdays() == 0

    with clock.frozen(ny(25).replace(year=2028)):
        assert not told(parent)
        assert sweep_birthdays() == 1


def test_nothing_is_asked_about_partners_or_people_of_age(regular, guardian):
    guardian(relationship="partner", rights_on=BEFORE)
    guardian(rights_on=BEFORE)  # the parent of an adult, entered for an adult
    turns(regular, 30, NOW.date())

    assert sweep_birthdays() == 0


def test_who_came_of_age_is_not_spoken_for_any_more(regular, parent, booked):
    turns(regular, 18, dt.date(2026, 11, 25))
    person = booked(regular)
    by = Actor(kind=ActorKind.CONTACT, id=parent.pk)

    with clock.frozen(ny(25, 0, 1)), pytest.raises(NotAllowed):
        operations.confirm(person.pk, how="sms", by=by)
    with clock.frozen(ny(25, 0, 1)), pytest.raises(NotAllowed):
        operations.cancel(person.appointment_id, reason="client_request", by=by)
    operations.confirm(person.pk, how="sms", by=by)


def test_a_child_is_told_through_a_guardian_where_there_is_one(regular, guardian, agree):
    agree(regular, PHONE)
    turns(regular, 9, NOW.date())
    child = (regular.pk, None)
    assert usable_addresses([child], NOW)[child] == {"sms": PHONE}

    one = guardian()
    assert usable_addresses([child], NOW)[child] == {}

    ClientContact.objects.filter(pk=one.pk).update(valid_until_on=BEFORE)
    assert usable_addresses([child], NOW)[child] == {"sms": PHONE}
    Practice.objects.update(child_told_from=9)
    ClientContact.objects.update(valid_until_on=None)
    assert usable_addresses([child], NOW)[child] == {"sms": PHONE}


def test_the_sweep_asks_the_same_for_one_and_for_three(regular, guardian, django_assert_num_queries):
    for count in (1, 3):
        while ClientContact.objects.count() < count:
            guardian(rights_on=BEFORE)
        turns(regular, 9, NOW.date())
        with django_assert_num_queries(4):  # with the savepoint's two
            sweep_birthdays()
