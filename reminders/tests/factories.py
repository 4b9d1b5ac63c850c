"""Smallest valid rows of reminders. The five default rules come with a migration: these are further ones."""

import datetime as dt

import factory

from core import clock
from messaging.tests.factories import InboundMessageFactory
from practice.states import Channel
from practice.tests.factories import ChangeFactory, ClientFactory
from reminders import models
from reminders.states import NoticeKind, Outcome, RuleKind
from scheduling.tests.factories import AppointmentTypeFactory, AttendanceFactory


class ReminderRuleFactory(factory.django.DjangoModelFactory):
    """The day before, by text."""

    class Meta:
        model = models.ReminderRule

    name = factory.Sequence("Rule {}".format)
    kind = RuleKind.BEFORE
    offset_minutes = 24 * 60
    channels = factory.LazyFunction(lambda: [Channel.SMS])


class RuleOverrideFactory(factory.django.DjangoModelFactory):
    """The step is off for a type of its own."""

    class Meta:
        model = models.RuleOverride

    rule = factory.SubFactory(ReminderRuleFactory)
    type = factory.SubFactory(AppointmentTypeFactory)
    is_active = False


class ReplanningFactory(factory.django.DjangoModelFactory):
    """Asked for and done."""

    class Meta:
        model = models.Replanning

    asked_at = factory.LazyFunction(clock.now)
    finished_at = factory.SelfAttribute("asked_at")


class ReminderFactory(factory.django.DjangoModelFactory):
    """Planned to the client by text, a day before the visit and useful until it."""

    class Meta:
        model = models.Reminder

    attendance = factory.SubFactory(AttendanceFactory)
    rule = factory.SubFactory(ReminderRuleFactory)
    occurrence = factory.SelfAttribute("attendance.appointment.occurrence")
    channel = Channel.SMS
    not_before = factory.LazyFunction(clock.now)
    due_at = factory.LazyAttribute(lambda row: row.attendance.appointment.starts_at - dt.timedelta(days=1))
    falls_due_at = factory.LazyAttribute(lambda row: max(row.due_at, row.not_before))
    useful_until = factory.SelfAttribute("attendance.appointment.starts_at")


class NoticeFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = models.Notice

    change = factory.SubFactory(ChangeFactory)
    client = factory.SubFactory(ClientFactory)
    kind = NoticeKind.MOVED
    not_before = factory.LazyFunction(clock.now)


class AnswerFactory(factory.django.DjangoModelFactory):
    """A reply confirmed the visit it was about."""

    class Meta:
        model = models.Answer

    inbound = factory.SubFactory(InboundMessageFactory)
    attendance = factory.SubFactory(AttendanceFactory)
    occurrence = factory.SelfAttribute("attendance.appointment.occurrence")
    outcome = Outcome.CONFIRMED
