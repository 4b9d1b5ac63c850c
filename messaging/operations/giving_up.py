"""Nothing ends in silence: what could not be said is said elsewhere, or becomes work for a person."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from messaging import purposes
from messaging.models import Message
from messaging.operations.moves import Moves
from messaging.operations.tasks import raise_task
from messaging.states import MessageState, TaskKind


def give_up(
    message: Message,
    state: MessageState,
    *,
    reason: str,
    now: datetime,
    is_certain: bool = True,
    **columns: Any,
) -> None:
    """state: EXPIRED, DEAD or UNDELIVERED. Not `is_certain`: it may have arrived, so nothing is said elsewhere."""
    moves = Moves(now)
    moves.enter(message, state, reason=reason, **columns)
    moves.finish()
    after_giving_up([message] if is_certain else [], [] if is_certain else [message], now)


def after_giving_up(certain: Iterable[Message], doubtful: Iterable[Message], now: datetime) -> None:
    """The next channel for those that certainly did not arrive; a task for everybody else."""
    certain = list(certain)
    elsewhere = said_elsewhere(certain, now)
    for message in [*(row for row in certain if row.pk not in elsewhere), *doubtful]:
        raise_task(TaskKind.NOT_DELIVERED, now=now, client_id=message.client_id, message=message)


def said_elsewhere(messages: Iterable[Message], now: datetime) -> set[int]:
    """Ids of those for which their purpose has arranged the next channel."""
    rows = list(messages)
    names = {row.purpose for row in rows}
    taken = {(name, subject) for name in names for subject in _fall_back(name, rows, now)}
    return {row.pk for row in rows if (row.purpose, row.subject) in taken}


def _fall_back(name: str, messages: Iterable[Message], now: datetime) -> set[int]:
    purpose = purposes.get(name)
    if purpose is None or purpose.fall_back is None:
        return set()
    return set(purpose.fall_back([row.subject for row in messages if row.purpose == name], now))
