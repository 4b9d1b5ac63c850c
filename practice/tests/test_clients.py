"""Client records: operation, pages, finding somebody while typing."""

import datetime as dt
import json
import threading
import uuid

import pytest
from django.db import connection
from django.urls import reverse

from core.refusals import AlreadyUsed, NotAllowed, Refusal
from practice.models import AuditEntry, Client
from practice.operations.clients import (
    ClientFacts,
    LooksLikeSomebody,
    add_client,
    change_client,
    next_record_number,
)
from practice.states import AddressKind
from practice.tests.factories import AddressFactory, ClientFactory

BORN = dt.date(1988, 4, 12)


def facts(**given) -> ClientFacts:
    return ClientFacts(**{"first_name": "Lena", "last_name": "Fox"} | given)


def form(**given) -> dict:
    usual = {"first_name": "Lena", "last_name": "Fox", "language": "en", "status": "active"}
    return {"change_id": str(uuid.uuid4()), **usual, **given}


def test_a_client_gets_number_addresses_care_team_and_a_line_without_a_name(front_desk, provider, actor):
    by = actor(front_desk)

    client = add_client(
        facts(
            phone="(202) 555-0117",
            safe_to_text=True,
            email="Lena@Example.org",
            primary_provider_id=provider.pk,
        ),
        by=by,
    )

    assert client.record_number.isdigit()
    assert [(a.kind, a.value, a.safe_to_text) for a in client.addresses.order_by("kind")] == [
        (AddressKind.EMAIL, "lena@example.org", False),
        (AddressKind.PHONE, "+12025550117", True),
    ]
    assert [row.provider for row in client.care_team.all()] == [provider]
    line = AuditEntry.objects.get(act="client.added")
    assert (line.subject_id, line.actor_id, line.after) == (client.pk, front_desk.pk, {"despite": []})


def test_the_same_form_twice_is_one_client(front_desk, actor):
    by, press = actor(front_desk), uuid.uuid4()

    first, second = (add_client(facts(), by=by, change_id=press) for _ in range(2))

    assert first == second
    assert Client.objects.count() == 1
    with pytest.raises(AlreadyUsed):
        add_client(facts(first_name="Other"), by=by, change_id=press)


def test_a_provider_may_not_add_clients(provider, actor):
    with pytest.raises(NotAllowed):
        add_client(facts(), by=actor(provider))


@pytest.mark.parametrize(
    ("known", "new", "reason"),
    [
        ({"first_name": "Zoe", "last_name": "Lane"}, {"phone": "202 555 0117"}, "has the same phone number"),
        (
            {"first_name": "Zoe", "last_name": "fox", "birth_on": BORN},
            {"birth_on": BORN},
            "same last name and birth",
        ),
        ({"first_name": "Lenna", "last_name": "Fox"}, {}, "has nearly the same name"),
    ],
)
def test_somebody_alike_is_a_warning_one_can_override(front_desk, actor, known, new, reason):
    AddressFactory(client=ClientFactory(record_number="77", **known), value="+12025550117")

    with pytest.raises(LooksLikeSomebody) as refusal:
        add_client(facts(**new), by=actor(front_desk))

    assert [reason in problem.message and "#77" in problem.message for problem in refusal.value.problems] == [
        True
    ]
    assert Client.objects.count() == 1
    add_client(facts(**new), by=actor(front_desk), is_somebody_new=True)
    assert Client.objects.count() == 2


def test_same_name_with_another_birth_date_is_somebody_else(front_desk, actor):
    ClientFactory(first_name="Lena", last_name="Fox", birth_on=BORN)

    add_client(facts(birth_on=dt.date(2001, 1, 1)), by=actor(front_desk))

    assert Client.objects.count() == 2


def test_a_wrong_phone_names_the_field_and_the_cure(front_desk, actor):
    with pytest.raises(Refusal) as refusal:
        add_client(facts(phone="555-01"), by=actor(front_desk))

    assert (refusal.value.field, "+1 202 555 0117" in refusal.value.remedy) == ("phone", True)


def test_a_change_names_fields_never_contents_and_unverifies_a_new_number(front_desk, actor, provider):
    by = actor(front_desk)
    client = add_client(facts(phone="2025550117", safe_to_text=True), by=by)
    client.addresses.update(verified_at="2026-01-01T00:00Z")

    new = facts(preferred_name="Len", phone="2025550118", safe_to_text=True, primary_provider_id=provider.pk)
    change_client(client.pk, facts=new, by=by)

    client.refresh_from_db()
    phone = client.addresses.get()
    assert (client.preferred_name, phone.value, phone.verified_at) == ("Len", "+12025550118", None)
    fields = {"fields": ["preferred_name", "primary_provider_id", "phone", "care_team"]}
    assert AuditEntry.objects.get(act="client.changed").after == fields


def test_clearing_the_phone_removes_it(front_desk, actor):
    client = add_client(facts(phone="2025550117"), by=actor(front_desk))

    change_client(client.pk, facts=facts(), by=actor(front_desk))

    assert not client.addresses.exists()


@pytest.mark.django_db(transaction=True)
def test_numbers_are_never_given_twice():
    taken: list[str] = []

    def take():
        taken.extend(next_record_number() for _ in range(20))
        connection.close()

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(set(taken)) == 80


def test_a_number_an_import_used_is_stepped_over(db):
    used = int(next_record_number()) + 1
    ClientFactory(record_number=str(used))

    assert next_record_number() == str(used + 1)


def test_list_shows_own_clients_only(signed_in, provider, front_desk, regular, stranger):
    url = reverse("practice:client-list")

    own, every = (
        signed_in(provider).get(url).content.decode(),
        signed_in(front_desk).get(url).content.decode(),
    )

    assert ("Rita Regular" in own, "Stranger" in own) == (True, False)
    assert ("Rita Regular" in every, "Stan Stranger" in every) == (True, True)


@pytest.mark.parametrize("words", ["reg", "Rita Reg", "R-REGULAR", "#R-REGULAR", "0117"])
def test_search_finds_by_name_number_and_phone(signed_in, front_desk, regular, stranger, words):
    AddressFactory(client=regular, value="+12025550117")

    part = signed_in(front_desk).post(
        reverse("practice:client-list"), {"q": words}, headers={"HX-Target": "client-rows"}
    )

    page = part.content.decode()
    assert ("<html" in page, "Rita Regular" in page, "Stranger" in page) == (False, True, False)


def test_list_costs_the_same_for_one_and_for_thirty(signed_in, front_desk, django_assert_num_queries):
    browser, url = signed_in(front_desk), reverse("practice:client-list")
    AddressFactory()
    with django_assert_num_queries(4):  # user, count, rows, addresses
        browser.get(url)
    AddressFactory.create_batch(29)
    with django_assert_num_queries(4):
        page = browser.get(url).content.decode()

    assert "1–25 of 30 clients" in page


def test_the_card_is_recorded_as_viewed_and_hidden_from_others(signed_in, provider, regular, stranger):
    browser = signed_in(provider)

    seen = browser.get(reverse("practice:client-card", args=[regular.public_id]))
    hidden = browser.get(reverse("practice:client-card", args=[stranger.public_id]))

    assert (seen.status_code, hidden.status_code) == (200, 404)
    assert "Stranger" not in hidden.content.decode()
    views = AuditEntry.objects.filter(act="client.viewed")
    assert [(v.subject_id, v.actor_id) for v in views] == [(regular.pk, provider.user.pk)]


def test_new_client_by_the_page(signed_in, front_desk):
    answer = signed_in(front_desk).post(reverse("practice:client-new"), form(phone="202 555 0117"))

    client = Client.objects.get()
    assert (answer.status_code, answer["Location"]) == (
        302,
        reverse("practice:client-card", args=[client.public_id]),
    )


def test_a_form_with_a_wrong_number_comes_back_with_what_was_typed(signed_in, front_desk):
    answer = signed_in(front_desk).post(reverse("practice:client-new"), form(phone="12"))

    page = answer.content.decode()
    assert (answer.status_code, "No phone can have that number" in page, 'value="Lena"' in page) == (
        422,
        True,
        True,
    )
    assert not Client.objects.exists()


def test_somebody_alike_is_shown_with_a_link_and_a_way_on(signed_in, front_desk):
    known = ClientFactory(first_name="Lena", last_name="Fox", record_number="77")
    browser, posted = signed_in(front_desk), form()

    warned = browser.post(reverse("practice:client-new"), posted)
    added = browser.post(reverse("practice:client-new"), posted | {"is_somebody_new": "on"})

    page = warned.content.decode()
    assert (warned.status_code, reverse("practice:client-card", args=[known.public_id]) in page) == (
        422,
        True,
    )
    assert (added.status_code, Client.objects.count()) == (302, 2)


def test_the_short_form_answers_with_the_client_to_book(signed_in, front_desk):
    browser, target = signed_in(front_desk), {"HX-Request": "true", "HX-Target": "new-client"}
    short = browser.get(reverse("practice:client-new"), headers=target).content.decode()

    added = browser.post(reverse("practice:client-new"), form(), headers=target)

    assert ("<html" in short, 'id="new-client-form"' in short) == (False, True)
    client = Client.objects.get()
    told = json.loads(added["HX-Trigger"])
    assert (told, added.content) == (
        {"client:added": {"value": str(client.public_id), "text": "Lena Fox"}},
        b"",
    )


def test_edit_shows_and_keeps_what_is_there(signed_in, front_desk, actor, provider, colleague):
    start = facts(phone="2025550117", safe_to_text=True, birth_on=BORN, primary_provider_id=provider.pk)
    client = add_client(start, by=actor(front_desk))
    url, browser = reverse("practice:client-edit", args=[client.public_id]), signed_in(front_desk)

    page = browser.get(url).content.decode()
    told = {"phone": "(202) 555-0117", "primary_provider": provider.pk, "team": [colleague.pk]}
    answer = browser.post(url, form(last_name="Fuchs", **told))

    client.refresh_from_db()
    assert ('value="(202) 555-0117"' in page, 'value="1988-04-12"' in page) == (True, True)
    assert (answer.status_code, client.last_name) == (302, "Fuchs")
    assert set(client.care_team.values_list("provider", flat=True)) == {provider.pk, colleague.pk}


def test_find_tells_namesakes_apart(signed_in, front_desk, regular, stranger):
    AddressFactory(client=regular, value="+12025550117")
    Client.objects.filter(pk=regular.pk).update(birth_on=BORN)

    page = signed_in(front_desk).post(reverse("practice:client-find"), {"q": "rita"}).content.decode()

    assert f'data-value="{regular.public_id}"' in page
    assert "#R-REGULAR · 0117 · 1988" in page
    assert "Stranger" not in page


def test_find_offers_recent_clients_while_nothing_is_typed(signed_in, front_desk, regular, stranger):
    browser = signed_in(front_desk)
    for client in (stranger, regular, stranger):
        browser.get(reverse("practice:client-card", args=[client.public_id]))

    page = browser.post(reverse("practice:client-find")).content.decode()

    assert page.index("Stan Stranger") < page.index("Rita Regular")
    assert page.count('role="option"') == 2


def test_find_shows_at_most_eight_and_only_own(signed_in, provider, front_desk, stranger):
    ClientFactory.create_batch(9, first_name="Noor")

    many = signed_in(front_desk).post(reverse("practice:client-find"), {"q": "noor"}).content.decode()
    none = signed_in(provider).post(reverse("practice:client-find"), {"q": "stan"}).content.decode()

    assert many.count("data-value=") == 8
    assert ("Nobody fits" in none, "Stranger" in none) == (True, False)


def test_editing_keeps_who_no_longer_works_here_on_the_team(signed_in, front_desk, provider, regular):
    provider.is_active = False
    provider.save()
    browser, url = signed_in(front_desk), reverse("practice:client-edit", args=[regular.public_id])

    assert "Maya Smith" in browser.get(url).content.decode()
    assert browser.post(url, form(team=[provider.pk])).status_code == 302
    assert regular.care_team.get().provider == provider


def test_a_search_leaves_no_name_in_the_address_and_shows_the_first_fifty(signed_in, front_desk):
    ClientFactory.create_batch(51, first_name="Noor")
    browser, url = signed_in(front_desk), reverse("practice:client-list")

    page = browser.post(url, {"q": "noor"}).content.decode()
    ignored = browser.get(url, {"q": "noor"}).content.decode()

    assert (page.count("table__link"), "The first 50 of 51" in page) == (50, True)
    assert [text for text in ("?q=", "q=noor", "hx-push-url") if text in page] == []
    assert 'value="noor"' not in ignored
