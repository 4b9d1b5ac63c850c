"""Smallest valid rows of groups."""

import datetime as dt

import factory

from core import clock
from groups import models
from groups.states import MemberState
from practice.tests.factories import ClientFactory, ProviderFactory
from scheduling.states import Category
from scheduling.tests.factories import AppointmentFactory, AppointmentTypeFactory


class GroupFactory(factory.django.DjangoModelFactory):
    """Weekly at ten, ten places, nobody in it, no screening asked for."""

    class Meta:
        model = models.Group

    name = factory.Sequence("Group {}".format)
    facilitator = factory.SubFactory(ProviderFactory)
    type = factory.SubFactory(AppointmentTypeFactory, category=Category.GROUP)
    needs_screening = False
    at = dt.time(10)
    starts_on = factory.LazyFunction(lambda: clock.now().date())


class MembershipFactory(factory.django.DjangoModelFactory):
    """Enrolled, on the seat after the last that is taken."""

    class Meta:
        model = models.Membership

    group = factory.SubFactory(GroupFactory)
    client = factory.SubFactory(ClientFactory)
    state = MemberState.ENROLLED
    referred_at = factory.LazyFunction(clock.now)
    enrolled_at = factory.LazyFunction(clock.now)
    seat = factory.LazyAttribute(lambda row: row.group.memberships.filter(seat__isnull=False).count() + 1)


class MeetingFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = models.Meeting

    group = factory.SubFactory(GroupFactory)
    appointment = factory.SubFactory(AppointmentFactory)
