"""“Call before closing”: set by the care team, seen by everybody, its reason read by the care team alone."""

import uuid

from django.db import transaction

from core import clock
from core.actors import Actor
from practice.models import Client
from practice.operations.audit import record
from practice.operations.changes import open_change
from practice.permissions import may, require


@transaction.atomic
def flag_client(
    client_id: int, *, on: bool, reason: str, by: Actor, change_id: uuid.UUID | None = None
) -> Client:
    """The history says that it was set or lifted, never why. Raises NotAllowed, Client.DoesNotExist."""
    require(may(by, "client.flag"))
    now = clock.now()
    content = {"client": client_id, "on": on, "reason": reason}
    opened = open_change(change_id, act="client.flagged", content=content, by=by, now=now)
    Client.objects.visible_to(by).get(pk=client_id)
    client = Client.objects.select_for_update(no_key=True).get(pk=client_id)
    if opened.repeat:
        return client
    before = {"call_before_closing": client.call_before_closing}
    client.call_before_closing, client.call_reason = on, reason.strip() if on else ""
    client.save(update_fields=["call_before_closing", "call_reason"])
    after = {"call_before_closing": on}
    record("client.flagged", client, by=by, at=now, change=opened.change, before=before, after=after)
    return client
