"""A small practice that exists only inside the simulation's transaction: providers, full weeks, and people who wait."""

from __future__ import annotations

import datetime as dt
import random
import uuid
from dataclasses import dataclass

from availability.models import WeeklyBlock
from core.walltime import to_utc
from messaging.models import Consent
from messaging.states import ConsentSource
from practice.models import Address, Client, Location, Practice, Provider
from practice.states import AddressKind, Channel
from scheduling.models import Appointment, AppointmentType, Attendance, TypeOffer

FIRST_HOUR, LAST_HOUR = 9, 17
WORKDAYS = range(5)
FULL = 0.9  # of the hours are booked when a day begins
CALLED = "Simulated"


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    practice: Practice
    providers: list[Provider]
    kind: AppointmentType
    location: Location
    visits: list[Appointment]


def make_world(dice: random.Random, *, first: dt.date, weeks: int, providers: int, now: dt.datetime) -> World:
    """From `first`, a Monday; visits of 50 minutes on the hour."""
    practice, _ = Practice.objects.get_or_create(pk=1, defaults={"name": CALLED, "sender_name": CALLED})
    location = Location.objects.create(name=f"{CALLED} {uuid.UUID(int=dice.getrandbits(128))}")
    kind = AppointmentType.objects.create(
        name=f"{CALLED} {location.pk}", duration_minutes=50, buffer_after_minutes=10, rate=150
    )
    people = [Provider(first_name=CALLED, last_name=f"Provider {n}") for n in range(providers)]
    Provider.objects.bulk_create(people)
    TypeOffer.objects.bulk_create(TypeOffer(type=kind, provider=one) for one in people)
    start, end = dt.time(FIRST_HOUR), dt.time(LAST_HOUR)
    WeeklyBlock.objects.bulk_create(
        WeeklyBlock(
            provider=one,
            weekday=day,
            starts_at=start,
            ends_at=end,
            location=location,
            effective_from_on=first,
        )
        for one in people
        for day in WORKDAYS
    )
    clients = make_clients(dice, 12 * providers, now)
    rows = [
        _visit(one, kind, location, to_utc(on, dt.time(hour), practice.tz))
        for on in (first + dt.timedelta(days=7 * week + day) for week in range(weeks) for day in WORKDAYS)
        for one in people
        for hour in range(FIRST_HOUR, LAST_HOUR)
        if dice.random() < FULL
    ]
    Appointment.objects.bulk_create(rows, batch_size=1000)
    comings = (Attendance(appointment=row, client=dice.choice(clients)) for row in rows)
    Attendance.objects.bulk_create(comings, batch_size=1000)
    return World(practice=practice, providers=people, kind=kind, location=location, visits=rows)


def _visit(
    provider: Provider, kind: AppointmentType, location: Location, starts_at: dt.datetime
) -> Appointment:
    return Appointment(
        type=kind,
        provider=provider,
        location=location,
        starts_at=starts_at,
        ends_at=starts_at + dt.timedelta(minutes=kind.duration_minutes),
        buffer_after_minutes=kind.buffer_after_minutes,
        rate=kind.rate,
    )


def make_clients(dice: random.Random, count: int, at: dt.datetime) -> list[Client]:
    """They may all be texted."""
    clients = [
        Client(
            public_id=uuid.UUID(int=dice.getrandbits(128), version=4),
            record_number=f"S{dice.getrandbits(60):x}",
            first_name=CALLED,
            last_name=f"Client {n}",
        )
        for n in range(count)
    ]
    Client.objects.bulk_create(clients)
    phones = [f"+1{dice.randrange(2_000_000_000, 9_999_999_999)}" for _ in clients]
    Address.objects.bulk_create(
        Address(client=one, kind=AddressKind.PHONE, value=phone, safe_to_text=True)
        for one, phone in zip(clients, phones, strict=True)
    )
    Consent.objects.bulk_create(
        Consent(
            client=one, channel=Channel.SMS, address=phone, granted=True, wording="Simulated",
            source=ConsentSource.FORM, at=at - dt.timedelta(days=1), by_kind="system",
        )
        for one, phone in zip(clients, phones, strict=True)
    )  # fmt: skip
    return clients
