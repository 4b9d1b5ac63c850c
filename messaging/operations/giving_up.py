"""Nothing ends in silence: what could not be said becomes work for a person."""

from datetime import datetime

from messaging.models import Message
from messaging.operations.moves import enter
from messaging.operations.tasks import raise_task
from messaging.states import MessageState, TaskKind


def give_up(message: Message, state: MessageState, *, reason: str, now: datetime) -> None:
    """state: EXPIRED, DEAD or UNDELIVERED."""
    enter(message, state, now=now, reason=reason)
    raise_task(TaskKind.NOT_DELIVERED, now=now, client_id=message.client_id, message=message)
