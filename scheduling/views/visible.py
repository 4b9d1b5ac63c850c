"""What this reader may open at all."""

import uuid

from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404

from core.actors import Actor
from practice.permissions import may
from scheduling.models import Appointment


def visible_visit(by: Actor, public_id: uuid.UUID | str) -> Appointment:
    """Raises Http404 for a visit out of sight."""
    visits = Appointment.objects.visible_to(by).select_related("type", "provider", "room", "location")
    return get_object_or_404(visits.prefetch_related("attendances__client"), public_id=public_id)


def allow(by: Actor, verb: str) -> None:
    if not may(by, verb):
        raise PermissionDenied


def is_uuid(text: str) -> bool:
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True
