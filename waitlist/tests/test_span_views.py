"""Open times, who stands in line, and the acts of staff; the figures; the settings; the visit's panel."""

import uuid

import pytest
from django.urls import reverse

from scheduling.tests.factories import AppointmentFactory, AttendanceFactory
from waitlist.models import Offer, UsefulLength, WaitlistPolicy
from waitlist.tests.conftest import NOW, at
from waitlist.tests.factories import OfferFactory, WaitlistEntryFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]


def body(answer) -> str:
    return answer.content.decode()


@pytest.fixture
def browser(signed_in, front_desk):
    return signed_in(front_desk)


def page_of(span) -> str:
    return reverse("waitlist:span", args=[span.public_id])


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_of_times_costs_the_same_for_one_as_for_three(
    rows, browser, freed, django_assert_num_queries
):
    for n in range(rows):
        freed(9 + n)
    browser.get("/waitlist/times/")

    with django_assert_num_queries(5):
        answer = browser.get("/waitlist/times/")

    assert body(answer).count("Looking") == rows


@pytest.mark.parametrize("people", [1, 3])
def test_one_time_costs_the_same_for_one_in_line_as_for_three(
    people, browser, freed, waiting, django_assert_num_queries
):
    for n in range(people):
        waiting(f"P{n}")
    span = freed(11)
    browser.get(page_of(span))

    with django_assert_num_queries(10):
        answer = browser.get(page_of(span))

    assert body(answer).count("Any provider") == people


def test_the_page_of_a_time_shows_scores_reasons_and_why_others_do_not_fit(browser, freed, waiting, look):
    waiting("Ann"), waiting("Low", weekdays=[0]), waiting("Out", insurance="Aetna")

    shown = body(browser.get(page_of(freed(11))))

    assert "In line: 1 at 0.60 or more" in shown
    assert "The insurance is not taken: 1" in shown
    assert "Not a day they asked for" in shown


def test_staff_offer_take_answers_down_and_take_back(browser, freed, waiting):
    one, two, three = waiting("Ann"), waiting("Bea"), waiting("Cleo")
    spans = [freed(9), freed(11), freed(14)]
    for span, entry in zip(spans, (one, two, three), strict=True):
        address = reverse("waitlist:span-offer", args=[span.public_id])
        browser.post(address, {"change_id": uuid.uuid4(), "entry": entry.public_id})
    offers = list(Offer.objects.order_by("pk"))
    assert "They take it" in body(browser.get(page_of(spans[0])))

    for offer, answer in zip(offers, ("yes", "no", "back"), strict=True):
        address = reverse("waitlist:offer-answer", args=[offer.public_id])
        browser.post(address, {"change_id": uuid.uuid4(), "answer": answer, "reason": "time"})

    assert list(Offer.objects.order_by("pk").values_list("state", flat=True)) == [
        "accepted",
        "declined",
        "withdrawn",
    ]
    again = browser.post(
        reverse("waitlist:offer-answer", args=[offers[1].public_id]),
        {"change_id": uuid.uuid4(), "answer": "yes"},
    )
    assert again.status_code == 409


def test_an_offer_the_rules_refuse_says_why(browser, freed, waiting, clinic):
    entry = waiting()
    AttendanceFactory(
        client=entry.client, appointment=AppointmentFactory(type=clinic.type, starts_at=at(11, day=26))
    )

    answer = browser.post(
        reverse("waitlist:span-offer", args=[freed(11).public_id]),
        {"change_id": uuid.uuid4(), "entry": entry.public_id},
    )

    assert answer.status_code == 409
    assert entry.client.name in body(answer)


def test_a_provider_sees_own_times_and_only_own_clients_in_line(
    signed_in, provider, colleague, freed, waiting, regular
):
    waiting(client=regular), waiting("Hidden")
    mine, theirs = freed(11), freed(11, provider=colleague)
    own = signed_in(provider)

    shown = body(own.get(page_of(mine)))

    assert regular.name in shown
    assert "Hidden" not in shown
    assert own.get(page_of(theirs)).status_code == 404


def test_the_panel_of_a_visit_offers_to_wait_for_an_earlier_time(browser, clinic, regular):
    visit = AppointmentFactory(provider=clinic.provider, type=clinic.type)
    person = AttendanceFactory(client=regular, appointment=visit)
    address = reverse("waitlist:visit-waiting", args=[visit.public_id])
    assert f"?attendance={person.pk}" in body(browser.get(address))

    WaitlistEntryFactory(client=regular, attendance=person)

    assert "Waits to move this visit up" in body(browser.get(address, headers={"HX-Request": "true"}))


def test_the_panel_of_a_cancelled_visit_shows_who_would_like_the_time(browser, freed, waiting, clinic):
    entry = waiting()
    visit = AppointmentFactory(
        provider=clinic.provider, starts_at=at(11, day=26), state="cancelled", cancelled_at=NOW,
        cancel_reason="weather", cancelled_by_kind="user",
    )  # fmt: skip
    freed(11, appointment=visit)

    shown = body(browser.get(reverse("waitlist:visit-waiting", args=[visit.public_id])))

    assert entry.client.name in shown


def test_figures_stand_with_their_definitions(browser, waiting):
    ended = {"ended_at": NOW, "ended_by_kind": "client"}
    OfferFactory(entry=waiting("A"), state="accepted", appointment__rate=150, **ended)
    OfferFactory(entry=waiting("B"), state="declined", reason="time", **ended)
    WaitlistEntryFactory(state="booked", closed_at=NOW, closed_by_kind="client")

    shown = body(browser.get("/waitlist/figures/"))

    assert "$150" in shown
    assert "1 of 1." in shown
    assert "1 such declines of 2 answers" in shown
    assert browser.get("/waitlist/figures/?weeks=99").status_code == 200


def test_admins_set_how_the_list_works(signed_in, admin_user, clinic):
    browser = signed_in(admin_user)
    shown = browser.get("/settings/waitlist/")
    given = {
        "change_id": uuid.uuid4(), "edition": 1, "is_on": "on", "threshold": "0.7", "week_cap": 2, "wave_most": 1,
        "cool_hours": 24, "short_notice_hours": 12, f"least_{clinic.type.pk}": 40,
    }  # fmt: skip

    browser.post("/settings/waitlist/", given)
    stale = browser.post("/settings/waitlist/", {**given, "change_id": uuid.uuid4()})
    bad = browser.post("/settings/waitlist/", {**given, "threshold": "7"})

    policy = WaitlistPolicy.objects.get()
    assert shown.status_code == 200
    assert (policy.threshold, policy.week_cap, policy.edition) == (700, 2, 2)
    assert UsefulLength.objects.get().minutes == 40
    assert (stale.status_code, bad.status_code) == (409, 422)


def test_a_link_is_sent_to_say_which_times_would_suit(browser, waiting, regular, agree):
    agree(regular)

    answer = browser.post("/waitlist/invite/", {"client": regular.public_id}, follow=True)
    nobody = browser.post("/waitlist/invite/", {}, follow=True)

    assert "gets a link" in body(answer)
    assert "Say who is meant" in body(nobody)
