"""Why a day has no opening: the reason is the one that stands in the way, and only those without one are named."""

import datetime as dt

import pytest

from availability.states import ExceptionKind
from availability.tests.factories import ClosureFactory, DatedExceptionFactory
from core.actors import SYSTEM
from practice.models import Practice
from practice.tests.factories import LocationFactory
from scheduling.queries.openings import Search
from scheduling.queries.whynot import excluded, why_not
from scheduling.tests.conftest import NOW, at
from scheduling.tests.factories import AppointmentFactory, AttendanceFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]
TOMORROW = dt.date(2026, 11, 25)


@pytest.fixture
def reasons(clinic):
    """`reasons(…)`: of the provider tomorrow; empty when there is an opening."""

    def ask(on: dt.date = TOMORROW, **other) -> list[str]:
        asked = {
            "type_id": clinic.type.pk,
            "first": on,
            "last": on,
            "providers": (clinic.provider.public_id,),
        }
        out = excluded(Search(**{**asked, **other}), on, by=SYSTEM, practice=Practice.objects.get(), now=NOW)
        return [why for one in out for why in one.reasons]

    return ask


def test_somebody_with_an_opening_is_not_named(reasons):
    assert reasons() == []


def test_who_does_not_fit_is_told_by_what(clinic, reasons):
    clinic.provider.insurances, clinic.provider.languages = ["Aetna"], ["English"]
    clinic.provider.save()

    assert reasons(insurance="Cigna", language="Spanish", specialty="Grief", gender="female") == [
        "Does not take Cigna",
        "Does not speak Spanish",
        "No specialist in Grief",
        "Not female",
    ]
    assert reasons(modality="phone") == ["Follow-up is not offered by phone"]
    clinic.provider.offers.all().delete()
    assert reasons() == ["Does not offer Follow-up"]
    clinic.type.is_active = False
    clinic.type.save()
    assert reasons() == ["Follow-up is no longer offered"]


def test_a_day_without_hours_says_why(clinic, reasons):
    clinic.provider.weekly_blocks.filter(weekday=2).delete()
    assert reasons() == ["No hours that day"]
    assert reasons(TOMORROW - dt.timedelta(2)) == ["The day has passed"]
    assert reasons(weekdays=frozenset({0})) == ["Wednesday was not asked for"]


def test_a_closure_and_an_absence_are_told_apart(clinic, reasons):
    DatedExceptionFactory(
        provider=clinic.provider,
        on=TOMORROW,
        kind=ExceptionKind.ABSENT,
        starts_at=dt.time(0),
        ends_at=dt.time(23, 59),
        reason="Conference",
    )
    assert reasons() == ["Away: Conference"]
    ClosureFactory(first_on=TOMORROW, reason="Thanksgiving")
    assert reasons() == ["Closed: Thanksgiving"]


def test_caps_are_named(clinic, reasons):
    clinic.provider.max_per_day, clinic.provider.max_per_week = 1, 1
    clinic.provider.save()
    clinic.type.max_per_day_provider = clinic.type.max_per_day_practice = 1
    clinic.type.save()
    AppointmentFactory(type=clinic.type, provider=clinic.provider, starts_at=at(9))

    assert reasons() == [
        "Daily maximum of 1 reached",
        "Weekly maximum of 1 reached",
        "Daily maximum of 1 of this type reached",
        "The practice's 1 of this type are taken that day",
    ]


def test_a_day_is_fully_booked_when_nothing_less_would_help(clinic, reasons):
    AppointmentFactory(type=clinic.type, provider=clinic.provider, starts_at=at(8), minutes=600)

    assert reasons() == ["Fully booked"]
    assert reasons(until_time=dt.time(12)) == ["Fully booked"]


def test_what_was_asked_for_too_much_is_named(clinic, reasons):
    hilltop = LocationFactory(name="Hilltop")
    clinic.provider.weekly_blocks.update(location=clinic.location, telehealth_ok=False)
    clinic.type.modalities = ["in_person", "telehealth"]
    clinic.type.room_needs = ["sand tray"]
    clinic.type.save()
    visit = AppointmentFactory(type=clinic.type, provider=clinic.colleague, starts_at=at(9), minutes=60)
    AttendanceFactory(appointment=visit, client=clinic.regular)

    assert reasons(from_time=dt.time(18)) == ["Nothing free from 6:00 pm on"]
    assert reasons(until_time=dt.time(8)) == ["Nothing free before 8:00 am"]
    assert reasons(from_time=dt.time(7), until_time=dt.time(8)) == [
        "Nothing free between 7:00 am and 8:00 am"
    ]
    assert reasons(location_id=hilltop.pk) == ["Not at Hilltop that day"]
    assert reasons(modality="telehealth") == ["Keeps these hours for people who come in"]
    assert reasons(any_room=True) == ["No fitting room is free"]
    assert reasons(room_id=clinic.room.pk) == [f"{clinic.room.name} is taken or does not fit"]
    between = {"from_time": dt.time(9), "until_time": dt.time(10), "client_ids": (clinic.regular.pk,)}
    assert reasons(**between) == [
        "Nothing free between 9:00 am and 10:00 am",
        "The client cannot come then",
    ]
    assert reasons(any_room=True, location_id=hilltop.pk) == ["Not with all of this together"]


def test_late_today_nothing_is_left(clinic, reasons):
    clinic.provider.weekly_blocks.filter(weekday=1).update(ends_at=dt.time(10))

    assert reasons(NOW.date()) == ["Nothing left today"]


def test_why_not_is_the_list_book_decides_by(clinic, wish):
    AppointmentFactory(type=clinic.type, provider=clinic.provider, starts_at=at(14))

    assert [p.code for p in why_not(wish(14), by=SYSTEM, now=NOW)] == ["provider_busy"]
    assert why_not(wish(16), by=SYSTEM, now=NOW) == []
