"""Putting messages into the outbox, and taking them back while nobody has touched them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from core import clock, nudge
from core.refusals import Refusal
from messaging.models import Message
from messaging.states import RECALLABLE
from practice.models import Change


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMessage:
    """`address` is empty for the portal. All datetimes aware; `asks` and `answer_until` come together or not at all."""

    purpose: str
    subject: int
    client_id: int | None
    contact_id: int | None = None
    channel: str
    address: str = ""
    klass: str
    drop_rank: int = 0
    change_id: UUID | None = None
    not_before: datetime
    due_at: datetime
    useful_until: datetime
    asks: str = ""
    answer_until: datetime | None = None


class AlreadyOnItsWay(Refusal):
    code = "message_sent"


@transaction.atomic
def enqueue(new: Sequence[NewMessage], *, now: datetime | None = None) -> QuerySet[Message]:
    """Write them all in one statement and wake the dispatcher after commit.

    Returns the rows written, read when asked for. One whose (purpose, subject) has a live Message already is left
    out, so promoting the same plan row twice makes one message.
    """
    now = now or clock.now()
    rows = [_row(message, now) for message in new]
    # DO NOTHING hides which rows went in, hence the second look by public_id.
    Message.objects.bulk_create(rows, ignore_conflicts=True)
    nudge.after_commit("messaging.dispatch")
    return Message.objects.filter(public_id__in=[row.public_id for row in rows]).order_by("id")


def _row(new: NewMessage, now: datetime) -> Message:
    return Message(
        purpose=new.purpose,
        subject=new.subject,
        client_id=new.client_id,
        contact_id=new.contact_id,
        channel=new.channel,
        address=new.address,
        klass=new.klass,
        drop_rank=new.drop_rank,
        change_id=new.change_id,
        not_before=new.not_before,
        due_at=new.due_at,
        send_at=max(new.due_at, new.not_before),
        useful_until=new.useful_until,
        asks=new.asks,
        answer_until=new.answer_until,
        created_at=now,
    )


@transaction.atomic
def withdraw(change: Change) -> int:
    """Delete what `change` put into the outbox; returns how many. Raises AlreadyOnItsWay if one left DUE."""
    # The lock settles the race with a claim: whoever comes second sees the other's state.
    messages = list(Message.objects.select_for_update().filter(change=change).order_by("id"))
    if any(message.state not in RECALLABLE or message.attempts_made for message in messages):
        raise AlreadyOnItsWay("A message about this has already gone out. Make a new change instead.")
    Message.objects.filter(pk__in=[message.pk for message in messages]).delete()
    return len(messages)
