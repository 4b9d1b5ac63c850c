"""What an operation on a visit answers."""

from __future__ import annotations

from dataclasses import dataclass

from core.refusals import Refusal
from practice.models import Change
from practice.operations.acting import Acting
from scheduling.models import Appointment


@dataclass(frozen=True, slots=True)
class Acted:
    """What an operation did. `repeated`: this very change was already made before; nothing happened now."""

    change: Change
    appointment: Appointment
    repeated: bool = False


def done(acting: Acting, visit: Appointment) -> Acted:
    acting.close({"appointment": visit.pk})
    return Acted(acting.change, visit)


def done_before(acting: Acting) -> Acted:
    """The first answer to the same form. The visit may be gone: a booking that was undone stays undone."""
    visit = Appointment.objects.filter(pk=acting.change.result["appointment"]).first()
    if visit is None:
        raise Refusal("This was already taken back.", remedy="Open a new form to do it again.")
    return Acted(acting.change, visit, repeated=True)
