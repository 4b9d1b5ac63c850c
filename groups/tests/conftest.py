"""A group at the small clinic of scheduling: Wednesdays at ten, one who leads it, two who could come."""

from types import SimpleNamespace

import pytest

from core.actors import Actor
from groups.models import Group
from groups.tests.factories import GroupFactory
from practice.tests.factories import RoomFactory
from scheduling.states import Category
from scheduling.tests.conftest import clinic, now  # noqa: F401  the same small clinic
from scheduling.tests.factories import AppointmentTypeFactory, TypeOfferFactory


@pytest.fixture
def hall(clinic) -> SimpleNamespace:  # noqa: F811
    """`clinic` with a type for groups both providers offer, and a room for fifteen."""
    clinic.group_type = AppointmentTypeFactory(
        name="Group session", category=Category.GROUP, duration_minutes=90, buffer_after_minutes=0
    )
    for one in (clinic.provider, clinic.colleague):
        TypeOfferFactory(type=clinic.group_type, provider=one)
    clinic.hall = RoomFactory(location=clinic.location, name="Hall", capacity=15, cleaning_minutes=0)
    return clinic


@pytest.fixture
def group(hall, now) -> Group:  # noqa: F811
    return GroupFactory(
        name="Anxiety skills",
        facilitator=hall.provider,
        type=hall.group_type,
        room=hall.hall,
        location=hall.location,
        weekday=2,
        capacity=4,
        starts_on=now.date(),
    )


@pytest.fixture
def desk(actor, front_desk) -> Actor:
    return actor(front_desk)


@pytest.fixture
def leader(actor, provider) -> Actor:
    return actor(provider)
