"""Run inside the living practice (`manage.py shell`): a client, a provider and a type with much against them."""

import datetime as dt
import json
import sys

from core import clock
from practice.models import Client, Provider
from practice.queries import the_practice
from scheduling.forms.typed import said_time
from scheduling.models import Appointment, AppointmentType, TypeOffer


def made():
    """A provider who needs a supervisor and has none, a type that wants that and an insurer, somebody from afar."""
    zone, now = the_practice().tz, clock.now()
    booked = Appointment.objects.filter(starts_at__gt=now + dt.timedelta(days=1), state="scheduled")
    booked = booked.filter(starts_at__hour__gte=14, starts_at__hour__lt=20, type__name="Follow-up")
    busy = booked.order_by("starts_at").first()
    provider = busy.provider
    Provider.objects.filter(pk=provider.pk).update(supervision_required=True, supervisor=None)
    kind, _ = AppointmentType.objects.get_or_create(
        name="Neuropsychology", defaults={"requires_authorization": True, "requires_supervisor": True}
    )
    TypeOffer.objects.get_or_create(type=kind, provider=provider)
    client, _ = Client.objects.get_or_create(
        record_number="FAR-1", defaults={"first_name": "Fern", "last_name": "Farrow", "region": "OR"}
    )
    start = busy.starts_at.astimezone(zone)
    return {
        "client": str(client.public_id),
        "provider": str(provider.public_id),
        "provider_name": provider.name,
        "type": kind.name,
        "usual_type": busy.type_id,
        "on": start.date().isoformat(),
        "busy_at": said_time(start, clock_24h=the_practice().clock_24h),
    }


sys.stdout.write(json.dumps(made()) + "\n")
