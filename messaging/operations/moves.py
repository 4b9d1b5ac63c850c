"""The one place where a message enters another state."""

from datetime import datetime
from typing import Any

from messaging.models import Message
from messaging.rules.moves import may_enter
from messaging.signals import message_changed
from messaging.states import LIVE, MessageState

KEEP_THEIR_LEASE = (MessageState.CLAIMED, MessageState.SENDING)


def enter(
    message: Message, state: MessageState, *, now: datetime, reason: str = "", **columns: Any
) -> Message:
    """Under the row's lock. Raises ValueError for a move that is not in the table: that is a bug."""
    if not may_enter(message.state, state):
        raise ValueError(f"message {message.pk} may not go from {message.state} to {state}")
    message.state, message.reason = state, reason[:80]
    if state not in KEEP_THEIR_LEASE:
        columns |= {"lease_owner": "", "lease_until": None}
    for name, value in columns.items():
        setattr(message, name, value)
    message.save(update_fields=["state", "reason", *columns])
    message_changed.send(sender=Message, message=message, now=now)
    return message


NO_LONGER_USEFUL = "No longer useful when it could go"


def back_to_due(
    message: Message, *, at: datetime, now: datetime, too_late: str = NO_LONGER_USEFUL, **columns: Any
) -> Message:
    """To be sent at `at`; or EXPIRED for the reason `too_late` when that would be past its use."""
    if at >= message.useful_until:
        return enter(message, MessageState.EXPIRED, now=now, reason=too_late, **columns)
    return enter(message, MessageState.DUE, now=now, send_at=at, **columns)


def is_superseded(message: Message) -> bool:
    """Another live message says the same: this one must not come back to life beside it."""
    same = Message.objects.filter(purpose=message.purpose, subject=message.subject, state__in=LIVE)
    return same.exclude(pk=message.pk).exists()
