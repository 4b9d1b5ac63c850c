"""What somebody says of themselves through a link: where messages may go, in which language, or no more email."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from core import clock
from core.actors import SYSTEM, Actor
from messaging.models import Consent, Message
from messaging.operations.consent import OPTED_OUT, record_consent, suppress
from messaging.queries import CHANNEL_OF, Recipient, is_suppressed, owners_of
from messaging.states import ConsentSource
from practice.models import Address, Client, ClientContact, Link
from practice.operations import open_change, record
from practice.states import AddressKind, Channel

UNSUBSCRIBED = "Stopped email by its link"
IS_SAFE = {Channel.SMS: "safe_to_text", Channel.EMAIL: "safe_to_email"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One address on one channel. `shown` hides most of it: the page may be looked at by others."""

    key: str
    channel: str
    address: str
    shown: str
    is_on: bool
    is_closed: bool


def choices_of(link: Link) -> list[Choice]:
    """The holder's own addresses that the practice knows to be safe; others are not for this page."""
    rows = Address.objects.filter(client=link.client_id, contact=None)
    if link.contact_id is not None:
        rows = Address.objects.filter(contact=link.contact_id)
    return [_choice(link, row) for row in rows.order_by("kind", "pk") if _is_safe(row)]


def _is_safe(row: Address) -> bool:
    return bool(getattr(row, IS_SAFE[CHANNEL_OF[AddressKind(row.kind)]]))


def _choice(link: Link, row: Address) -> Choice:
    channel = CHANNEL_OF[AddressKind(row.kind)]
    lines = Consent.objects.filter(
        client=link.client_id, contact=link.contact_id, channel=channel, address=row.value
    )
    latest = lines.order_by("-at", "-pk").first()
    closed = is_suppressed(channel, row.value)
    return Choice(
        key=f"{channel}:{row.pk}",
        channel=channel,
        address=row.value,
        shown=masked(row.value),
        is_on=latest is not None and latest.granted and not closed,
        is_closed=closed,
    )


def masked(address: str) -> str:
    """ "•••-0117", "m•••@example.org": enough for its owner, too little for anybody else."""
    name, at, host = address.partition("@")
    return f"{name[:1]}•••@{host}" if at else f"•••-{address[-4:]}"


@transaction.atomic
def choose(
    link: Link,
    *,
    on: Collection[str],
    language: str,
    preferred_channel: str,
    wording: str,
    by: Actor,
    change_id: uuid.UUID | None = None,
) -> None:
    """As the form says. Only what differs is written; an address that was closed stays so. Raises AlreadyUsed."""
    now = clock.now()
    content = {"on": sorted(on), "language": language, "preferred": preferred_channel}
    opened = open_change(change_id, act="preferences.chosen", content=content, by=by, now=now)
    if opened.repeat:
        return
    for choice in choices_of(link):
        if not choice.is_closed and choice.is_on != (choice.key in on):
            record_consent(
                link.client, contact=link.contact, channel=choice.channel, address=choice.address,
                granted=choice.key in on, wording=wording, source=ConsentSource.WEB, by=by, now=now,
                change=opened.change,
            )  # fmt: skip
    _keep(link, {"language": language, "preferred_channel": preferred_channel}, by, now, opened.change)


def _keep(link: Link, wanted: dict[str, str], by: Actor, now: datetime, change: Any) -> None:
    owner: Client | ClientContact = link.contact or link.client
    changed = [
        name for name, value in wanted.items() if hasattr(owner, name) and getattr(owner, name) != value
    ]
    for name in changed:
        setattr(owner, name, wanted[name])
    if changed:
        owner.save(update_fields=changed)
        record("client.changed", link.client, by=by, at=now, change=change, after={"fields": changed})


@transaction.atomic
def unsubscribe(link: Link, *, by: Actor, now: datetime | None = None) -> None:
    """No more email to the address this link went to, for all who share it. Repeating it is harmless."""
    now = now or clock.now()
    address = Message.objects.filter(pk=link.subject, channel=Channel.EMAIL).values_list("address", flat=True)
    if not (email := address.first()) or is_suppressed(Channel.EMAIL, email):
        return
    for one in owners_of(email):
        _refuse(one, email, by if one == (link.client_id, link.contact_id) else SYSTEM, now)
    suppress(email, channels=[Channel.EMAIL], reason=OPTED_OUT, evidence="one-click link", now=now)


def _refuse(one: Recipient, email: str, by: Actor, now: datetime) -> None:
    record_consent(
        Client.objects.get(pk=one.client_id),
        contact=ClientContact.objects.get(pk=one.contact_id) if one.contact_id else None,
        channel=Channel.EMAIL,
        address=email,
        granted=False,
        wording=UNSUBSCRIBED,
        source=ConsentSource.WEB,
        by=by,
        now=now,
    )
