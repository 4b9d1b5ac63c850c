"""Visits without a plan although there is time: booked while steps were off, or before an address was safe."""

from collections.abc import Collection

from django.db import transaction

from core import clock
from core.actors import Actor
from practice.operations import record_many
from practice.permissions import may, require
from reminders.operations.planning import plan
from scheduling.models import Appointment
from scheduling.states import AppointmentState


@transaction.atomic
def plan_missing(appointment_ids: Collection[int], *, by: Actor) -> int:
    """Plan what is missing; doing it twice adds nothing. Returns for how many visits. Raises NotAllowed."""
    require(may(by, "visit.book"))
    now = clock.now()
    visible = Appointment.objects.visible_to(by).filter(
        pk__in=appointment_ids, state=AppointmentState.SCHEDULED, starts_at__gt=now
    )
    visits = list(visible.order_by("pk").select_for_update(of=("self",), no_key=True))
    plan(visits, change=None, now=now, greet=lambda key: False)
    record_many("reminders.planned", [(visit, None, {}) for visit in visits], by=by, at=now)
    return len(visits)
