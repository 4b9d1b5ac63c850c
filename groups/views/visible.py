"""What this reader may open at all."""

import uuid

from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404

from core.actors import Actor
from groups.models import Group, Membership
from practice.permissions import may


def visible_group(by: Actor, public_id: uuid.UUID) -> Group:
    """Raises Http404 for a group out of sight."""
    allow(by, "group.see")
    rows = Group.objects.visible_to(by).select_related(
        "facilitator", "co_facilitator", "type", "room", "location"
    )
    return get_object_or_404(rows, public_id=public_id)


def visible_member(by: Actor, pk: int) -> Membership:
    allow(by, "group.see")
    rows = Membership.objects.filter(group__in=Group.objects.visible_to(by))
    return get_object_or_404(rows.select_related("client", "group"), pk=pk)


def allow(by: Actor, verb: str) -> None:
    if not may(by, verb):
        raise PermissionDenied
