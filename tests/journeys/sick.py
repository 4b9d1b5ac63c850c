"""Run inside the living practice (`manage.py shell`): a therapist with seven visits left today, and who could cover."""

import datetime as dt
import json
import sys
import uuid

from availability.models import WeeklyBlock
from core import clock
from core.actors import SYSTEM
from messaging.models import Consent
from practice.models import Address, CareTeam, Client, Provider
from practice.queries import the_practice
from scheduling.models import AppointmentType, TypeOffer
from scheduling.operations import book
from scheduling.rules.wishes import Wish
from scheduling.states import Notice

FIRST_HOUR, VISITS = 13, 7


def therapist(first: str, last: str, kind: AppointmentType) -> Provider:
    one = Provider.objects.create(first_name=first, last_name=last, credentials="LCSW", languages=["English"])
    TypeOffer.objects.create(type=kind, provider=one)
    for weekday in range(7):
        WeeklyBlock.objects.create(
            provider=one, weekday=weekday, starts_at=dt.time(6), ends_at=dt.time(22),
            effective_from_on=dt.date(2020, 1, 6),
        )  # fmt: skip
    return one


def somebody(n: int, prefix: str) -> Client:
    one = Client.objects.create(
        first_name="Wilma",
        last_name=f"Ward{prefix}{n}",
        record_number=f"W-{prefix}-{n}",
        birth_on=dt.date(1980, 1, 1),
    )
    number = f"+1202555{int(prefix) * 100 + 9000 + n:04}"
    Address.objects.create(client=one, kind="phone", value=number, safe_to_text=True)
    Consent.objects.create(
        client=one, channel="sms", address=number, granted=True, wording="You may text me.", source="form",
        at=clock.now() - dt.timedelta(days=30), by_kind="system",
    )  # fmt: skip
    return one


def day_of_seven(prefix: str) -> dict:
    zone, now = the_practice().tz, clock.now()
    kind = AppointmentType.objects.create(
        name=f"Short talk {prefix}",
        duration_minutes=30,
        buffer_after_minutes=0,
        modalities=["in_person", "telehealth"],
    )
    away, cover = therapist("Ines", f"Vale{prefix}", kind), therapist("Tom", f"Cole{prefix}", kind)
    today, rows = now.astimezone(zone).date(), []
    for n in range(VISITS):
        client = somebody(n, prefix)
        CareTeam.objects.create(provider=cover, client=client)
        start = dt.datetime.combine(today, dt.time(FIRST_HOUR + n // 2, n % 2 * 30), zone)
        wish = Wish(
            type_id=kind.pk, provider_id=away.pk, starts_at=start, minutes=30, client_ids=(client.pk,)
        )
        visit = book(wish, by=SYSTEM, notice=Notice.NONE, change_id=uuid.uuid4()).appointment
        number = client.addresses.get().value
        rows.append({"id": visit.pk, "visit": str(visit.public_id), "number": number, "name": client.name})
    return {"away": away.name, "cover": cover.name, "visits": rows}


sys.stdout.write(json.dumps([day_of_seven("1"), day_of_seven("2")]) + "\n")
