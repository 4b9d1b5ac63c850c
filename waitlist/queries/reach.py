"""Where an offer may go this moment, and when it may where it may not yet."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from messaging.queries import Recipient, usable_addresses, zone_of
from messaging.rules import windows
from messaging.states import MessageClass
from practice.models import Client, ClientContact, Practice
from practice.rules.contacts import BRING_UP
from practice.states import Channel

# The first of these that may be used, after the one they prefer.
ORDER = (Channel.SMS, Channel.EMAIL, Channel.VOICE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How one client is asked. channel: empty where a person calls. opens_at: when their hours begin, or now."""

    contact_id: int | None
    channel: str
    address: str
    opens_at: dt.datetime


def ways(clients: Mapping[int, Client], now: dt.datetime, practice: Practice) -> dict[int, Way]:
    """Per client; who cannot be asked has none. A child is asked through a guardian. As many queries for one."""
    own = usable_addresses({(pk, None) for pk in clients}, now, practice=practice)
    found = {pk: _way(clients[pk], None, own[Recipient(pk)], now, practice) for pk in clients}
    silent = [pk for pk, way in found.items() if way is None and not clients[pk].call_before_closing]
    return {
        pk: way for pk, way in (found | _through_guardians(silent, clients, now, practice)).items() if way
    }


def _through_guardians(
    client_ids: Sequence[int], clients: Mapping[int, Client], now: dt.datetime, practice: Practice
) -> dict[int, Way | None]:
    if not client_ids:
        return {}
    contacts = ClientContact.objects.filter(
        client__in=client_ids,
        relationship__in=BRING_UP,
        may_receive=True,
        may_confirm=True,
        never_contact=False,
    )
    people = [Recipient(client, pk) for pk, client in contacts.order_by("pk").values_list("pk", "client_id")]
    usable = usable_addresses(people, now, practice=practice) if people else {}
    found: dict[int, Way | None] = {}
    for one in people:
        way = _way(clients[one.client_id], one.contact_id, usable[one], now, practice)
        if way is not None:
            found.setdefault(one.client_id, way)
    return found


def _way(
    client: Client, contact_id: int | None, usable: Mapping[str, str], now: dt.datetime, practice: Practice
) -> Way | None:
    opens_at = opens(client, now, practice)
    if client.call_before_closing:
        return Way(contact_id=None, channel="", address="", opens_at=opens_at)
    channel = _first(client, usable)
    if not channel:
        return None
    return Way(contact_id=contact_id, channel=channel, address=usable[channel], opens_at=opens_at)


def _first(client: Client, usable: Collection[str]) -> str:
    return next(
        (str(one) for one in (client.preferred_channel, *ORDER) if one in ORDER and one in usable), ""
    )


def opens(client: Client, now: dt.datetime, practice: Practice) -> dt.datetime:
    """When an offer may next reach them: now, inside the hours for messages."""
    window = windows.window_for(
        MessageClass.OFFER,
        opens=practice.window_opens_at,
        closes=practice.window_closes_at,
        weekends=practice.window_weekends,
        contact_from=client.contact_from,
        contact_until=client.contact_until,
    )
    return windows.next_open(window, now, zone_of(client, practice))
