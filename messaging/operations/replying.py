"""Answers of messaging's own to a text that came in."""

from datetime import datetime, timedelta

from messaging import queries
from messaging.models import InboundMessage, Message
from messaging.operations.outbox import NewMessage, enqueue
from messaging.states import MessageClass
from practice.states import Channel

ANSWER_USEFUL_FOR = timedelta(hours=12)


def say(
    purpose: str,
    klass: MessageClass,
    inbound: InboundMessage,
    now: datetime,
    *,
    asks: str = "",
    answer_until: datetime | None = None,
) -> list[Message]:
    """To the number it came from. Of several people on a number the first is who the row is kept for; the words
    are the same for all of them."""
    owners = queries.owners_of(inbound.from_address)
    mine = [one for one in owners if one.client_id == inbound.client_id] or owners
    client_id, contact_id = mine[0] if mine else (inbound.client_id, None)
    rows = enqueue(
        [
            NewMessage(
                purpose=purpose,
                subject=inbound.pk,
                client_id=client_id,
                contact_id=contact_id,
                channel=Channel.SMS,
                address=inbound.from_address,
                klass=klass,
                not_before=now,
                due_at=now,
                useful_until=now + ANSWER_USEFUL_FOR,
                asks=asks,
                answer_until=answer_until,
            )
        ],
        now=now,
    )
    return list(rows)
