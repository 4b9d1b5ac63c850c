"""The page of the list and the form of an entry."""

import uuid

import pytest
from django.urls import reverse

from practice.tests.factories import ClientFactory
from scheduling.tests.conftest import at, clinic, now  # noqa: F401  the same small clinic
from scheduling.tests.factories import AppointmentFactory, AttendanceFactory
from waitlist.models import WaitlistEntry
from waitlist.tests.factories import OfferFactory, WaitlistEntryFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now", "clinic")]
LIST = "/waitlist/"


def body(answer) -> str:
    return answer.content.decode()


@pytest.fixture
def desk(signed_in, front_desk):
    return signed_in(front_desk)


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_costs_the_same_for_one_as_for_three(rows, desk, provider, django_assert_num_queries):
    for _ in range(rows):
        entry = WaitlistEntryFactory(provider_ids=[provider.pk], attendance=AttendanceFactory())
        OfferFactory(entry=entry)
    desk.get(LIST)

    with django_assert_num_queries(8):
        answer = desk.get(LIST)

    assert body(answer).count("Offer out") == rows


def test_filters_stand_in_the_address_and_nonsense_is_left_out(desk, provider):
    urgent = WaitlistEntryFactory(urgency="urgent", provider_ids=[provider.pk])
    other = WaitlistEntryFactory()

    found = body(
        desk.get(LIST, {"urgency": "urgent", "provider": provider.public_id, "type": "x", "page": "99"})
    )

    assert urgent.client.name in found
    assert other.client.name not in found
    assert "Nobody for this" in body(desk.get(LIST, {"kind": "earlier"}))


def test_pinned_ones_stand_first_then_the_most_pressing(desk):
    low, high = WaitlistEntryFactory(priority=100), WaitlistEntryFactory(priority=900)
    pinned = WaitlistEntryFactory(priority=1)
    edition = {"edition": 1, "on": "1", "change_id": uuid.uuid4()}
    desk.post(reverse("waitlist:entry-pin", args=[pinned.public_id]), edition)

    page = body(desk.get(LIST))

    places = [page.index(one.client.name) for one in (pinned, high, low)]
    assert places == sorted(places)


def test_a_provider_sees_own_clients_only(signed_in, provider, regular, stranger):
    WaitlistEntryFactory(client=regular)
    WaitlistEntryFactory(client=stranger)

    page = body(signed_in(provider).get(LIST))

    assert regular.name in page
    assert stranger.name not in page


def test_an_empty_list_says_what_to_do(desk):
    assert "Nobody is waiting" in body(desk.get(LIST))


def test_the_form_opens_with_what_the_booking_was_about(desk, clinic, regular):  # noqa: F811
    asked = {"type": clinic.type.pk, "client": regular.public_id, "provider": clinic.provider.pk}

    page = body(desk.get(reverse("waitlist:entry-new"), asked))

    assert f'value="{regular.name}"' in page
    assert f'<option value="{clinic.type.pk}" selected>' in page
    assert "checked" in page


def given(clinic, **more):  # noqa: F811
    return {
        "change_id": uuid.uuid4(), "type": clinic.type.pk, "urgency": "soon", "referral": "physician",
        "weekdays": ["1"], "auto_match": "on", **more,
    }  # fmt: skip


def test_somebody_is_added_by_name(desk, clinic, regular):  # noqa: F811
    answer = desk.post(reverse("waitlist:entry-new"), given(clinic, q="Rita Regular"), follow=True)

    entry = WaitlistEntry.objects.get()
    assert (entry.client, entry.urgency, entry.weekdays) == (regular, "soon", [1])
    assert "is on the list" in body(answer)


def test_without_a_name_or_with_half_the_hours_nothing_is_added(desk, clinic):  # noqa: F811
    answer = desk.post(reverse("waitlist:entry-new"), given(clinic, from_time="09:00"))

    assert answer.status_code == 422
    assert "Say who is waiting" in body(answer)
    assert "Say both hours" in body(answer)
    assert not WaitlistEntry.objects.exists()


def test_a_visit_is_put_up_for_an_earlier_time(desk, clinic, regular):  # noqa: F811
    person = AttendanceFactory(client=regular, appointment=AppointmentFactory(type=clinic.type))
    page = body(desk.get(reverse("waitlist:entry-new"), {"attendance": person.pk}))
    desk.post(reverse("waitlist:entry-new"), given(clinic, attendance=person.pk))

    assert "An earlier time than" in page
    assert WaitlistEntry.objects.get().attendance == person


def test_the_same_wish_again_is_refused_in_words(desk, clinic, regular):  # noqa: F811
    desk.post(reverse("waitlist:entry-new"), given(clinic, client=regular.public_id))
    answer = desk.post(reverse("waitlist:entry-new"), given(clinic, client=regular.public_id))

    assert answer.status_code == 422
    assert "already waiting for just that" in body(answer)


def test_an_entry_is_changed_and_an_old_copy_says_so(desk, clinic):  # noqa: F811
    entry = WaitlistEntryFactory(type=clinic.type)
    address = reverse("waitlist:entry-edit", args=[entry.public_id])
    assert desk.get(address).status_code == 200

    desk.post(address, given(clinic, edition=1, minutes=30))
    again = desk.post(address, given(clinic, edition=1))

    entry.refresh_from_db()
    assert entry.minutes == 30
    assert again.status_code == 409


def test_an_entry_is_closed_with_a_reason(desk):
    entry = WaitlistEntryFactory(client=ClientFactory(first_name="Lena", last_name="Fox"))
    address = reverse("waitlist:entry-close", args=[entry.public_id])

    bad = desk.post(address, {"change_id": uuid.uuid4(), "edition": 1, "reason": "other"})
    desk.post(address, {"change_id": uuid.uuid4(), "edition": 1, "reason": "gave_up"})

    entry.refresh_from_db()
    assert bad.status_code == 409
    assert entry.state == "gave_up"
    assert "Lena Fox" in body(desk.get(LIST, {"state": "gave_up"}))
    assert desk.get(reverse("waitlist:entry-edit", args=[entry.public_id])).status_code == 200


def test_a_pin_with_an_old_copy_says_so(desk):
    entry = WaitlistEntryFactory(edition=3)
    about = {"change_id": uuid.uuid4(), "edition": 1, "on": "1"}

    answer = desk.post(reverse("waitlist:entry-pin", args=[entry.public_id]), about, follow=True)

    assert "Somebody changed this" in body(answer)
    assert desk.post(reverse("waitlist:entry-pin", args=[entry.public_id]), {}).status_code == 400


def test_the_openings_and_a_refused_booking_lead_to_the_list(desk, clinic, regular):  # noqa: F811
    asked = {"type": clinic.type.pk, "client": regular.public_id}
    openings = body(desk.get("/openings/", asked))
    AppointmentFactory(type=clinic.type, provider=clinic.provider, starts_at=at(14))
    wanted = {
        "type": clinic.type.pk, "provider": clinic.provider.public_id, "client": regular.public_id, "on": "2026-11-25",
        "at": "14:00", "minutes": "50", "modality": "in_person",
    }  # fmt: skip

    refused = body(desk.post("/visits/why-not/", wanted))

    link = f"/waitlist/new/?type={clinic.type.pk}&amp;client={regular.public_id}"
    assert link in openings
    assert link in refused
