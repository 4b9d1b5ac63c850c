"""A small clinic on a quiet Tuesday: 2026-11-24, 10:00 in New York."""

import datetime as dt
from collections.abc import Iterator
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest

from availability.tests.factories import WeeklyBlockFactory
from core import clock
from practice.tests.factories import ClientFactory, LocationFactory, RoomFactory
from scheduling.rules.wishes import Wish
from scheduling.tests.factories import AppointmentTypeFactory, TypeOfferFactory

NEW_YORK = ZoneInfo("America/New_York")
NOW = dt.datetime(2026, 11, 24, 10, tzinfo=NEW_YORK)


def at(hour: int, minute: int = 0, day: int = 25) -> dt.datetime:
    """November 2026 in New York; the 25th is tomorrow."""
    return dt.datetime(2026, 11, day, hour, minute, tzinfo=NEW_YORK)


@pytest.fixture
def clinic(practice, provider, colleague, regular, front_desk) -> SimpleNamespace:
    """Two providers at work 8 to 18 every day, one type both offer, one location with one room."""
    location = LocationFactory(name="Riverside")
    kind = AppointmentTypeFactory(name="Follow-up")
    for one in (provider, colleague):
        TypeOfferFactory(type=kind, provider=one)
        for weekday in range(7):
            WeeklyBlockFactory(provider=one, weekday=weekday, starts_at=dt.time(8), ends_at=dt.time(18))
    other = ClientFactory(first_name="Otto", last_name="Other")
    room = RoomFactory(location=location, name="Room 1")
    return SimpleNamespace(
        provider=provider,
        colleague=colleague,
        regular=regular,
        other=other,
        type=kind,
        location=location,
        room=room,
    )


@pytest.fixture
def now() -> Iterator[dt.datetime]:
    with clock.frozen(NOW):
        yield NOW


@pytest.fixture
def wish(clinic):
    """`wish(hour, …)`: a follow-up for the regular client with the provider, tomorrow."""

    def make(hour: int = 14, minute: int = 0, **other) -> Wish:
        fields = {
            "type_id": clinic.type.pk,
            "provider_id": clinic.provider.pk,
            "starts_at": at(hour, minute),
            "minutes": 50,
            "client_ids": (clinic.regular.pk,),
        }
        return Wish(**{**fields, **other})

    return make
