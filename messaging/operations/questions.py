"""Which open question a text from this number can be about: one, or none that may be told."""

from collections import defaultdict
from collections.abc import Hashable
from dataclasses import dataclass
from datetime import datetime

from messaging import purposes, queries
from messaging.models import Message
from messaging.states import MessageState
from practice.states import Channel

# The client may answer before we have committed, or found out, that the carrier took it.
MAY_HAVE_ARRIVED = (
    MessageState.SENDING,
    MessageState.VERIFYING,
    MessageState.ACCEPTED,
    MessageState.DELIVERED,
)


@dataclass(frozen=True, slots=True)
class Asked:
    """question: only when there is exactly one. client_id: whose text it is; None when nobody can tell."""

    question: Message | None
    client_id: int | None


def question_for(address: str, now: datetime) -> Asked:
    topics = _open_topics(address, now)
    if len(topics) == 1:
        (latest,) = topics.values()
        return Asked(latest, latest.client_id)
    clients = queries.clients_among(queries.owners_of(address))
    return Asked(None, clients.pop() if len(clients) == 1 else None)


def _open_topics(address: str, now: datetime) -> dict[Hashable, Message]:
    """{what is asked: the latest message that asks it}. Two reminders for one visit are one question."""
    asking = Message.objects.filter(
        address=address, channel=Channel.SMS, state__in=MAY_HAVE_ARRIVED, answer_until__gt=now
    ).exclude(asks="")
    by_purpose: dict[str, list[Message]] = defaultdict(list)
    for message in asking.order_by("created_at", "id"):
        by_purpose[message.purpose].append(message)
    return {
        topic: message
        for name, messages in by_purpose.items()
        for message, topic in _with_topics(name, messages, now)
    }


def _with_topics(name: str, messages: list[Message], now: datetime) -> list[tuple[Message, Hashable]]:
    """In the order given, so that the latest of a topic is the last."""
    purpose = purposes.get(name)
    if purpose is None or purpose.topics is None:
        return [(message, (name, message.subject)) for message in messages]
    topics = purpose.topics([message.subject for message in messages], now)
    return [
        (message, (name, message.client_id, topics[message.subject]))
        for message in messages
        if message.subject in topics
    ]
