"""A client's own pages of messaging: preferences, messages, no more email."""

import uuid

import pytest
from django.core.cache import cache
from django.urls import reverse

from core import clock
from messaging.models import Consent, Message, Suppression
from messaging.states import MessageState
from messaging.tests.conftest import MORNING, address_of
from messaging.tests.factories import ConsentFactory, MessageFactory
from practice.states import Channel, LinkPurpose
from practice.tests.factories import ClientContactFactory, ClientFactory, EmailFactory, given_link

OTHERS = "marzipan"


@pytest.fixture(autouse=True)
def calm(moment):
    cache.clear()


@pytest.fixture
def person(reachable):
    return reachable()


def opened(client, name: str, token: str, data: dict | None = None):
    url = reverse(f"messaging:own-{name}", args=[token])
    return client.get(url) if data is None else client.post(url, {"change_id": uuid.uuid4(), **data})


def portal(person, text: str, **columns) -> Message:
    return MessageFactory(
        client=person, channel=Channel.PORTAL, address="", state=MessageState.ACCEPTED, portal_text=text,
        accepted_at=MORNING, **columns,
    )  # fmt: skip


# --- messages ----------------------------------------------------------------------------------


def test_messages_stay_closed_and_unseen_until_somebody_asks(client, person):
    message = portal(person, "You have an appointment.")
    token = given_link(person, LinkPurpose.MINE)

    looked = opened(client, "messages", token)
    message.refresh_from_db()
    assert "You have an appointment." not in looked.content.decode()
    assert message.seen_at is None

    shown = opened(client, "messages", token, {})
    message.refresh_from_db()
    assert "You have an appointment." in shown.content.decode()
    assert (message.seen_at, message.state, message.delivered_at) == (MORNING, "delivered", MORNING)


def test_seeing_twice_keeps_the_first_moment(client, person, moment):
    message = portal(person, "Hello")
    token = given_link(person, LinkPurpose.MINE)

    opened(client, "messages", token, {})
    moment.wait(hours=1)
    opened(client, "messages", token, {})

    message.refresh_from_db()
    assert message.seen_at == MORNING


def test_nobody_reads_what_another_was_told(client, person):
    mother = ClientContactFactory(client=person, may_receive=True)
    father = ClientContactFactory(client=person, may_receive=True)
    portal(person, "own words")
    portal(person, "words for her", contact=mother)
    portal(person, f"{OTHERS} words for him", contact=father)
    portal(ClientFactory(), f"{OTHERS} of a stranger")

    hers = opened(
        client, "messages", given_link(person, LinkPurpose.MINE, contact=mother), {}
    ).content.decode()
    own = opened(client, "messages", given_link(person, LinkPurpose.MINE), {}).content.decode()

    assert [words in hers for words in ("words for her", "own words", OTHERS)] == [True, False, False]
    assert [words in own for words in ("own words", "words for her", OTHERS)] == [True, False, False]


# --- preferences -------------------------------------------------------------------------------


def test_addresses_are_shown_only_so_far_that_their_owner_knows_them(client, person):
    page = opened(client, "preferences", given_link(person)).content.decode()

    phone, email = address_of(person), address_of(person, Channel.EMAIL)
    assert f"Text, •••-{phone[-4:]}" in page
    assert phone not in page
    assert email not in page
    assert person.last_name not in page


def test_choosing_writes_consent_with_its_wording_language_and_preference(client, person):
    phone = person.addresses.get(kind="phone")
    data = {"on": [f"sms:{phone.pk}"], "language": "es", "preferred": "sms"}

    answer = opened(client, "preferences", given_link(person), data)

    person.refresh_from_db()
    assert (person.language, person.preferred_channel) == ("es", "sms")
    assert "Guardado." in answer.content.decode()
    latest = Consent.objects.order_by("-pk").values_list("channel", "granted", "source", "by_kind").first()
    assert latest == ("email", False, "web", "client")
    assert Consent.objects.count() == 3  # the text's yes stands already: nothing is written twice


def test_the_same_form_twice_is_one_choice(client, person):
    token, data = given_link(person), {"language": "en", "change_id": str(uuid.uuid4())}

    for _ in range(2):
        opened(client, "preferences", token, data)

    assert Consent.objects.filter(granted=False).count() == 2


def test_an_address_that_was_closed_cannot_be_opened_here(client, person):
    email = person.addresses.get(kind="email")
    Suppression.objects.create(channel="email", address=email.value, reason="opted_out", at=clock.now())

    page = opened(client, "preferences", given_link(person), {"on": [f"email:{email.pk}"], "language": "en"})

    assert "stopped at your request" in page.content.decode()
    assert Suppression.objects.filter(lifted_at=None).count() == 1


def test_a_contact_chooses_for_themselves_only(client, person):
    mother = ClientContactFactory(client=person, may_receive=True)
    EmailFactory(client=None, contact=mother, value="mum@example.org", safe_to_email=True)
    ConsentFactory(client=person, contact=mother, channel="email", address="mum@example.org")
    own = address_of(person)

    page = opened(
        client, "preferences", given_link(person, contact=mother), {"language": "es"}
    ).content.decode()

    mother.refresh_from_db()
    person.refresh_from_db()
    assert (mother.language, person.language) == ("es", "en")
    assert own[-4:] not in page
    assert list(Consent.objects.filter(granted=False).values_list("address", flat=True)) == [
        "mum@example.org"
    ]


# --- no more email -----------------------------------------------------------------------------


@pytest.fixture
def mailed(person):
    address = address_of(person, Channel.EMAIL)
    return MessageFactory(client=person, channel=Channel.EMAIL, address=address)


def test_looking_at_the_unsubscribe_page_stops_nothing(client, person, mailed):
    token = given_link(person, LinkPurpose.UNSUBSCRIBE, subject=mailed.pk)

    page = opened(client, "unsubscribe", token)
    client.head(reverse("messaging:own-unsubscribe", args=[token]))

    assert "Stop email to this address?" in page.content.decode()
    assert not Suppression.objects.exists()


@pytest.mark.parametrize("data", [{}, {"List-Unsubscribe": "One-Click"}], ids=["reader", "mail program"])
def test_one_post_stops_email_for_all_who_share_the_address(client, person, mailed, data):
    sibling = ClientFactory()
    EmailFactory(client=sibling, value=mailed.address)
    token = given_link(person, LinkPurpose.UNSUBSCRIBE, subject=mailed.pk)

    answers = [opened(client, "unsubscribe", token, data) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert "You will get no more email" in answers[0].content.decode()
    assert list(Suppression.objects.values_list("channel", "address", "reason")) == [
        ("email", mailed.address, "opted_out")
    ]
    refused = Consent.objects.filter(granted=False).order_by("client_id")
    assert list(refused.values_list("client_id", "channel", "by_kind")) == [
        (person.pk, "email", "client"),
        (sibling.pk, "email", "system"),
    ]


def test_an_unsubscribe_link_opens_nothing_else(client, person, mailed):
    token = given_link(person, LinkPurpose.UNSUBSCRIBE, subject=mailed.pk)

    assert [opened(client, name, token).status_code for name in ("messages", "preferences")] == [404, 404]
