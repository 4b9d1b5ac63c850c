"""Taking due messages for oneself, and taking back what a dead process held."""

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q

from messaging.models import Message
from messaging.operations.moves import Moves
from messaging.states import MessageState
from practice.states import Channel

# A batch is decided on in parts (see `dispatch`), so the last of it is reached well within its lease.
BATCH = 200
REAP_BATCH = 200

# SKIP LOCKED: two claimers never wait for each other and never get the same row. The order is the index's: people who
# wrote to us, or may be in danger, before a morning's reminders; of those, what loses its use soonest.
_CLAIM = """
WITH gate (channel, most) AS (SELECT * FROM unnest(%(channels)s::text[], %(limits)s::int[])),
taken AS (
    SELECT due.id FROM gate CROSS JOIN LATERAL (
        SELECT id FROM messaging_message
        WHERE state = 'due' AND channel = gate.channel AND send_at <= %(now)s
        ORDER BY turn, useful_until, id
        LIMIT gate.most FOR UPDATE SKIP LOCKED
    ) AS due
)
UPDATE messaging_message SET state = 'claimed', lease_owner = %(owner)s, lease_until = %(until)s
WHERE id IN (SELECT id FROM taken)
RETURNING turn, useful_until, id
"""


def new_owner() -> str:
    """A fresh name per tick: a lease that lapsed can never be mistaken for a later one of the same process."""
    return uuid.uuid4().hex


def anything_due(now: datetime) -> bool:
    return Message.objects.filter(state=MessageState.DUE, send_at__lte=now).exists()


def claim(
    owner: str, *, now: datetime, limit: int = BATCH, most: Mapping[str, int] | None = None
) -> list[int]:
    """Ids of messages that are this owner's until the lease ends, in the order they are to be sent.

    limit, most: per channel; `most` where a channel may take less. Nobody is told: nothing has left yet.
    """
    limits = {channel: min(limit, (most or {}).get(channel, limit)) for channel in Channel.values}
    until = now + timedelta(seconds=settings.MESSAGE_LEASE_SECONDS)
    given: dict[str, Any] = {
        "owner": owner,
        "until": until,
        "now": now,
        "channels": list(limits),
        "limits": list(limits.values()),
    }
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, given)
        return [row[2] for row in sorted(cursor.fetchall())]


def release(owner: str) -> int:
    """What this owner claimed and has not begun: somebody else's again at once."""
    return _release(Q(lease_owner=owner))


def release_lapsed_claims(now: datetime) -> int:
    """CLAIMED past its lease: no attempt was written, so nothing can have been sent."""
    return _release(Q(lease_until__lt=now))


def _release(which: Q) -> int:
    claimed = Message.objects.filter(which, state=MessageState.CLAIMED)
    return claimed.update(state=MessageState.DUE, lease_owner="", lease_until=None)


@transaction.atomic
def doubt_lapsed_sends(now: datetime) -> int:
    """SENDING past its lease: the process died, or stands still, somewhere round the POST. Ask the carrier."""
    lapsed = Message.objects.select_for_update(skip_locked=True).filter(
        state=MessageState.SENDING, lease_until__lt=now
    )
    moves = Moves(now)
    for message in lapsed.order_by("id")[:REAP_BATCH]:
        moves.enter(message, MessageState.VERIFYING, send_at=now)
    return len(moves.finish())
