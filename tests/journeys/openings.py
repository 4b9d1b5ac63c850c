"""Run inside the living practice (`manage.py shell`): a reachable client and free spans of the provider, as JSON."""

import datetime as dt
import json
import sys

from core import clock
from core.actors import SYSTEM
from messaging.models import Consent
from practice.models import Address
from practice.queries import the_practice
from scheduling.models import AppointmentType, Attendance
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
    zone, now = the_practice().tz, clock.now()
    found = []
    for ahead in range(1, 15):
        day = now.astimezone(zone).date() + dt.timedelta(days=ahead)
        for quarter in range(8 * 4, 17 * 4):
            at = dt.datetime.combine(day, dt.time(quarter // 4, quarter % 4 * 15), zone)
            wish = Wish(
                type_id=kind.pk,
                provider_id=client.primary_provider_id,
                starts_at=at,
                minutes=50,
                client_ids=(client.pk,),
            )
            if not problems_with(wish, by=SYSTEM, now=now) and (
                not found or at >= found[-1] + dt.timedelta(minutes=90)
            ):
                found.append(at)
        near = [at for at in found if at - found[0] <= dt.timedelta(hours=5)]  # a drag stays on one screen
        if len(near) >= count:
            return day, near
        found = []
    return None


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
