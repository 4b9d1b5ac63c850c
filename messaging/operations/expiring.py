"""What waited too long: for a carrier that stayed out of order, or for a turn that never came."""

from datetime import datetime, timedelta

from django.db import transaction

from messaging.models import Message
from messaging.operations.deciding import TOO_LATE
from messaging.operations.gates import closed_channels
from messaging.operations.giving_up import after_giving_up, said_elsewhere
from messaging.operations.moves import Moves
from messaging.states import MessageState

BATCH = 500
# While its carrier is out of order a message waits, until this long before its use ends: then the next channel.
TIME_FOR_ANOTHER = timedelta(hours=1)
OUT_OF_ORDER = "The carrier was out of order"


@transaction.atomic
def expire_overdue(now: datetime) -> int:
    """Nothing due stays behind without a reason. Set-wise; a row somebody holds is left to them."""
    waiting = Message.objects.select_for_update(skip_locked=True).filter(state=MessageState.DUE)
    overdue = list(waiting.filter(useful_until__lte=now).order_by("useful_until")[:BATCH])
    return _end(overdue, TOO_LATE, now)


@transaction.atomic
def give_way(now: datetime) -> int:
    """Messages of a channel whose breaker is open, while there is still time to say it elsewhere.

    Those that have nowhere else to go wait on: the carrier may be back in time.
    """
    if not (closed := closed_channels(now)):
        return 0
    waiting = Message.objects.select_for_update(skip_locked=True).filter(state=MessageState.DUE)
    nearing = waiting.filter(channel__in=closed, send_at__lte=now, useful_until__lte=now + TIME_FOR_ANOTHER)
    messages = list(nearing.order_by("useful_until")[:BATCH])
    rows = Message.objects.filter(pk__in=[message.pk for message in messages])
    # Out of the way first: of two live messages about the same, the second would not be written.
    rows.update(state=MessageState.EXPIRED, reason=OUT_OF_ORDER)
    elsewhere = said_elsewhere(messages, now)
    rows.exclude(pk__in=elsewhere).update(state=MessageState.DUE, reason="")
    moves = Moves(now)
    for message in messages:
        if message.pk in elsewhere:
            moves.enter(message, MessageState.EXPIRED, reason=OUT_OF_ORDER)
    return len(moves.finish())


def _end(messages: list[Message], reason: str, now: datetime) -> int:
    moves = Moves(now)
    for message in messages:
        moves.enter(message, MessageState.EXPIRED, reason=reason)
    moves.finish()
    after_giving_up(messages, [], now)
    return len(messages)
