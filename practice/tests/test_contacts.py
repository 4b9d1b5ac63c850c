"""Guardians and partners on the record: who they are, where they are reached, what they may do."""

import datetime as dt
import uuid

import pytest
from django.urls import reverse

from core import clock
from core.refusals import NotAllowed, Refusal
from practice.models import AuditEntry, ClientContact
from practice.operations.contacts import ContactDetails, keep_contact
from practice.signals import reach_changed
from practice.tests.factories import AddressFactory, ClientContactFactory, ClientFactory

NOON = dt.datetime(2026, 11, 25, 17, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def at_noon(practice):
    with clock.frozen(NOON):
        yield


@pytest.fixture
def news():
    heard = []

    def hear(client_ids, **_):
        heard.append(set(client_ids))

    reach_changed.connect(hear)
    yield heard
    reach_changed.disconnect(hear)


@pytest.fixture
def desk(front_desk, actor):
    return actor(front_desk)


def details(**given) -> ContactDetails:
    return ContactDetails(**{"name": "Ada Fox", "relationship": "parent"} | given)


def form(**given) -> dict:
    usual = {"name": "Ada Fox", "relationship": "parent", "language": "es"}
    return {"change_id": str(uuid.uuid4()), **usual, **given}


def edit(contact: ClientContact) -> str:
    return reverse("practice:contact-edit", args=[contact.client.public_id, contact.pk])


def test_a_contact_gets_rights_an_address_and_a_line_without_a_name(regular, desk, news):
    made = keep_contact(
        regular.pk,
        details(may_receive=True, phone="(202) 555-0117", safe_to_text=True, custody_note="Weekends only"),
        by=desk,
    )

    assert (made.client, made.may_receive, made.may_cancel, made.rights_on) == (
        regular,
        True,
        False,
        NOON.date(),
    )
    assert list(made.addresses.values_list("kind", "value", "safe_to_text")) == [
        ("phone", "+12025550117", True)
    ]
    assert news == [{regular.pk}]
    line = AuditEntry.objects.get(act="contact.kept")
    assert (line.subject_kind, line.after["client"]) == ("clientcontact", regular.pk)
    assert "Ada" not in str(line.after)
    assert "Weekends" not in str(line.after)


def test_pressed_twice_it_is_one_contact(regular, desk):
    act = uuid.uuid4()

    first, second = (keep_contact(regular.pk, details(), by=desk, change_id=act) for _ in range(2))

    assert first == second
    assert ClientContact.objects.count() == 1


@pytest.mark.parametrize(
    ("given", "is_today"),
    [
        ({"may_receive": True}, False),  # as it was
        ({"may_receive": True, "may_confirm": True}, True),  # one more
        ({"may_receive": True, "agreed_again": True}, True),
        ({"may_receive": False}, False),  # one less
    ],
)
def test_rights_count_from_the_day_they_were_given_or_agreed_again(regular, desk, given, is_today):
    before = dt.date(2024, 1, 5)
    contact = ClientContactFactory(client=regular, may_receive=True, rights_on=before)

    kept = keep_contact(regular.pk, details(**given), contact_id=contact.pk, by=desk)

    assert kept.rights_on == (NOON.date() if is_today else before)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"valid_from_on": dt.date(2026, 2, 1), "valid_until_on": dt.date(2026, 1, 1)}, "valid_until_on"),
        ({"never_contact": True, "may_receive": True}, "never_contact"),
        ({"phone": "12"}, "phone"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(regular, desk, given, field):
    with pytest.raises(Refusal) as refused:
        keep_contact(regular.pk, details(**given), by=desk)

    assert refused.value.field == field


def test_somebody_elses_contact_is_not_found(regular, desk):
    with pytest.raises(ClientContact.DoesNotExist):
        keep_contact(
            regular.pk, details(), contact_id=ClientContactFactory(client=ClientFactory()).pk, by=desk
        )


def test_providers_and_billing_keep_no_contacts(regular, provider, biller, actor):
    for user in (provider, biller):
        with pytest.raises(NotAllowed):
            keep_contact(regular.pk, details(), by=actor(user))


def test_the_page_shows_what_stands_and_keeps_what_is_typed(regular, front_desk, signed_in):
    contact = ClientContactFactory(
        client=regular, name="Ada Fox", custody_note="Weekends only", may_receive=True
    )
    AddressFactory(client=None, contact=contact, value="+12025550117", safe_to_text=True)
    browser = signed_in(front_desk)

    page = browser.get(edit(contact)).content.decode()
    answer = browser.post(
        edit(contact), form(name="Ada Lovelace", email="Ada@Example.org", safe_to_email="on")
    )

    assert "(202) 555-0117" in page
    assert "Weekends only" in page
    assert (answer.status_code, answer.url) == (
        302,
        reverse("practice:client-card", args=[regular.public_id]),
    )
    contact.refresh_from_db()
    assert (contact.name, contact.may_receive, contact.custody_note) == ("Ada Lovelace", False, "")
    assert list(contact.addresses.values_list("value", flat=True)) == ["ada@example.org"]


def test_a_refused_form_comes_back_with_what_was_typed(regular, front_desk, signed_in):
    new = reverse("practice:contact-new", args=[regular.public_id])

    answer = signed_in(front_desk).post(new, form(never_contact="on", may_receive="on"))

    assert answer.status_code == 422
    assert "never to be contacted gets and decides nothing" in answer.content.decode()
    assert not ClientContact.objects.exists()


def test_the_card_leads_to_each_contact_and_to_a_new_one(regular, front_desk, provider, signed_in):
    contact = ClientContactFactory(client=regular)
    card = reverse("practice:client-card", args=[regular.public_id])

    assert edit(contact) in signed_in(front_desk).get(card).content.decode()
    assert edit(contact) not in signed_in(provider).get(card).content.decode()
