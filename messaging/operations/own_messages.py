"""The portal's copies as the holder of a link sees them, and the mark that they were seen."""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from messaging.models import Message
from messaging.operations.moves import Moves
from messaging.states import MessageState
from practice.models import Link
from practice.states import Channel

AT_MOST = 30
WRITTEN = (MessageState.ACCEPTED, MessageState.DELIVERED)


def unseen_count(link: Link) -> int:
    return _theirs(link).filter(seen_at=None).count()


def any_written(link: Link) -> bool:
    return _theirs(link).exists()


@transaction.atomic
def show(link: Link, *, now: datetime) -> list[Message]:
    """The newest first, all of them seen from now on: a message in the portal has arrived when somebody looked."""
    rows = list(_theirs(link).order_by("-accepted_at", "-pk")[:AT_MOST])
    new = Message.objects.filter(pk__in=[row.pk for row in rows], seen_at=None)
    moves = Moves(now)
    for message in new.select_for_update().order_by("pk"):
        if message.state == MessageState.ACCEPTED:
            moves.enter(message, MessageState.DELIVERED, delivered_at=now)
    moves.finish()  # writes `seen_at` too, as it was
    new.update(seen_at=now)
    return rows


def _theirs(link: Link) -> QuerySet[Message]:
    """Of this very recipient: what one parent was told is not the other's to read."""
    return Message.objects.filter(
        client=link.client_id, contact=link.contact_id, channel=Channel.PORTAL, state__in=WRITTEN
    )
