"""Clients, those who answer for them, and what they agreed to."""

import datetime as dt
from dataclasses import dataclass

from config.demo.chance import Chance
from config.demo.names import AREA_CODES, FIRST, INSURERS, LAST, PRONOUNS
from config.demo.places import Places
from messaging.models import Consent, Suppression
from messaging.states import ConsentSource
from practice.models import Address, Client, ClientContact
from practice.states import AddressKind, Channel, ClientStatus, Relationship

CLIENTS = 150
FIRST_NUMBER = 10401
# Those who come today, in the order of the picture; the twenty-first client of the list is always #10482.
NAMED = (
    "Olivia Brooks", "Ethan Cole", "Marcus Hill", "Ruth Abrams", "Dan Abrams", "Noah Kim", "Sofia Diaz",
    "Paul Grant", "Amy Stone", "Leo Park", "Nina West", "Gabe Moore", "Hana Sato", "Jade Rivers",
    "Ada Okafor", "Chidi Okafor", "Cal Winters", "Ben Archer", "Zoe Lane", "Mia Frost", "Lena Fox",
    "Bea Moss", "Carl Reed", "Dina Hart", "Eli Snow", "Faye Hunt", "Gus Perry",
)  # fmt: skip
NAMED_FROM = 61
MINORS = ("Ada Okafor", "Mia Frost")
WORDING = "I agree to get appointment messages from Riverside Office on this {channel}. I can stop any time."
LONG_AGO = dt.timedelta(days=200)


@dataclass(slots=True, kw_only=True)
class People:
    by_name: dict[str, Client]
    others: list[Client]  # not in NAMED, in order of their record number


def make_people(chance: Chance, places: Places, now: dt.datetime, desk_id: int) -> People:
    names = _names(chance)
    clients = [_client(chance, n, name, now) for n, name in enumerate(names)]
    Client.objects.bulk_create(clients)
    contacts = _guardians(chance, clients, now)
    addresses = _addresses(chance, clients, contacts, now)
    _consents(chance, addresses, now, desk_id)
    named = set(NAMED)
    return People(
        by_name={f"{c.first_name} {c.last_name}": c for c in clients},
        others=[c for c in clients if f"{c.first_name} {c.last_name}" not in named],
    )


def _names(chance: Chance) -> list[str]:
    """All different; families of two share a last name now and then."""
    last = [name for name in LAST for _ in range(2)]
    chance.shuffle(last)
    first = list(FIRST)
    chance.shuffle(first)
    made: dict[str, None] = {}
    for n, name in enumerate(last):
        made.setdefault(f"{first[n % len(first)]} {name}")
    names = [name for name in made if name not in NAMED][: CLIENTS - len(NAMED)]
    return names[:NAMED_FROM] + list(NAMED) + names[NAMED_FROM:]


def _client(chance: Chance, n: int, name: str, now: dt.datetime) -> Client:
    first, last = name.split(" ", 1)
    minor = name in MINORS or (name not in NAMED and chance.odds(0.1))
    years = (
        chance.randint(9, 16)
        if minor
        else chance.randint(27, 52)
        if name in NAMED
        else chance.randint(19, 78)
    )
    return Client(
        public_id=chance.uuid(),
        record_number=str(FIRST_NUMBER + n),
        first_name=first,
        last_name=last,
        pronouns="she/her" if name == "Lena Fox" else chance.choice(PRONOUNS),
        birth_on=now.date() - dt.timedelta(days=365 * years + chance.randint(1, 360)),
        region=chance.choice(("NY", "NY", "NY", "NJ")),
        insurances=[chance.choice(INSURERS)],
        preferred_channel=chance.choice((Channel.SMS, Channel.SMS, Channel.EMAIL, "")),
        accessibility_needs="Step-free access" if chance.odds(0.04) else "",
        alert_banner="Balance question: ask for Lou at billing." if chance.odds(0.03) else "",
        status=ClientStatus.INACTIVE if name not in NAMED and chance.odds(0.04) else ClientStatus.ACTIVE,
    )


def _guardians(chance: Chance, clients: list[Client], now: dt.datetime) -> list[ClientContact]:
    eighteen = now.date() - dt.timedelta(days=365 * 18 + 5)
    minors = [client for client in clients if client.birth_on and client.birth_on > eighteen]
    return ClientContact.objects.bulk_create(
        ClientContact(
            client=client,
            name=f"{chance.choice(FIRST)} {client.last_name}",
            relationship=Relationship.PARENT,
            has_legal_authority=True,
            may_receive=True,
            may_confirm=True,
            may_cancel=True,
            may_see_past=True,
        )
        for client in minors
    )


def _addresses(
    chance: Chance, clients: list[Client], contacts: list[ClientContact], now: dt.datetime
) -> list[Address]:
    """Every adult, and every minor's parent, has a phone of their own and an email; minors have none."""
    phones = [f"+1{area}55501{n:02}" for area in AREA_CODES for n in range(100)][
        1:
    ]  # the first is the practice's
    chance.shuffle(phones)
    cared_for = {contact.client_id for contact in contacts}
    made = []
    for client in clients:
        if client.pk not in cared_for:
            slug = f"{client.first_name}.{client.last_name}".lower()
            made += _pair(chance, phones.pop(), f"{slug}@example.org", now, client=client)
    for contact in contacts:
        slug = contact.name.replace(" ", ".").lower()
        made += _pair(
            chance, phones.pop(), f"{slug}.{contact.client.record_number}@example.org", now, contact=contact
        )
    return Address.objects.bulk_create(made)


def _pair(chance: Chance, phone: str, email: str, now: dt.datetime, **owner) -> list[Address]:
    verified = now - LONG_AGO
    phone_row = Address(
        kind=AddressKind.PHONE,
        value=phone,
        label="Mobile",
        is_preferred=True,
        safe_to_text=chance.odds(0.93),
        safe_to_voicemail=chance.odds(0.7),
        verified_at=verified,
        **owner,
    )
    return [
        phone_row,
        Address(kind=AddressKind.EMAIL, value=email, safe_to_email=True, verified_at=verified, **owner),
    ]


def _consents(chance: Chance, addresses: list[Address], now: dt.datetime, desk_id: int) -> None:
    """Most agreed to both, some to email only, some to nothing, a few texted STOP later."""
    lines, stopped = [], []
    for phone, email in zip(addresses[::2], addresses[1::2], strict=True):
        always = phone.client is not None and phone.client.name in NAMED
        dice = 0.0 if always else chance.random()
        at = now - LONG_AGO + dt.timedelta(days=chance.randint(0, 120), minutes=chance.randint(0, 400))
        if dice < 0.76:
            lines.append(_line(phone, Channel.SMS, at, desk_id))
        if dice < 0.88:
            lines.append(_line(email, Channel.EMAIL, at, desk_id))
        if 0.7 <= dice < 0.76:
            stopped.append((phone, now - dt.timedelta(days=chance.randint(3, 60))))
    lines += [_stop_line(phone, at) for phone, at in stopped]
    Consent.objects.bulk_create(lines)
    Suppression.objects.bulk_create(
        Suppression(channel=channel, address=phone.value, reason="opted_out", at=at)
        for phone, at in stopped
        for channel in (Channel.SMS, Channel.VOICE)
    )


def _owner(row: Address) -> dict:
    return {"client": row.contact.client if row.contact else row.client, "contact": row.contact}


def _line(row: Address, channel: Channel, at: dt.datetime, desk_id: int) -> Consent:
    words = WORDING.format(channel="number" if channel == Channel.SMS else "address")
    return Consent(
        **_owner(row), channel=channel, address=row.value, granted=True, wording=words,
        source=ConsentSource.FORM, at=at, by_kind="user", by_id=desk_id,
    )  # fmt: skip


def _stop_line(row: Address, at: dt.datetime) -> Consent:
    owner = _owner(row)
    by = (
        {"by_kind": "contact", "by_id": row.contact_id}
        if row.contact_id
        else {"by_kind": "client", "by_id": row.client_id}
    )
    return Consent(
        **owner, channel=Channel.SMS, address=row.value, granted=False, wording="Opted out by reply",
        source=ConsentSource.REPLY, at=at, **by,
    )  # fmt: skip
