"""Taking due messages for oneself, and taking back what a dead process held."""

import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction

from messaging.models import Message
from messaging.operations.moves import enter
from messaging.states import MessageState

# Small, so that the last of a batch is reached well within its lease even when the carrier is slow.
BATCH = 20
REAP_BATCH = 200

# SKIP LOCKED: two claimers never wait for each other and never get the same row. People who wrote to us, or may
# be in danger, go before a morning's reminders.
_CLAIM = """
UPDATE messaging_message SET state = 'claimed', lease_owner = %(owner)s, lease_until = %(until)s
WHERE id IN (
    SELECT id FROM messaging_message WHERE state = 'due' AND send_at <= %(now)s
    ORDER BY array_position(ARRAY['crisis', 'code', 'answer', 'urgent'], klass::text), send_at, id
    LIMIT %(limit)s FOR UPDATE SKIP LOCKED
)
RETURNING id
"""


def new_owner() -> str:
    """A fresh name per tick: a lease that lapsed can never be mistaken for a later one of the same process."""
    return uuid.uuid4().hex


def claim(owner: str, *, now: datetime, limit: int = BATCH) -> list[int]:
    """Ids of messages that are this owner's until the lease ends. messages_changed is not sent: nothing left yet."""
    until = now + timedelta(seconds=settings.MESSAGE_LEASE_SECONDS)
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, {"owner": owner, "until": until, "now": now, "limit": limit})
        return sorted(row[0] for row in cursor.fetchall())


def release_lapsed_claims(now: datetime) -> int:
    """CLAIMED past its lease: no attempt was written, so nothing can have been sent."""
    lapsed = Message.objects.filter(state=MessageState.CLAIMED, lease_until__lt=now)
    return lapsed.update(state=MessageState.DUE, lease_owner="", lease_until=None)


@transaction.atomic
def doubt_lapsed_sends(now: datetime) -> int:
    """SENDING past its lease: the process died, or stands still, somewhere round the POST. Ask the carrier."""
    lapsed = Message.objects.select_for_update(skip_locked=True).filter(
        state=MessageState.SENDING, lease_until__lt=now
    )[:REAP_BATCH]
    rows = list(lapsed)
    for message in rows:
        enter(message, MessageState.VERIFYING, now=now, send_at=now)
    return len(rows)
