"""The offer and the list on a client's phone: a link instead of a sign-in, acts by POST only."""

import uuid

import pytest

from messaging.models import Message
from practice.states import LinkPurpose
from practice.tests.factories import given_link
from scheduling.tests.factories import AppointmentFactory, AttendanceFactory
from waitlist.models import Offer, WaitlistEntry
from waitlist.tests.conftest import NOW
from waitlist.tests.factories import WaitlistEntryFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]


@pytest.fixture
def offer(freed, look, waiting) -> Offer:
    waiting()
    look(freed(11))
    return Offer.objects.get()


@pytest.fixture
def page(offer) -> str:
    return f"/o/{given_link(offer.client, LinkPurpose.OFFER, subject=offer.pk, channel='sms')}/"


def body(answer) -> str:
    return answer.content.decode()


def test_the_page_says_when_and_until_when_and_nothing_of_why(client, page, offer, clinic):
    shown = body(client.get(page))

    assert "Thursday, November 26" in shown
    assert "11:00 am – 11:50 am" in shown
    assert "Kept for you until 12:00 pm" in shown
    for secret in (clinic.provider.name, offer.client.last_name, clinic.type.name):
        assert secret not in shown


def test_looking_does_nothing(client, page):
    client.get(page)
    client.head(page)

    assert client.get(f"{page}accept/").status_code == 405
    assert Offer.objects.get().state == "out"


def test_one_tap_takes_it(client, page):
    answer = client.post(f"{page}accept/", {"change_id": uuid.uuid4()}, follow=True)

    assert "You are booked" in body(answer)
    assert (Offer.objects.get().state, Offer.objects.get().how) == ("accepted", "sms")


def test_one_tap_passes_with_a_reason_which_may_be_changed(client, page):
    client.post(f"{page}decline/", {"reason": "time"})
    answer = client.post(f"{page}decline/", {"reason": "provider"}, follow=True)

    assert "You keep your place" in body(answer)
    assert Offer.objects.get().reason == "provider"


def test_a_time_that_is_gone_says_so_kindly(client, page, offer):
    Offer.objects.update(state="lost", ended_at=NOW, ended_by_kind="system")

    answer = client.post(f"{page}accept/")

    assert answer.status_code == 409
    assert "taken now" in body(answer)


def test_what_the_rules_refuse_is_for_the_office(client, page, offer, clinic):
    other = AppointmentFactory(type=clinic.type, starts_at=offer.appointment.starts_at)
    AttendanceFactory(client=offer.client, appointment=other)

    answer = client.post(f"{page}accept/")

    assert answer.status_code == 422
    assert "Please call us" in body(answer)


def test_links_of_others_and_made_up_ones_open_nothing(client, offer, waiting):
    theirs = given_link(waiting("Other").client, LinkPurpose.OFFER, subject=offer.pk)

    assert client.get(f"/o/{theirs}/").status_code == 404
    assert client.get("/o/abc/").status_code == 404
    assert client.post(f"/o/{theirs}/accept/").status_code == 404


def test_spanish_readers_read_spanish(client, offer):
    type(offer.client).objects.update(language="es")
    link = given_link(offer.client, LinkPurpose.OFFER, subject=offer.pk)

    assert "Quiero esta hora" in body(client.get(f"/o/{link}/"))


# --- The list --------------------------------------------------------------------------------------


def test_clients_put_themselves_on_the_list_and_off_again(client, clinic, regular):
    page = f"/w/{given_link(regular, LinkPurpose.WAITLIST, subject=regular.pk)}/"
    assert "Wait for a time" in body(client.get(page))
    wish = {"change_id": uuid.uuid4(), "type": clinic.type.pk, "weekdays": ["0", "2"], "is_quick": "on"}

    joined = client.post(page, wish, follow=True)

    entry = WaitlistEntry.objects.get()
    assert (entry.client, entry.weekdays, entry.is_quick, entry.source) == (regular, [0, 2], True, "client")
    assert "You are on the list" in body(joined)
    left = client.post(f"{page}leave/", {"entry": entry.public_id, "change_id": uuid.uuid4()}, follow=True)
    assert "You are off the list" in body(left)
    assert WaitlistEntry.objects.get().state == "gave_up"


def test_nonsense_and_the_same_twice_are_said_so(client, clinic, regular):
    page = f"/w/{given_link(regular, LinkPurpose.WAITLIST, subject=regular.pk)}/"
    wish = {"change_id": uuid.uuid4(), "type": clinic.type.pk}

    bad = client.post(page, {**wish, "from_time": "11:00", "until_time": "09:00"})
    client.post(page, wish)
    twice = client.post(page, {**wish, "change_id": uuid.uuid4()})

    assert (bad.status_code, twice.status_code) == (422, 409)
    assert "both hours" in body(bad)
    assert "already wait" in body(twice)


def test_nobody_takes_somebody_else_off_the_list(client, regular):
    other = WaitlistEntryFactory()
    page = f"/w/{given_link(regular, LinkPurpose.WAITLIST, subject=regular.pk)}/"

    client.post(f"{page}leave/", {"entry": other.public_id})
    client.post(f"{page}leave/", {"entry": "x"})

    assert WaitlistEntry.objects.get().state == "waiting"


def test_the_offers_page_needs_no_message_to_work(client, page):
    Message.objects.all().delete()

    assert client.get(page).status_code == 200
