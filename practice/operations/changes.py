"""One act, one Change: inserted first, before any lock, so a second press of the button waits for the first."""

import datetime as dt
import hashlib
import json
import uuid
from dataclasses import dataclass

from django.core.serializers.json import DjangoJSONEncoder
from django.db import IntegrityError, transaction

from core.actors import Actor
from core.refusals import AlreadyUsed
from practice.models import Change


@dataclass(frozen=True, slots=True)
class Opened:
    """`repeat` is true when this very act was already done: return `change.result` and do nothing."""

    change: Change
    repeat: bool


def digest_of(content: dict) -> str:
    text = json.dumps(content, sort_keys=True, cls=DjangoJSONEncoder)
    return hashlib.sha256(text.encode()).hexdigest()


def open_change(
    change_id: uuid.UUID | None, *, act: str, content: dict, by: Actor, now: dt.datetime
) -> Opened:
    """Begin an act inside its transaction. Raises AlreadyUsed for the same id with anything different."""
    change = Change(
        id=change_id or uuid.uuid4(),
        actor_kind=by.kind,
        actor_id=by.id,
        act=act,
        digest=digest_of(content),
        via=by.via,
        at=now,
        undo_until=now + dt.timedelta(seconds=by.undo_seconds if by.is_staff else 0),
    )
    if _insert(change):
        return Opened(change, repeat=False)
    first = Change.objects.get(pk=change.pk)
    same = (first.act, first.digest, first.actor_kind, first.actor_id)
    if same != (change.act, change.digest, change.actor_kind, change.actor_id):
        raise AlreadyUsed(
            "This form was already used for something else.",
            remedy="Check what you typed and press the button again.",
        )
    return Opened(first, repeat=True)


def _insert(change: Change) -> bool:
    """False when the id exists. A concurrent insert of the same id waits here for the first to commit."""
    try:
        with transaction.atomic():
            change.save(force_insert=True)
    except IntegrityError:
        return False
    return True
