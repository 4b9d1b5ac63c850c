"""The one place where a message enters another state."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Q

from messaging.models import Message
from messaging.rules.moves import may_enter
from messaging.signals import messages_changed
from messaging.states import LIVE, MessageState

KEEP_THEIR_LEASE = (MessageState.CLAIMED, MessageState.SENDING)
NO_LONGER_USEFUL = "No longer useful when it could go"

# All that a move may write, with the type of each column.
COLUMNS = {
    "state": "text",
    "reason": "text",
    "lease_owner": "text",
    "lease_until": "timestamptz",
    "send_at": "timestamptz",
    "look_at": "timestamptz",
    "attempts_made": "smallint",
    "accepted_at": "timestamptz",
    "delivered_at": "timestamptz",
    "seen_at": "timestamptz",
}
_SAVE = f"""
UPDATE messaging_message AS row SET {", ".join(f"{name} = new.{name}" for name in COLUMNS)}
FROM unnest(%s::bigint[], {", ".join(f"%s::{kind}[]" for kind in COLUMNS.values())}) AS new (id, {", ".join(COLUMNS)})
WHERE row.id = new.id
"""  # noqa: S608  of our own names


class Moves:
    """What happens to locked messages in one transaction: written by one statement and told once, by `finish`.

    Until then only the objects in hand have changed.
    """

    def __init__(self, now: datetime) -> None:
        self.now = now
        self._moved: dict[int, Message] = {}

    def enter(self, message: Message, state: MessageState, *, reason: str = "", **columns: Any) -> None:
        """Raises ValueError for a move that is not in the table, or a column that is not in COLUMNS: bugs."""
        if not may_enter(message.state, state):
            raise ValueError(f"message {message.pk} may not go from {message.state} to {state}")
        if state not in KEEP_THEIR_LEASE:
            columns |= {"lease_owner": "", "lease_until": None}
        columns.setdefault("look_at", None)
        if not columns.keys() <= COLUMNS.keys():
            raise ValueError(f"a move does not write {columns.keys() - COLUMNS.keys()}")
        for name, value in {"state": state, "reason": reason[:80], **columns}.items():
            setattr(message, name, value)
        self._moved[message.pk] = message

    def back_to_due(
        self, message: Message, *, at: datetime, too_late: str = NO_LONGER_USEFUL, **columns: Any
    ) -> None:
        """To be sent at `at`; or EXPIRED for the reason `too_late` when that would be past its use."""
        if at >= message.useful_until:
            self.enter(message, MessageState.EXPIRED, reason=too_late, **columns)
        else:
            self.enter(message, MessageState.DUE, send_at=at, **columns)

    def finish(self) -> list[Message]:
        """Write and tell; returns who moved."""
        moved = list(self._moved.values())
        if moved:
            save(moved)
            messages_changed.send(sender=Message, messages=moved, now=self.now)
        return moved


def save(messages: Iterable[Message]) -> None:
    """Their movable columns, in one statement. Under their locks; tells nobody."""
    rows = list(messages)
    values = [[getattr(row, name) for row in rows] for name in COLUMNS]
    with connection.cursor() as cursor:
        cursor.execute(_SAVE, [[row.pk for row in rows], *values])


def enter(
    message: Message, state: MessageState, *, now: datetime, reason: str = "", **columns: Any
) -> Message:
    """One message alone, at once. Under the row's lock."""
    moves = Moves(now)
    moves.enter(message, state, reason=reason, **columns)
    moves.finish()
    return message


def back_to_due(
    message: Message, *, at: datetime, now: datetime, too_late: str = NO_LONGER_USEFUL, **columns: Any
) -> Message:
    """One message alone, at once."""
    moves = Moves(now)
    moves.back_to_due(message, at=at, too_late=too_late, **columns)
    moves.finish()
    return message


def superseded(messages: Iterable[Message]) -> set[int]:
    """Those beside which another live message says the same: they must not come back to life."""
    rows = list(messages)
    same = Q()
    for row in rows:
        same |= Q(purpose=row.purpose, subject=row.subject) & ~Q(pk=row.pk)
    live = Message.objects.filter(same, state__in=LIVE).values_list("purpose", "subject") if rows else ()
    taken = set(live)
    return {row.pk for row in rows if (row.purpose, row.subject) in taken}


def is_superseded(message: Message) -> bool:
    """Another live message says the same: this one must not come back to life beside it."""
    return bool(superseded([message]))
