"""Somebody to write to: each with one visit ahead, one number, and one reminder that is due now."""

import datetime as dt

from core import clock
from messaging.models import Consent, Message, SendingPolicy
from messaging.tests.factories import ConsentFactory
from practice.models import Address, Client, Practice
from practice.tests.factories import AddressFactory, ClientFactory, PracticeFactory, ProviderFactory
from reminders.models import Reminder
from reminders.tests.factories import ReminderFactory, ReminderRuleFactory
from scheduling.models import Appointment, Attendance
from scheduling.tests.factories import AppointmentFactory, AppointmentTypeFactory, AttendanceFactory

AT_ONCE = 500
ROOM_NUMBERS = 10_000


def plan(count: int, *, useful_for: dt.timedelta = dt.timedelta(hours=3), first: int = 0) -> list[str]:
    """The numbers, in the order of the visits. One provider cannot be everywhere: there are as many as it takes."""
    Practice.objects.filter(pk=1).exists() or PracticeFactory()
    SendingPolicy.objects.update_or_create(pk=1, defaults={"retries": 5, "retry_minutes": 1})
    now, kind, rule = clock.now(), AppointmentTypeFactory(), ReminderRuleFactory()
    clients = _made(Client, ClientFactory.build_batch(count))
    numbers = [f"+1202{n + first:07}" for n in range(count)]
    owners = list(zip(clients, numbers, strict=True))
    _made(Address, [AddressFactory.build(client=c, value=n, safe_to_text=True) for c, n in owners])
    _made(Consent, [ConsentFactory.build(client=c, address=n, at=now) for c, n in owners])
    starts = [now + useful_for + dt.timedelta(seconds=n) for n in range(count)]
    visits = _made(
        Appointment,
        [
            AppointmentFactory.build(type=kind, provider=provider, starts_at=at, minutes=50)
            for provider, at in zip(_providers(count), starts, strict=True)
        ],
    )
    pairs = zip(visits, clients, strict=True)
    coming = _made(Attendance, [AttendanceFactory.build(appointment=v, client=c) for v, c in pairs])
    _made(Reminder, [_due(one, rule, now) for one in coming])
    return numbers


def _providers(count: int) -> list:
    return [ProviderFactory() for _ in range(count)] if count < 20 else _many_providers(count)


def _many_providers(count: int) -> list:
    from practice.models import Provider  # noqa: PLC0415  only here

    return _made(Provider, ProviderFactory.build_batch(count))


def _due(coming: Attendance, rule, now: dt.datetime) -> Reminder:
    return ReminderFactory.build(
        attendance=coming,
        rule=rule,
        not_before=now,
        due_at=now,
        falls_due_at=now,
        useful_until=coming.appointment.starts_at,
    )


def _made(model: type, rows: list) -> list:
    return model.objects.bulk_create(rows, batch_size=AT_ONCE)


def messages() -> dict[str, Message]:
    """By number."""
    return {message.address: message for message in Message.objects.filter(channel="sms")}
