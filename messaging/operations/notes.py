"""What a client types on a page of theirs: read for danger before anything else is done with it. Source: REM-16."""

import uuid

from django.db import transaction

from core import clock
from messaging.models import InboundMessage
from messaging.operations import answers, events
from messaging.operations.alarms import raise_crisis
from messaging.operations.replying import say
from messaging.operations.threads import heard
from messaging.rules.replies import Effect, speaks_of_danger
from messaging.states import MessageClass
from practice.models import Address, Link
from practice.states import AddressKind

NOTE, PAGE = "note", "page"
MOST_LETTERS = 300


@transaction.atomic
def is_danger(text: str, *, link: Link, change_id: uuid.UUID | None) -> bool:
    """True: somebody may be in danger. They are texted at once, people are called, and nothing else may be done.

    Their words are kept with the task, once however often the form is sent. Where no number is safe to text, the
    page that says so is the answer.
    """
    if not speaks_of_danger(text):
        return False
    now, address, act = clock.now(), _number_of(link), change_id or uuid.uuid4()
    fields = {"From": address, "Body": text}
    event_id = events.store(NOTE, dedupe_key=f"{act}", body=fields, token=None, now=now, provider=PAGE)
    if event_id is None:
        return True
    inbound = InboundMessage.objects.create(
        event_id=event_id,
        from_address=address,
        text=text,
        client_id=link.client_id,
        effect=Effect.CRISIS,
        received_at=now,
    )
    raise_crisis(inbound, clients=[link.client_id], now=now)
    if address:
        say(answers.CRISIS, MessageClass.CRISIS, inbound, now)
        heard(inbound, waits=True, now=now)
    events.close(event_id, Effect.CRISIS, now)
    return True


def _number_of(link: Link) -> str:
    """Of whoever holds the link, where a text is safe; empty for none."""
    phones = Address.objects.filter(kind=AddressKind.PHONE, safe_to_text=True)
    own = phones.filter(contact=link.contact_id) if link.contact_id else phones.filter(client=link.client_id)
    return own.order_by("-is_preferred", "pk").values_list("value", flat=True).first() or ""
