"""Which visits an absence touches."""

from __future__ import annotations

import datetime as dt

from django.db.models import Q

from availability.models import TimeOff
from scheduling.models import Appointment
from scheduling.queries.stranded import AHEAD
from scheduling.states import AppointmentState


def affected(row: TimeOff, *, now: dt.datetime) -> list[Appointment]:
    """Whatever of the provider's has not begun and reaches into it, by start, with everything a plan says of it.

    Margins do not count: a visit may end as the time off begins. Three queries.
    """
    ahead = Q(starts_at__gt=now, starts_at__lt=row.ends_at, ends_at__gt=row.starts_at, state__in=AHEAD)
    rows = Appointment.objects.for_providers([row.provider_id]).filter(ahead)
    rows = rows.exclude(state=AppointmentState.HELD, hold_until__lt=now)
    shown = rows.select_related("type", "provider", "co_provider", "location")
    return list(shown.prefetch_related("attendances__client").order_by("starts_at", "pk"))
