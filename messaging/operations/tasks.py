"""Work for people."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from core import clock
from core.actors import Actor
from messaging.models import InboundMessage, Message, StaffTask
from messaging.states import TaskKind
from practice import permissions
from practice.models import Change
from practice.operations import record


def raise_task(
    kind: TaskKind,
    *,
    now: datetime,
    client_id: int | None = None,
    message: Message | None = None,
    inbound: InboundMessage | None = None,
    change: Change | None = None,
    not_before: datetime | None = None,
    owner_id: int | None = None,
) -> StaffTask:
    """One open task per kind and cause: the same trouble twice is one piece of work."""
    cause = {"kind": kind, "client_id": client_id, "message": message, "inbound": inbound, "change": change}
    open_already = StaffTask.objects.filter(**cause, done_at__isnull=True).first()
    if open_already is not None:
        return open_already
    facts = {"not_before": not_before or now, "created_at": now, "owner_id": owner_id}
    return StaffTask.objects.create(**cause, **facts)


def keep_tasks(kind: TaskKind, wanted: Mapping[int, int], *, now: datetime) -> None:
    """One task for each of `wanted`, {authorization: client}, as long as it is wanted; one that was done stays done."""
    standing = StaffTask.objects.filter(kind=kind, authorization__isnull=False)
    standing.filter(done_at__isnull=True).exclude(authorization__in=wanted).delete()
    known = set(standing.filter(authorization__in=wanted).values_list("authorization_id", flat=True))
    missing = {pk: client for pk, client in wanted.items() if pk not in known}
    StaffTask.objects.bulk_create(
        [
            StaffTask(kind=kind, authorization_id=pk, client_id=client, not_before=now, created_at=now)
            for pk, client in sorted(missing.items())
        ],
        ignore_conflicts=True,
    )


@transaction.atomic
def close_task(task_id: int, *, by: Actor) -> StaffTask:
    """Pressing twice is harmless; the first who did it stays on record. Raises NotAllowed, StaffTask.DoesNotExist."""
    permissions.require(permissions.may(by, "task.close"))
    now = clock.now()
    task = StaffTask.objects.visible_to(by).select_for_update(of=("self",)).get(pk=task_id)
    if task.done_at is None:
        task.done_at, task.done_by_id, task.rings_at = now, by.id, None
        task.save(update_fields=["done_at", "done_by", "rings_at"])
        record("task.closed", task, by=by, at=now, before={"open": True}, after={"open": False})
    return task
