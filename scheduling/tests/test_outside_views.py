"""The page of an outside calendar, and what the calendar and the booking form say of it."""

import datetime as dt

import pytest
from django.urls import reverse

from availability.models import TravelCalendar
from availability.tests.factories import OutsideBusyFactory, TravelCalendarFactory
from core.refusals import Severity
from scheduling import operations
from scheduling.queries.problems import problems_with
from scheduling.tests.conftest import NOW, at
from scheduling.tests.test_hours_views import said

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]
SECRET = "https://calendar.example.org/private-velvet/basic.ics"


@pytest.fixture
def url(provider):
    return reverse("scheduling:outside-calendar", args=[provider.public_id])


@pytest.fixture
def busy(clinic):
    """Tomorrow from 14:00 to 15:00."""
    calendar = TravelCalendarFactory(provider=clinic.provider)
    return OutsideBusyFactory(calendar=calendar, starts_at=at(14), ends_at=at(15))


def test_the_owner_keeps_an_address_and_never_sees_it_again(signed_in, provider, url):
    browser = signed_in(provider)
    change_id = browser.get(url).context["form"]["change_id"].value()

    answer = browser.post(url, {"change_id": change_id, "address": SECRET}, follow=True)

    assert TravelCalendar.objects.get().address == SECRET
    assert "velvet" not in answer.content.decode()
    assert "calendar.example.org being read Not read yet." in said(answer)


@pytest.mark.parametrize("address", ["", "calendar", "ftp://example.org/a"])
def test_what_is_no_address_is_said_beside_the_field(signed_in, provider, url, address):
    browser = signed_in(provider)

    answer = browser.post(
        url, {"change_id": browser.get(url).context["form"]["change_id"].value(), "address": address}
    )

    assert answer.status_code == 422
    assert answer.context["form"].errors["address"]
    assert not TravelCalendar.objects.exists()


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (
            {"fetched_at": NOW, "tried_at": NOW},
            "up to date Read on Tue Nov 24 at 10:00 am: 0 busy times in the next 90 days.",
        ),
        (
            {
                "tried_at": NOW,
                "error": "The address answered 404.",
                "fetched_at": NOW - dt.timedelta(hours=2),
            },
            "It is tried again on Tue Nov 24 at 10:15 am. What was read on Tue Nov 24 at 8:00 am still counts.",
        ),
    ],
)
def test_how_the_last_reading_went(signed_in, provider, url, row, words):
    TravelCalendarFactory(provider=provider, next_fetch_at=NOW + dt.timedelta(minutes=15), **row)
    poll = reverse("scheduling:outside-poll", args=[provider.public_id])

    assert words in said(signed_in(provider).get(url))
    assert words in said(signed_in(provider).get(poll))


def test_read_now_and_forget(signed_in, provider, url):
    TravelCalendarFactory(provider=provider, next_fetch_at=NOW + dt.timedelta(hours=6), tried_at=NOW)
    browser = signed_in(provider)

    browser.post(f"{url}read/")
    turn = TravelCalendar.objects.get().next_fetch_at
    browser.post(f"{url}remove/", {"change_id": browser.get(url).context["fresh_id"]})

    assert (turn, TravelCalendar.objects.exists()) == (NOW, False)


def test_a_booking_is_warned_and_stands(clinic, wish, busy, actor, front_desk):
    by = actor(front_desk)

    found = problems_with(wish(14, 30), by=by, now=NOW)
    after = problems_with(wish(15), by=by, now=NOW)
    booked = operations.book(wish(14, 30), by=by)

    assert [(p.code, p.severity, p.message) for p in found] == [
        (
            "outside_busy",
            Severity.WARNING,
            "Dr. Maya Smith’s outside calendar is busy from 2:00 pm to 3:00 pm.",
        )
    ]
    assert after == []
    assert booked.appointment.state == "scheduled"


def test_the_form_says_so(clinic, busy, signed_in, front_desk):
    answer = signed_in(front_desk).post(
        reverse("scheduling:visit-why-not"),
        {
            "type": clinic.type.pk,
            "client": str(clinic.regular.public_id),
            "q": "Rita",
            "provider": str(clinic.provider.public_id),
            "on": "2026-11-25",
            "at": "14:30",
            "minutes": "50",
            "modality": "in_person",
        },
    )

    assert "outside calendar is busy from 2:00 pm to 3:00 pm" in said(answer)


def test_the_calendar_hatches_it_with_its_words(clinic, busy, signed_in, front_desk):
    answer = signed_in(front_desk).get(reverse("scheduling:calendar"), {"on": "2026-11-25"})

    assert answer.content.decode().count('class="closed closed--outside') == 1
    assert "outside calendar" in said(answer)
