"""A few texts that came in this morning, as they would stand in the inbox."""

import datetime as dt

from config.demo.chance import Chance
from messaging.models import Consent, InboundMessage, ProviderEvent, StaffTask, Thread
from messaging.states import TaskKind
from practice.models import Address
from practice.states import AddressKind, Channel

OFFICE = "+12025550100"
# text, minutes ago, what it led to
SAID = (
    ("Is there parking behind the house?", 46, "inbox"),
    ("Sorry, running about 10 minutes late", 9, "inbox"),
    ("Y", 95, "confirm"),
    ("Can my husband sit in today?", 172, "inbox"),
    ("¿Puedo llevar a mi hijo a la cita?", 24, "inbox"),
)


def make_talks(chance: Chance, now: dt.datetime) -> None:
    agreed = Consent.objects.filter(channel=Channel.SMS, granted=True).values("address")
    phones = Address.objects.filter(
        kind=AddressKind.PHONE, client__isnull=False, safe_to_text=True, value__in=agreed
    )
    rows = phones.select_related("client").order_by("client_id", "id")[3 : 3 + len(SAID)]
    for phone, (text, minutes, effect) in zip(rows, SAID, strict=False):
        at = now - dt.timedelta(minutes=minutes)
        inbound = InboundMessage.objects.create(
            event=_event(chance, phone.value, text, at),
            from_address=phone.value,
            to_address=OFFICE,
            text=text,
            client=phone.client,
            effect=effect,
            received_at=at,
        )
        waits = effect == "inbox"
        Thread.objects.create(address=phone.value, last_at=at, waiting_since=at if waits else None)
        if waits:
            StaffTask.objects.create(
                kind=TaskKind.READ_REPLY, client=phone.client, inbound=inbound, not_before=at, created_at=at
            )


def _event(chance: Chance, number: str, text: str, at: dt.datetime) -> ProviderEvent:
    sid = f"SM{chance.uuid().hex}"
    return ProviderEvent.objects.create(
        provider="twilio",
        kind="sms",
        dedupe_key=sid,
        body={"MessageSid": sid, "From": number, "To": OFFICE, "Body": text},
        received_at=at,
        processed_at=at,
        outcome="inbox",
    )
