"""Tidying that nobody asked for."""

from core import clock
from core.actors import SYSTEM
from core.refusals import Refusal
from scheduling.models import Appointment
from scheduling.operations.changing import release

BATCH = 200


def release_expired_holds() -> int:
    """Give up holds past their deadline, one transaction each; how many. Openings ignore them already."""
    ids = Appointment.objects.expired_holds(clock.now()).values_list("pk", flat=True)[:BATCH]
    return sum(_release(pk) for pk in list(ids))


def _release(appointment_id: int) -> bool:
    try:
        release(appointment_id, by=SYSTEM)
    except Refusal:  # confirmed or released by somebody else meanwhile
        return False
    return True
