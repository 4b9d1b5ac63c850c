"""Who keeps a time: the person of staff who pressed it, read from the history."""

from collections.abc import Collection

from django.db.models import OuterRef, Subquery

from core.actors import ActorKind
from practice.models import AuditEntry, User


def holders_of(appointment_ids: Collection[int]) -> dict[int, str]:
    """{hold: name} where somebody of staff made it. No query without holds."""
    if not appointment_ids:
        return {}
    name = User.objects.filter(pk=OuterRef("actor_id")).values("name")[:1]
    made = AuditEntry.objects.filter(
        act="visit.held",
        subject_kind="appointment",
        subject_id__in=appointment_ids,
        actor_kind=ActorKind.USER,
    )
    rows = made.order_by("pk").annotate(name=Subquery(name)).values_list("subject_id", "name")
    return {pk: name for pk, name in rows if pk and name}
