"""What people agreed to: written down at the desk, attested for an import, shown on the card."""

import datetime as dt
import re
import uuid

import pytest
from django.urls import reverse

from core import clock
from core.refusals import AlreadyUsed, NotAllowed, Refusal
from messaging.models import Consent
from messaging.operations import consent
from messaging.queries import usable_addresses
from messaging.rules.agreeing import given_at, ready_words
from messaging.signals import consents_changed
from messaging.states import ConsentSource
from messaging.tests.conftest import MORNING
from messaging.tests.factories import ConsentFactory, SuppressionFactory
from practice.models import AuditEntry, Change, Client
from practice.tests.factories import (
    AddressFactory,
    ChangeFactory,
    ClientContactFactory,
    ClientFactory,
    EmailFactory,
)

PHONE = "+12025550117"
TODAY = dt.date(2026, 11, 25)
YES_BY_TEXT = (
    "I agree to get appointment messages from Stillwater by text at this number. Message and data rates may apply."
    " I can stop at any time by replying STOP."
)


@pytest.fixture
def told(monkeypatch) -> list[set[int]]:
    """The clients of each piece of news; nobody else hears it, so that only our own work is counted."""
    heard: list[set[int]] = []

    def hear(client_ids, **_) -> None:
        heard.append(set(client_ids))

    monkeypatch.setattr(consents_changed, "receivers", [])
    consents_changed.connect(hear, weak=False)
    return heard


@pytest.fixture
def person(moment, regular) -> Client:
    """The regular, with a phone and an email nobody has agreed to."""
    AddressFactory(client=regular, value=PHONE, is_preferred=True)
    EmailFactory(client=regular, value="rita@example.org")
    return regular


def url(client: Client) -> str:
    return reverse("messaging:consent", args=[client.public_id])


def typed(client: Client, kind: str = "phone", channel: str = "sms", **differently) -> dict:
    line = f"{client.addresses.get(kind=kind).pk}:{channel}"
    return {
        "change_id": str(uuid.uuid4()),
        "line": line,
        "granted": "yes",
        "is_safe": "on",
        "source": "verbal",
        "given_on": TODAY.isoformat(),
        "wording": "You may text me.",
    } | differently


def usable(client: Client) -> dict[str, str]:
    return usable_addresses([(client.pk, None)], clock.now())[client.pk, None]


# --- rules ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given_on", "granted", "at"),
    [
        (TODAY, True, MORNING),
        (TODAY, False, MORNING),
        (dt.date(2026, 11, 24), True, dt.datetime(2026, 11, 24, 5, tzinfo=dt.UTC)),
        (dt.date(2026, 11, 24), False, dt.datetime(2026, 11, 25, 4, 59, 59, 999999, tzinfo=dt.UTC)),
        (dt.date(2026, 11, 26), True, None),
        # the night the clocks went back
        (dt.date(2026, 11, 1), True, dt.datetime(2026, 11, 1, 4, tzinfo=dt.UTC)),
        (dt.date(2026, 11, 1), False, dt.datetime(2026, 11, 2, 4, 59, 59, 999999, tzinfo=dt.UTC)),
    ],
)
def test_of_an_earlier_day_doubt_goes_against_sending(practice, given_on, granted, at):
    assert given_at(given_on, granted=granted, now=MORNING, zone=practice.tz) == at


@pytest.mark.parametrize("channel", ["sms", "email", "voice"])
@pytest.mark.parametrize("granted", [True, False])
def test_ready_words_name_the_practice_and_fit(channel, granted):
    words = ready_words(channel, granted=granted, sender="S" * 40)

    assert "S" * 40 in words
    assert len(words) <= 300


# --- one line at the desk ------------------------------------------------------------------------


def test_a_yes_at_the_desk_opens_a_safe_address_once_per_form(person, front_desk, actor, told):
    facts = {
        "address_id": person.addresses.get(kind="phone").pk, "channel": "sms", "granted": True, "wording": "Yes",
        "source": ConsentSource.VERBAL, "given_on": TODAY, "is_safe": True, "change_id": uuid.uuid4(),
    }  # fmt: skip
    first = consent.take_consent(person.pk, by=actor(front_desk), **facts)
    again = consent.take_consent(person.pk, by=actor(front_desk), **facts)

    assert first == again
    assert Consent.objects.count() == 1
    assert usable(person) == {"sms": PHONE}
    assert told == [{person.pk}]
    lines = AuditEntry.objects.filter(change=facts["change_id"]).order_by("id")
    assert list(lines.values_list("act", "subject_id")) == [
        ("client.changed", person.pk),
        ("consent.recorded", person.pk),
    ]
    assert PHONE not in str(list(lines.values_list("after", flat=True)))
    with pytest.raises(AlreadyUsed):
        consent.take_consent(person.pk, by=actor(front_desk), **facts | {"granted": False})


def test_an_earlier_day_is_kept_and_does_not_outrank_a_later_no(person, front_desk, actor):
    facts = {
        "address_id": person.addresses.get(kind="phone").pk, "channel": "sms", "wording": "x", "is_safe": True,
        "source": ConsentSource.FORM, "by": actor(front_desk),
    }  # fmt: skip
    consent.take_consent(person.pk, granted=False, given_on=dt.date(2026, 11, 20), **facts)
    line = consent.take_consent(person.pk, granted=True, given_on=dt.date(2026, 11, 10), **facts)

    assert line.at == dt.datetime(2026, 11, 10, 5, tzinfo=dt.UTC)
    assert AuditEntry.objects.filter(act="consent.recorded").latest("id").at == MORNING
    assert usable(person) == {}


def test_what_cannot_be_recorded_says_so_and_leaves_nothing(
    person, stranger, front_desk, provider, biller, actor
):
    elsewhere = AddressFactory(client=stranger)
    own = person.addresses.get(kind="phone")
    facts = {"granted": True, "wording": "x", "source": ConsentSource.FORM, "given_on": TODAY}
    desk = actor(front_desk)

    for wrong in (
        {"address_id": elsewhere.pk, "channel": "sms"},
        {"address_id": own.pk, "channel": "email"},
        {"address_id": own.pk, "channel": "sms", "given_on": TODAY + dt.timedelta(days=1)},
    ):
        with pytest.raises(Refusal):
            consent.take_consent(person.pk, by=desk, **facts | wrong)
    with pytest.raises(NotAllowed):
        consent.take_consent(person.pk, by=actor(biller), address_id=own.pk, channel="sms", **facts)
    with pytest.raises(Client.DoesNotExist):
        consent.take_consent(stranger.pk, by=actor(provider), address_id=elsewhere.pk, channel="sms", **facts)
    with pytest.raises(Refusal):
        consent.record_consent(
            person, channel="sms", address=PHONE, granted=True, wording="x", source=ConsentSource.FORM, by=desk,
            at=MORNING + dt.timedelta(seconds=1),
        )  # fmt: skip
    assert (Consent.objects.count(), Change.objects.count()) == (0, 0)


def test_a_provider_records_for_own_clients_and_a_guardians_phone(person, provider, actor):
    guardian = ClientContactFactory(client=person, may_receive=True)
    phone = AddressFactory(client=None, contact=guardian)

    line = consent.take_consent(
        person.pk, address_id=phone.pk, channel="sms", granted=True, wording="x", source=ConsentSource.FORM,
        given_on=TODAY, is_safe=True, by=actor(provider),
    )  # fmt: skip

    assert line.contact == guardian
    assert usable_addresses([(person.pk, guardian.pk)], MORNING)[person.pk, guardian.pk] == {
        "sms": phone.value
    }


# --- attested for many ---------------------------------------------------------------------------


def attest(client_ids, by, **differently) -> int:
    facts = {"channels": ["sms", "email"], "wording": "On our intake form", "given_at": MORNING}
    return consent.attest_consents(client_ids, by=by, **facts | differently)


def test_an_attested_import_answers_for_every_address_that_has_no_answer(person, front_desk, actor, told):
    guardian = ClientContactFactory(client=person, may_receive=True)
    AddressFactory(client=None, contact=guardian, value="+12025550118")
    for closed in ({"may_receive": False}, {"may_receive": True, "never_contact": True}):
        AddressFactory(client=None, contact=ClientContactFactory(client=person, **closed))
    change = ChangeFactory()

    made = attest([person.pk], actor(front_desk), change=change, given_at=MORNING - dt.timedelta(days=9))

    lines = Consent.objects.order_by("contact_id", "channel")
    assert made == 3
    assert set(lines.values_list("contact", "channel", "address", "granted", "source")) == {
        (None, "sms", PHONE, True, "import"),
        (None, "email", "rita@example.org", True, "import"),
        (guardian.pk, "sms", "+12025550118", True, "import"),
    }
    assert {line.at for line in lines} == {MORNING - dt.timedelta(days=9)}
    entry = AuditEntry.objects.get(act="consent.attested")
    assert (entry.subject_id, entry.after, entry.change) == (
        person.pk,
        {"lines": 3, "source": "import"},
        change,
    )
    assert told == [{person.pk}]


@pytest.mark.parametrize("granted", [True, False])
def test_an_attested_import_overrides_no_answer_and_opens_no_closed_number(
    person, front_desk, actor, told, granted
):
    ConsentFactory(
        client=person, channel="sms", address=PHONE, granted=granted, at=MORNING - dt.timedelta(days=400)
    )
    SuppressionFactory(channel="email", address="rita@example.org", reason="opted_out")

    assert attest([person.pk], actor(front_desk)) == 0
    assert Consent.objects.count() == 1
    assert (told, AuditEntry.objects.filter(act="consent.attested").count()) == ([], 0)


def test_an_attested_import_keeps_to_its_channels_clients_and_limits(
    person, stranger, front_desk, provider, biller, actor
):
    AddressFactory(client=stranger)

    assert attest([person.pk, stranger.pk], actor(provider), channels=["email"]) == 1
    with pytest.raises(NotAllowed):
        attest([person.pk], actor(biller))
    with pytest.raises(Refusal):
        attest([person.pk], actor(front_desk), given_at=MORNING + dt.timedelta(seconds=1))
    assert list(Consent.objects.values_list("client", "channel")) == [(person.pk, "email")]


@pytest.mark.parametrize("clients", [1, 30])
def test_an_attested_import_takes_as_many_queries_for_one_as_for_many(
    moment, front_desk, actor, django_assert_num_queries, told, clients
):
    people = [AddressFactory(client=ClientFactory()).client_id for _ in range(clients)]
    desk = actor(front_desk)

    # a savepoint's two, the clients, their lock, addresses, consents, suppressions, lines, new numbers and audit
    with django_assert_num_queries(10):
        assert attest(people, desk) == clients
    assert told == [set(people)]


# --- the page, the dialog, the panel -------------------------------------------------------------


def test_the_form_is_ready_for_the_likeliest_errand(person, signed_in, front_desk):
    page = signed_in(front_desk).get(url(person)).content.decode()

    assert YES_BY_TEXT in page
    assert "Text (202) 555-0117" in page
    assert "No consent on record" in page
    assert "Nobody has answered yet" in page
    assert AuditEntry.objects.filter(act="client.viewed", subject_id=person.pk).count() == 1


def test_safe_is_ticked_beforehand_only_where_that_marks_nothing_new(person, signed_in, front_desk):
    def is_ticked() -> bool:
        box = re.search(
            r'<input[^>]*name="is_safe"[^>]*>', signed_in(front_desk).get(url(person)).content.decode()
        )
        return "checked" in box[0]

    person.addresses.filter(kind="phone").update(safe_to_text=True)
    assert not is_ticked()

    person.addresses.filter(kind="email").update(safe_to_email=True)
    assert is_ticked()


def test_a_recorded_answer_stands_in_the_history(person, signed_in, front_desk):
    answer = signed_in(front_desk).post(url(person), typed(person), follow=True)
    page = answer.content.decode()

    assert answer.redirect_chain == [(url(person), 302)]
    assert "Recorded: yes to Text (202) 555-0117. May be used." in page
    assert "Nov 25, 2026" in page
    assert "Said to staff" in page
    assert "Fran Desk" in page
    assert "“You may text me.”" in page
    assert usable(person) == {"sms": PHONE}


def test_pressing_twice_is_one_answer(person, signed_in, front_desk):
    form, browser = typed(person), signed_in(front_desk)
    assert [browser.post(url(person), form).status_code for _ in range(2)] == [302, 302]

    assert Consent.objects.count() == 1


def test_a_spent_form_is_refused_keeps_what_was_typed_and_can_be_sent_again(person, signed_in, front_desk):
    form, browser = typed(person), signed_in(front_desk)
    browser.post(url(person), form)
    refused = browser.post(url(person), form | {"wording": "Something else"})
    page = refused.content.decode()

    assert refused.status_code == 422
    assert "already used for something else" in page
    assert "Something else" in page
    assert form["change_id"] not in page


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"given_on": "2026-11-26"}, "a day that has not come yet"),
        ({"given_on": ""}, "This field is required"),
        ({"line": ""}, "Choose an address."),
        ({"line": "0:sms"}, "Select a valid choice"),
        ({"source": "import"}, "Select a valid choice"),
        ({"wording": ""}, "This field is required"),
        ({"wording": YES_BY_TEXT, "granted": "no"}, "These words do not fit"),
    ],
)
def test_a_mistake_is_said_beside_its_field_and_what_was_typed_is_kept(
    person, signed_in, front_desk, wrong, words
):
    form = typed(person) | {"wording": "My own words", "source": "form"} | wrong
    answer = signed_in(front_desk).post(url(person), form)
    page = answer.content.decode()

    assert answer.status_code == 422
    assert words in page
    assert form["wording"] in page
    assert form["change_id"] in page
    assert Consent.objects.count() == 0


def test_htmx_gets_the_dialog_the_form_again_and_then_news(person, signed_in, front_desk):
    browser = signed_in(front_desk)
    dialog = browser.get(url(person), headers={"HX-Request": "true", "HX-Target": "dialog"}).content.decode()
    part = {"HX-Request": "true", "HX-Target": "consent-form"}
    again = browser.post(url(person), typed(person, given_on=""), headers=part)
    done = browser.post(url(person), typed(person, is_safe=""), headers=part)

    assert 'id="consent-dialog"' in dialog
    assert "<html" not in dialog
    assert again.status_code == 422
    assert again.content.decode().lstrip().startswith('<form id="consent-form"')
    assert (done.status_code, done["HX-Reswap"]) == (200, "none")
    for event in ("consent:recorded", "panels:refresh", "dialog:close"):
        assert event in done["HX-Trigger"]
    assert "Recorded: yes to Text (202) 555-0117." in done.content.decode()
    assert "Not marked as safe to use." in done.content.decode()


def test_the_card_has_a_place_for_it_and_the_panel_says_how_things_stand(
    person, signed_in, front_desk, biller
):
    ConsentFactory(client=person, channel="sms", address=PHONE)
    person.addresses.filter(kind="phone").update(safe_to_text=True)
    card = (
        signed_in(front_desk).get(reverse("practice:client-card", args=[person.public_id])).content.decode()
    )
    part = {"HX-Request": "true", "HX-Target": "panel-messaging-consent"}
    panel = signed_in(front_desk).get(url(person), headers=part).content.decode()
    quiet = signed_in(biller).get(url(person), headers=part)

    assert f'id="panel-messaging-consent" hx-get="{url(person)}"' in card
    assert "May be used" in panel
    assert "No consent on record" in panel
    assert (quiet.status_code, quiet.content) == (200, b"")


def test_without_an_address_there_is_nothing_to_agree_to(moment, regular, signed_in, front_desk):
    page = signed_in(front_desk).get(url(regular)).content.decode()

    assert "No phone or email on file" in page
    assert "<textarea" not in page
    assert signed_in(front_desk).post(url(regular), {"line": "1:sms"}).status_code == 422


@pytest.mark.parametrize(
    ("who", "status"),
    [("front_desk", 200), ("admin_user", 200), ("provider", 200), ("colleague", 404), ("biller", 403)],
)
def test_only_who_may_record_consent_opens_the_page(person, signed_in, request, who, status):
    assert signed_in(request.getfixturevalue(who)).get(url(person)).status_code == status


@pytest.mark.parametrize("lines", [1, 3])
def test_the_page_asks_a_constant_number_of_times(
    person, signed_in, front_desk, django_assert_max_num_queries, lines
):
    for _ in range(lines):
        guardian = ClientContactFactory(client=person)
        phone = AddressFactory(client=None, contact=guardian)
        ConsentFactory(client=person, contact=guardian, address=phone.value, by_id=front_desk.pk)
    browser = signed_in(front_desk)

    with django_assert_max_num_queries(15):
        browser.get(url(person))
