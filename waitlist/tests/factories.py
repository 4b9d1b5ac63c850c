"""Smallest valid rows of the waiting list."""

import datetime as dt

import factory

from core import clock
from practice.tests.factories import ClientFactory, ProviderFactory
from scheduling.tests.factories import AppointmentFactory, AppointmentTypeFactory
from waitlist import models


class WaitlistEntryFactory(factory.django.DjangoModelFactory):
    """Joined now, anything will do."""

    class Meta:
        model = models.WaitlistEntry

    client = factory.SubFactory(ClientFactory)
    type = factory.SubFactory(AppointmentTypeFactory)
    created_at = factory.LazyFunction(clock.now)
    turn_at = factory.SelfAttribute("created_at")


class FreedSpanFactory(factory.django.DjangoModelFactory):
    """An hour, two days from now, free to be offered at once."""

    class Meta:
        model = models.FreedSpan

    provider = factory.SubFactory(ProviderFactory)
    starts_at = factory.LazyFunction(lambda: clock.now() + dt.timedelta(days=2))
    ends_at = factory.LazyAttribute(lambda row: row.starts_at + dt.timedelta(hours=1))
    why = "cancelled"
    created_at = factory.LazyFunction(clock.now)
    not_before = factory.SelfAttribute("created_at")
    look_at = factory.SelfAttribute("created_at")


class OfferFactory(factory.django.DjangoModelFactory):
    """Out for two hours, of a hold of its own."""

    class Meta:
        model = models.Offer

    entry = factory.SubFactory(WaitlistEntryFactory)
    client = factory.SelfAttribute("entry.client")
    appointment = factory.SubFactory(
        AppointmentFactory,
        state="held",
        hold_until=factory.LazyFunction(lambda: clock.now() + dt.timedelta(hours=2)),
    )
    channel = "sms"
    score = 800
    made_at = factory.LazyFunction(clock.now)
    not_before = factory.SelfAttribute("made_at")
    expires_at = factory.LazyAttribute(lambda row: row.made_at + dt.timedelta(hours=2))
    turn_was = factory.SelfAttribute("entry.turn_at")


class WaitlistPolicyFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = models.WaitlistPolicy
        django_get_or_create = ("id",)

    id = 1


class UsefulLengthFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = models.UsefulLength

    type = factory.SubFactory(AppointmentTypeFactory)
    minutes = 30
