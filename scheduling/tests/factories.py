"""Smallest valid rows of scheduling."""

import datetime as dt

import factory

from core import clock
from practice.tests.factories import ClientFactory, ProviderFactory
from scheduling import models


def tomorrow_on_the_hour() -> dt.datetime:
    return (clock.now() + dt.timedelta(days=1)).replace(minute=0, second=0, microsecond=0)


class AppointmentTypeFactory(factory.django.DjangoModelFactory):
    """50 minutes and 15 after, in person, as the model's own defaults say."""

    class Meta:
        model = models.AppointmentType

    name = factory.Sequence("Type {}".format)


class TypeOfferFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = models.TypeOffer

    type = factory.SubFactory(AppointmentTypeFactory)
    provider = factory.SubFactory(ProviderFactory)


class SeriesFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = models.Series

    rule = "FREQ=WEEKLY;COUNT=10"
    starts_on = factory.LazyFunction(lambda: clock.now().date())
    local_time = dt.time(10)
    zone = "America/New_York"


class AppointmentFactory(factory.django.DjangoModelFactory):
    """Scheduled, nobody coming yet, tomorrow on the hour with a provider of its own.

    `minutes` sets the end; length and buffers come from the type, as `book` copies them.
    """

    class Meta:
        model = models.Appointment

    class Params:
        minutes = factory.SelfAttribute("type.duration_minutes")

    type = factory.SubFactory(AppointmentTypeFactory)
    provider = factory.SubFactory(ProviderFactory)
    starts_at = factory.LazyFunction(tomorrow_on_the_hour)
    ends_at = factory.LazyAttribute(lambda row: row.starts_at + dt.timedelta(minutes=row.minutes))
    buffer_before_minutes = factory.SelfAttribute("type.buffer_before_minutes")
    buffer_after_minutes = factory.SelfAttribute("type.buffer_after_minutes")


class AttendanceFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = models.Attendance

    appointment = factory.SubFactory(AppointmentFactory)
    client = factory.SubFactory(ClientFactory)


class ProviderDayFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = models.ProviderDay

    provider = factory.SubFactory(ProviderFactory)
    on = factory.LazyFunction(lambda: clock.now().date())


class ChargeFactory(factory.django.DjangoModelFactory):
    """One person's 50 minutes at 140.00, made a minute ago and past Undo."""

    class Meta:
        model = models.Charge

    attendance = factory.SubFactory(AttendanceFactory)
    kind = "service"
    cpt_code = "90834"
    place_of_service = "11"
    minutes = 50
    rate_cents = 14000
    served_on = factory.LazyFunction(lambda: clock.now().date())
    change = factory.SubFactory("practice.tests.factories.ChangeFactory")
    not_before = factory.LazyFunction(clock.now)


class ReplanFactory(factory.django.DjangoModelFactory):
    """A visit of an absent provider, left to a person to call about."""

    class Meta:
        model = models.Replan

    time_off = factory.SubFactory("availability.tests.factories.TimeOffFactory")
    appointment = factory.SubFactory(AppointmentFactory)
    occurrence = factory.SelfAttribute("appointment.occurrence")
    way = "call"
    state = "to_call"
    was_starts_at = factory.SelfAttribute("appointment.starts_at")
    was_provider = factory.SelfAttribute("appointment.provider")
    change = factory.SubFactory("practice.tests.factories.ChangeFactory")
    not_before = factory.LazyFunction(clock.now)
