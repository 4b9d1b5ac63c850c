"""Run inside the living practice (`manage.py shell`): a reachable client and free spans of the provider, as JSON."""

import datetime as dt
import json
import sys
from itertools import groupby

from core import clock
from core.actors import SYSTEM
from core.walltime import from_epoch_minutes
from messaging.models import Consent
from practice.models import Address
from practice.queries import the_practice
from scheduling.models import AppointmentType, Attendance
from scheduling.queries.openings import Search, find_openings
from scheduling.queries.problems import problems_with
from scheduling.rules.wishes import Wish


def reachable():
    """An adult with one number of their own, consent on it, a provider, and no contacts who would be told too."""
    now = clock.now()
    for consent in Consent.objects.filter(channel="sms", granted=True, contact=None).order_by("pk"):
        client = consent.client
        alone = Address.objects.filter(value=consent.address).count() == 1
        safe = client.addresses.filter(value=consent.address, safe_to_text=True).exists()
        newest = Consent.objects.filter(client=client, channel="sms", address=consent.address).first()
        asked = client.messages.filter(
            channel="sms"
        ).exists()  # another open question would make a Y ambiguous
        busy = Attendance.objects.filter(
            client=client, appointment__starts_at__gt=now, state="expected"
        ).count()
        if (
            alone
            and safe
            and newest == consent
            and not client.contacts.exists()
            and not client.waitlist_entries.exists()
            and client.primary_provider
            and not asked
            and busy < 3
        ):
            yield client, consent.address


def free_spans(client, kind, count):
    """A day with that many openings an hour and a half apart, all on one screen, for a drag."""
    practice, now = the_practice(), clock.now()
    tomorrow = now.astimezone(practice.tz).date() + dt.timedelta(days=1)
    search = Search(
        type_id=kind.pk,
        first=tomorrow,
        last=tomorrow + dt.timedelta(days=13),
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
    for day, of_day in groupby(starts, key=dt.datetime.date):
        near = []
        for at in of_day:
            is_apart = not near or at >= near[-1] + dt.timedelta(minutes=90)
            if is_apart and at.minute % 15 == 0 and not troubles(client, kind, at, now):
                near.append(at)
        near = [at for at in near if at - near[0] <= dt.timedelta(hours=5)]
        if len(near) >= count:
            return day, near
    return None


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
    for client, number in reachable():
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
    raise SystemExit("nobody fits")


sys.stdout.write(json.dumps(chosen()) + "\n")
