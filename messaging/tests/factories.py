"""Smallest valid rows of messaging."""

import datetime as dt

import factory

from core import clock
from messaging import models
from messaging.models.rehearsal import Direction, RehearsalKind
from messaging.states import ConsentSource, MessageClass, TaskKind
from practice.states import Channel
from practice.tests.factories import ClientFactory


class ConsentFactory(factory.django.DjangoModelFactory):
    """A new client agreed to texts. For one address: ConsentFactory(client=…, address=row.value)."""

    class Meta:
        model = models.Consent

    client = factory.SubFactory(ClientFactory)
    channel = Channel.SMS
    address = factory.Sequence(lambda n: f"+1202555{n % 10000:04}")
    granted = True
    wording = "You may text me about my visits."
    source = ConsentSource.FORM
    at = factory.LazyFunction(clock.now)
    by_kind = "user"


class SuppressionFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = models.Suppression

    channel = Channel.SMS
    address = factory.Sequence(lambda n: f"+1202555{n % 10000:04}")
    reason = "stop"
    at = factory.LazyFunction(clock.now)


class MessageFactory(factory.django.DjangoModelFactory):
    """A reminder by text, due now, useful for a day."""

    class Meta:
        model = models.Message

    purpose = "test"
    subject = factory.Sequence(lambda n: n + 1)
    client = factory.SubFactory(ClientFactory)
    channel = Channel.SMS
    address = factory.Sequence(lambda n: f"+1202555{n % 10000:04}")
    klass = MessageClass.REMINDER
    created_at = factory.LazyFunction(clock.now)
    not_before = factory.SelfAttribute("created_at")
    due_at = factory.SelfAttribute("created_at")
    send_at = factory.LazyAttribute(lambda row: max(row.due_at, row.not_before))
    useful_until = factory.LazyAttribute(lambda row: row.due_at + dt.timedelta(days=1))


class AttemptFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = models.Attempt

    message = factory.SubFactory(MessageFactory)
    provider = "twilio"
    sender = "+12025550100"
    destination = factory.SelfAttribute("message.address")
    text = "A text."
    started_at = factory.LazyFunction(clock.now)


class ProviderEventFactory(factory.django.DjangoModelFactory):
    """An incoming text as the carrier posted it, not yet processed."""

    class Meta:
        model = models.ProviderEvent

    provider = "twilio"
    kind = "sms"
    dedupe_key = factory.Sequence("event-{}".format)
    body = factory.LazyFunction(dict)
    received_at = factory.LazyFunction(clock.now)


class InboundMessageFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = models.InboundMessage

    event = factory.SubFactory(ProviderEventFactory)
    from_address = factory.Sequence(lambda n: f"+1202555{n % 10000:04}")
    to_address = "+12025550100"
    text = "Y"
    received_at = factory.SelfAttribute("event.received_at")


class StaffTaskFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = models.StaffTask

    kind = TaskKind.CALL_CLIENT
    created_at = factory.LazyFunction(clock.now)
    not_before = factory.SelfAttribute("created_at")


class ChannelSettingsFactory(factory.django.DjangoModelFactory):
    """The one row: nothing is set up in it."""

    class Meta:
        model = models.ChannelSettings
        django_get_or_create = ("id",)

    id = 1


class TemplateFactory(factory.django.DjangoModelFactory):
    """The practice's own words for one step, as a text in English; scope=0 for all steps."""

    class Meta:
        model = models.Template

    key = "reminder"
    scope = factory.Sequence(lambda n: n + 1)
    channel = Channel.SMS
    language = "en"
    body = "{practice}: see you {when}. {choices} {questions}"


class RehearsalMessageFactory(factory.django.DjangoModelFactory):
    """A text the stand-in took from us; no callback is waiting."""

    class Meta:
        model = models.RehearsalMessage

    sid = factory.Sequence("SM{:032x}".format)
    kind = RehearsalKind.SMS
    direction = Direction.OUT
    office_address = "+12025550100"
    client_address = factory.Sequence(lambda n: f"+1202555{n % 10000:04}")
    body = "A text."
    status = "queued"
    created_at = factory.LazyFunction(clock.now)
    updated_at = factory.SelfAttribute("created_at")


class RehearsalSettingsFactory(factory.django.DjangoModelFactory):
    """The one row: nothing goes wrong."""

    class Meta:
        model = models.RehearsalSettings
        django_get_or_create = ("id",)

    id = 1


class WhichQuestionFactory(factory.django.DjangoModelFactory):
    """Two visits, and a C that could be meant for either."""

    class Meta:
        model = models.WhichQuestion

    inbound = factory.SubFactory(InboundMessageFactory)
    meaning = "cancel"
    first = factory.SubFactory("messaging.tests.factories.MessageFactory")
    second = factory.SubFactory("messaging.tests.factories.MessageFactory")


class AlarmFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = models.Alarm

    task = factory.SubFactory(StaffTaskFactory)
    user = factory.SubFactory("practice.tests.factories.UserFactory")
    at = factory.LazyFunction(clock.now)


class ThreadFactory(factory.django.DjangoModelFactory):
    """Nothing waits in it."""

    class Meta:
        model = models.Thread

    address = factory.Sequence(lambda n: f"+1202556{n % 10000:04}")
    last_at = factory.LazyFunction(clock.now)


class StaffReplyFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = models.StaffReply

    thread = factory.SubFactory(ThreadFactory)
    text = "Thank you, we will call you."
    by = factory.SubFactory("practice.tests.factories.UserFactory")
    at = factory.LazyFunction(clock.now)


class SendingPolicyFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = models.SendingPolicy
        django_get_or_create = ("id",)

    id = 1


class SenderBucketFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = models.SenderBucket

    channel = "sms"
    sender = factory.Sequence(lambda n: f"+1202557{n % 10000:04}")
    per_second = 1
    refilled_at = factory.LazyFunction(clock.now)


class BreakerFactory(factory.django.DjangoModelFactory):
    """Closed."""

    class Meta:
        model = models.Breaker

    provider = factory.Sequence(lambda n: f"p{n}")
    channel = "sms"


class BudgetFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = models.Budget

    month_on = factory.Sequence(lambda n: dt.date(2030 + n // 12 % 60, n % 12 + 1, 1))


class RehearsalTroubleFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = models.RehearsalTrouble

    address = factory.Sequence(lambda n: f"+1202558{n % 10000:04}")
    kind = "busy"
