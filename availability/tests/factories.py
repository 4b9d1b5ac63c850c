"""Smallest valid rows of availability."""

import datetime as dt

import factory

from availability import models
from availability.states import ExceptionKind, TimeOffKind, TimeOffState
from core import clock
from practice.tests.factories import ProviderFactory, UserFactory


class WeeklyBlockFactory(factory.django.DjangoModelFactory):
    """Mondays 9 to 17, at no particular location, since long ago."""

    class Meta:
        model = models.WeeklyBlock

    provider = factory.SubFactory(ProviderFactory)
    weekday = 0
    starts_at = dt.time(9)
    ends_at = dt.time(17)
    effective_from_on = dt.date(2020, 1, 6)


class DatedExceptionFactory(factory.django.DjangoModelFactory):
    """Today, not in from 12 to 13."""

    class Meta:
        model = models.DatedException

    provider = factory.SubFactory(ProviderFactory)
    on = factory.LazyFunction(lambda: clock.now().date())
    kind = ExceptionKind.ABSENT
    starts_at = dt.time(12)
    ends_at = dt.time(13)


class ClosureFactory(factory.django.DjangoModelFactory):
    """The whole practice, one day."""

    class Meta:
        model = models.Closure

    first_on = factory.LazyFunction(lambda: clock.now().date())
    last_on = factory.SelfAttribute("first_on")
    reason = "Holiday"


class TravelCalendarFactory(factory.django.DjangoModelFactory):
    """Not read yet, and its turn."""

    class Meta:
        model = models.TravelCalendar

    provider = factory.SubFactory(ProviderFactory)
    address = "https://calendar.example.org/basic.ics"
    next_fetch_at = factory.LazyFunction(clock.now)


class OutsideBusyFactory(factory.django.DjangoModelFactory):
    """An hour from now on."""

    class Meta:
        model = models.OutsideBusy

    calendar = factory.SubFactory(TravelCalendarFactory)
    starts_at = factory.LazyFunction(clock.now)
    ends_at = factory.LazyAttribute(lambda row: row.starts_at + dt.timedelta(hours=1))


class TimeOffFactory(factory.django.DjangoModelFactory):
    """Asked for by the desk: tomorrow, the whole day."""

    class Meta:
        model = models.TimeOff

    provider = factory.SubFactory(ProviderFactory)
    kind = TimeOffKind.VACATION
    starts_at = factory.LazyFunction(lambda: clock.now() + dt.timedelta(days=1))
    ends_at = factory.LazyAttribute(lambda row: row.starts_at + dt.timedelta(days=1))
    asked_at = factory.LazyFunction(clock.now)
    asked_by = factory.SubFactory(UserFactory)

    class Params:
        granted = factory.Trait(
            state=TimeOffState.GRANTED,
            decided_at=factory.LazyFunction(clock.now),
            decided_by=factory.SelfAttribute("asked_by"),
        )
