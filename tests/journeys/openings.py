"""Run inside the living practice (`manage.py shell`): somebody new who may be texted, and free times, as JSON."""

import datetime as dt
import json
import sys
from itertools import groupby

from core import clock
from core.actors import SYSTEM
from core.walltime import from_epoch_minutes
from messaging.models import Consent
from practice.models import Address, CareTeam, Client
from practice.queries import the_practice
from scheduling.models import Appointment, AppointmentType
from scheduling.queries.openings import Search, find_openings
from scheduling.queries.problems import problems_with
from scheduling.rules.wishes import Wish
from waitlist.models import FreedSpan


def somebody(provider):
    """An adult of this practice nobody else knows: one number, consent on it, and nothing else that could be texted."""
    n = Client.objects.filter(record_number__startswith="J-").count()
    client = Client.objects.create(
        record_number=f"J-{n}",
        first_name="Jo",
        last_name=f"Journey{chr(ord('a') + n)}",
        birth_on=dt.date(1985, 5, 5),
        primary_provider=provider,
    )
    CareTeam.objects.create(provider=provider, client=client)
    number = f"+1617555{100 + n:04}"
    Address.objects.create(client=client, kind="phone", value=number, safe_to_text=True, is_preferred=True)
    Consent.objects.create(
        client=client, channel="sms", address=number, granted=True, wording="You may text me.", source="form",
        at=clock.now() - dt.timedelta(days=30), by_kind="system",
    )  # fmt: skip
    return client, number


def free_spans(client, kind, count):
    """A day with that many openings an hour and a half apart, all on one screen, for a drag."""
    practice, now = the_practice(), clock.now()
    first = now.astimezone(practice.tz).date() + dt.timedelta(days=1)
    search = Search(
        type_id=kind.pk,
        first=first,
        last=first + dt.timedelta(days=20),
        providers=(client.primary_provider.public_id,),
        minutes=50,
        client_ids=(client.pk,),
        from_time=dt.time(8),
        until_time=dt.time(18),
    )
    minutes = find_openings(search, by=SYSTEM, practice=practice, now=now).minutes
    starts = [
        from_epoch_minutes(m).astimezone(practice.tz) for m in minutes.get(client.primary_provider_id, [])
    ]
    used = days_of_others(client.primary_provider, practice.tz)
    for day, of_day in groupby(starts, key=dt.datetime.date):
        if day in used:
            continue
        near = []
        for at in of_day:
            is_apart = not near or at >= near[-1] + dt.timedelta(minutes=90)
            if is_apart and at.minute % 15 == 0 and not troubles(client, kind, at, now):
                near.append(at)
        near = [at for at in near if at - near[0] <= dt.timedelta(hours=5)]
        if len(near) >= count:
            return day, near
    return None


def days_of_others(provider, zone):
    """A time that another journey gave up may be kept for the waiting list minutes later."""
    theirs = Appointment.objects.filter(
        provider=provider, attendances__client__record_number__startswith="J-"
    )
    freed = FreedSpan.objects.filter(provider=provider)
    return {visit.starts_at.astimezone(zone).date() for visit in (*theirs, *freed)}


def troubles(client, kind, at, now):
    """Warnings too: a dialog that asks something is another journey."""
    wish = Wish(
        type_id=kind.pk,
        provider_id=client.primary_provider_id,
        starts_at=at,
        minutes=50,
        client_ids=(client.pk,),
    )
    return problems_with(wish, by=SYSTEM, now=now)


def chosen():
    kind = AppointmentType.objects.get(name="Follow-up")
    for offer in (
        kind.offers.filter(provider__is_active=True)
        .select_related("provider")
        .order_by("provider__title", "provider")
    ):
        client, number = somebody(offer.provider)
        spans = free_spans(client, kind, 3)
        if spans:
            day, starts = spans
            return {
                "client": client.name,
                "record": client.record_number,
                "client_id": client.pk,
                "public_id": str(client.public_id),
                "number": number,
                "provider": str(client.primary_provider.public_id),
                "provider_name": client.primary_provider.name,
                "on": day.isoformat(),
                "starts": [at.hour * 60 + at.minute for at in starts],
            }
    raise SystemExit("nobody has time")


sys.stdout.write(json.dumps(chosen()) + "\n")
