"""Who may be reached where, right now."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import Q

from core.actors import ActorKind
from messaging.models import Consent, Message, SendingPolicy, Suppression, twilio_account
from messaging.rules import reach
from messaging.rules.replies.codes import codes_for
from messaging.rules.windows import Window, window_for
from messaging.rules.wording import language_of
from practice.models import Address, Client, ClientContact, Practice, User
from practice.queries import contacts_closed, the_practice
from practice.rules.contacts import BRING_UP, is_told_through_guardians
from practice.states import AddressKind, Channel


class Recipient(NamedTuple):
    """The client, or one contact of theirs. A plain (client_id, contact_id) tuple is equal to it."""

    client_id: int
    contact_id: int | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """One address on one channel; `refusal` says why it may not be used, empty when it may."""

    channel: str
    address: str
    refusal: str


# What a phone is good for besides texts. Calls need a consent of their own, where a carrier for them is set up.
ALSO = {AddressKind.PHONE: (Channel.VOICE,)}
CHANNEL_OF = {AddressKind.PHONE: Channel.SMS, AddressKind.EMAIL: Channel.EMAIL}


def channels_set_up() -> frozenset[str]:
    """The channels that have somebody to carry them. The portal is always there."""
    account = twilio_account()
    by_phone = {Channel.SMS: account.can_text, Channel.VOICE: account.can_call}
    return frozenset({Channel.PORTAL, Channel.EMAIL} | {channel for channel, can in by_phone.items() if can})


def usable_addresses(
    recipients: Collection[tuple[int, int | None]], now: datetime, *, practice: Practice | None = None
) -> dict[Recipient, dict[str, str]]:
    """Per recipient {channel: the best address that may be used now}; every recipient has an entry, perhaps empty.

    Covers channels with an address (SMS, EMAIL); the portal needs none and is not listed. Three queries however
    many; one more for contacts, and one for the practice where the caller has not read it.
    """
    ready = channels_set_up()
    usable: dict[Recipient, dict[str, str]] = {}
    for recipient, standings in address_standings(recipients, now, practice=practice).items():
        best = usable.setdefault(recipient, {})
        for standing in standings:
            if not standing.refusal and standing.channel in ready:
                best.setdefault(standing.channel, standing.address)
    return usable


def address_standings(
    recipients: Collection[tuple[int, int | None]], now: datetime, *, practice: Practice | None = None
) -> dict[Recipient, list[Standing]]:
    """All addresses on file, the preferred first, each with why it may not be used."""
    wanted = [Recipient(*pair) for pair in recipients]
    addresses = _addresses_of(wanted)
    known = _Known(
        _newest_consents(wanted),
        _suppressed({address.value for owned in addresses.values() for address in owned}),
        _closed(wanted, addresses, now, practice),
    )
    ready = channels_set_up()
    return {
        one: [
            _standing(address, channel, one, known)
            for address in addresses[one]
            for channel in channels_of(address.kind, ready)
        ]
        for one in wanted
    }


class _OnFile(NamedTuple):
    """A row of Address, as light as thousands of them ask for."""

    client_id: int | None
    contact_id: int | None
    kind: str
    value: str
    safe_to_text: bool
    safe_to_email: bool
    client__birth_on: date | None
    client__zone: str | None

    def today(self, now: datetime, practice: Practice) -> date:
        return now.astimezone(ZoneInfo(self.client__zone) if self.client__zone else practice.tz).date()


class _Known(NamedTuple):
    """What was asked once for many addresses."""

    consents: dict[tuple[Recipient, str, str], bool]
    suppressed: set[tuple[str, str]]
    closed: dict[Recipient, str]


def channels_of(kind: str, ready: Collection[str]) -> list[str]:
    """Texts and mails always, so that it can be said why not; calls only where somebody could make them."""
    return [
        CHANNEL_OF[AddressKind(kind)],
        *(also for also in ALSO.get(AddressKind(kind), ()) if also in ready),
    ]


def serves(kind: str, channel: str) -> bool:
    return channel in (CHANNEL_OF[AddressKind(kind)], *ALSO.get(AddressKind(kind), ()))


def _standing(address: _OnFile, channel: str, one: Recipient, known: _Known) -> Standing:
    facts = reach.AddressFacts(
        is_safe=_is_safe(address, channel),
        consent=known.consents.get((one, channel, address.value)),
        is_suppressed=(channel, address.value) in known.suppressed,
    )
    return Standing(channel, address.value, known.closed.get(one) or reach.refusal(facts))


def _is_safe(address: Address | _OnFile, channel: str) -> bool:
    if channel == Channel.VOICE:
        return True  # a call says nothing to a machine, and what voicemail hears is another flag
    return address.safe_to_text if channel == Channel.SMS else address.safe_to_email


def _addresses_of(wanted: list[Recipient]) -> dict[Recipient, list[_OnFile]]:
    clients = {one.client_id for one in wanted if one.contact_id is None}
    contacts = {one.contact_id: one for one in wanted if one.contact_id is not None}
    found: dict[Recipient, list[_OnFile]] = defaultdict(list)
    rows = Address.objects.filter(Q(client__in=clients) | Q(contact__in=contacts))
    for row in map(_OnFile._make, rows.order_by("-is_preferred", "id").values_list(*_OnFile._fields)):
        owner = contacts[row.contact_id] if row.contact_id else Recipient(row.client_id or 0)
        found[owner].append(row)
    return found


def _newest_consents(wanted: list[Recipient]) -> dict[tuple[Recipient, str, str], bool]:
    key = ("client_id", "contact_id", "channel", "address")
    rows = Consent.objects.filter(client__in={one.client_id for one in wanted})
    newest = rows.order_by(*key, "-at", "-id").distinct(*key).values_list(*key, "granted")
    return {
        (Recipient(client, contact), channel, address): granted
        for client, contact, channel, address, granted in newest
    }


def _suppressed(addresses: Collection[str]) -> set[tuple[str, str]]:
    live = Suppression.objects.filter(address__in=addresses, lifted_at__isnull=True)
    return set(live.values_list("channel", "address"))


def _closed(
    wanted: list[Recipient],
    addresses: dict[Recipient, list[_OnFile]],
    now: datetime,
    practice: Practice | None,
) -> dict[Recipient, str]:
    """Who hears nothing wherever it is sent: contacts without the right today, and children told through others."""
    contacts = {one.contact_id: one for one in wanted if one.contact_id}
    shut = contacts_closed(contacts, now, right="may_receive", practice=practice) if contacts else {}
    found = {contacts[pk]: reach.MAY_NOT_RECEIVE for pk in shut}
    young = _told_through_others(wanted, addresses, now, practice)
    return found | {one: reach.TOLD_THROUGH_OTHERS for one in wanted if one in young}


def _told_through_others(
    wanted: list[Recipient],
    addresses: dict[Recipient, list[_OnFile]],
    now: datetime,
    practice: Practice | None,
) -> set[Recipient]:
    """Clients too young to be told themselves, where a guardian may receive. Queries only where there are any."""
    on_file = {one: addresses[one][0] for one in wanted if one.contact_id is None and addresses[one]}
    if not any(row.client__birth_on for row in on_file.values()):
        return set()
    practice = practice or the_practice()
    young = {
        one.client_id: one
        for one, row in on_file.items()
        if is_told_through_guardians(row.client__birth_on, today=row.today(now, practice), ages=practice.ages)
    }
    if not young:
        return set()
    guardians = ClientContact.objects.filter(client__in=young, relationship__in=BRING_UP)
    of_client = dict(guardians.values_list("pk", "client_id"))
    shut = contacts_closed(of_client, now, right="may_receive", practice=practice)
    return {young[client_id] for pk, client_id in of_client.items() if pk not in shut}


def is_suppressed(channel: str, address: str, *, reason: str = "") -> bool:
    """For any reason, or for this one."""
    live = Suppression.objects.filter(channel=channel, address=address, lifted_at__isnull=True)
    return (live.filter(reason=reason) if reason else live).exists()


def language_of_clients(client_ids: Collection[int]) -> str:
    """The one they all read; English where they differ or nobody is known."""
    spoken = set(Client.objects.filter(pk__in=client_ids).values_list("language", flat=True))
    return language_of(spoken.pop()) if len(spoken) == 1 else "en"


def refusal_for(message: Message, now: datetime) -> str:
    """Why this message's address may not be used at this moment; empty when it may."""
    return refusals_for([message], now).get(message.pk, "")


def refusals_for(
    messages: Collection[Message], now: datetime, *, practice: Practice | None = None
) -> dict[int, str]:
    """{message: why its address may not be used at this moment}; without those that may go. As many queries for one."""
    addressed = [message for message in messages if message.channel != Channel.PORTAL]
    asked = [m for m in addressed if m.klass not in reach.NEED_NO_CONSENT and m.client_id is not None]
    standings = address_standings({_recipient(m) for m in asked}, now, practice=practice) if asked else {}
    refusals = {
        (one, standing.channel, standing.address): standing.refusal
        for one, of_theirs in standings.items()
        for standing in of_theirs
    }
    found = {m.pk: refusals.get((_recipient(m), m.channel, m.address), reach.OFF_FILE) for m in asked}
    others = [message for message in addressed if message.pk not in found]
    closed = _suppressed({message.address for message in others}) if others else set()
    found |= {m.pk: reach.SUPPRESSED for m in others if (m.channel, m.address) in closed}
    return {pk: refusal for pk, refusal in found.items() if refusal}


def _recipient(message: Message) -> Recipient:
    return Recipient(message.client_id or 0, message.contact_id)


def zone_of(client: Client | None, practice: Practice | None = None) -> ZoneInfo:
    """The recipient's own zone, or the practice's."""
    return ZoneInfo(client.zone) if client and client.zone else (practice or the_practice()).tz


def window_of(message: Message, practice: Practice | None = None) -> Window | None:
    """None for what may go at any moment. The portal makes no noise, so it never waits."""
    if message.channel == Channel.PORTAL:
        return None
    practice, client = practice or the_practice(), message.client
    return window_for(
        message.klass,
        opens=practice.window_opens_at,
        closes=practice.window_closes_at,
        weekends=practice.window_weekends,
        contact_from=client.contact_from if client else None,
        contact_until=client.contact_until if client else None,
    )


def the_policy() -> SendingPolicy:
    """The one row, or the defaults."""
    return SendingPolicy.objects.filter(pk=1).first() or SendingPolicy()


def pilot_providers() -> frozenset[int]:
    """Whose visits reminders are limited to; empty for everybody's."""
    return frozenset(SendingPolicy.pilot_providers.through.objects.values_list("provider_id", flat=True))


def owners_of(address: str) -> list[Recipient]:
    """Every client and contact with this address on file, clients first, in id order."""
    rows = Address.objects.filter(value=address).values_list("client_id", "contact_id", "contact__client_id")
    owners = {Recipient(client or of_contact, contact) for client, contact, of_contact in rows}
    return sorted(owners, key=lambda one: (one.contact_id is not None, one.client_id, one.contact_id or 0))


def codes_on(addresses: Collection[str]) -> dict[str, dict[int, str]]:
    """{address: {client: code}} of those that several clients share. One query however many."""
    people: dict[str, set[int]] = defaultdict(set)
    rows = Address.objects.filter(value__in=addresses)
    for value, client, of_contact in rows.values_list("value", "client_id", "contact__client_id"):
        people[value].add(client or of_contact)
    return {value: codes for value, clients in people.items() if (codes := codes_for(clients))}


def clients_among(owners: Iterable[Recipient]) -> set[int]:
    return {owner.client_id for owner in owners}


def unanswered(
    client_ids: Collection[int], channels: Collection[str]
) -> Iterable[tuple[Recipient, str, str]]:
    """(whose, channel, address) on file with no line of consent either way, on addresses that are not closed.

    Of the clients and of their contacts who may receive. Four queries however many.
    """
    ids = list(client_ids)
    of_contact = Q(contact__client__in=ids, contact__may_receive=True, contact__never_contact=False)
    rows = Address.objects.filter(Q(client__in=ids) | of_contact).order_by("pk")
    found = [
        (Recipient(client or of, contact), CHANNEL_OF[AddressKind(kind)], value)
        for client, contact, of, kind, value in rows.values_list(
            "client_id", "contact_id", "contact__client_id", "kind", "value"
        )
    ]
    answered = {
        (Recipient(client, contact), channel, value)
        for client, contact, channel, value in Consent.objects.filter(client__in=ids).values_list(
            "client_id", "contact_id", "channel", "address"
        )
    }
    closed = _suppressed({value for _, _, value in found})
    return [
        one for one in found if one[1] in channels and one not in answered and (one[1], one[2]) not in closed
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One address on one channel, whose it is and how it stands; `contact` empty for the client's own."""

    address_id: int
    contact: str
    channel: str
    value: str
    is_safe: bool
    is_ready: bool
    refusal: str

    @property
    def key(self) -> str:
        return f"{self.address_id}:{self.channel}"


def places_of(client: Client, now: datetime, practice: Practice) -> list[Place]:
    """Every address of the client, then of each contact, the preferred first."""
    people: list[ClientContact | None] = [None, *client.contacts.order_by("pk")]
    names = {Recipient(client.pk, one.pk if one else None): one.name if one else "" for one in people}
    standings = address_standings(names, now, practice=practice)
    addresses = {
        (row.contact_id, row.value): row
        for row in Address.objects.filter(Q(client=client) | Q(contact__client=client))
    }
    ready = channels_set_up()
    return [
        Place(
            address_id=addresses[one.contact_id, standing.address].pk,
            contact=name,
            channel=standing.channel,
            value=standing.address,
            is_safe=_is_safe(addresses[one.contact_id, standing.address], standing.channel),
            is_ready=standing.channel in ready,
            refusal=standing.refusal,
        )
        for one, name in names.items()
        for standing in standings[one]
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """A line of the history and who wrote it down, by name where it was somebody of the practice."""

    line: Consent
    by: str


def consent_history(client: Client) -> list[Answered]:
    """The newest first, contacts' included. Two queries."""
    lines = list(client.consents.select_related("contact"))
    users = User.objects.in_bulk({line.by_id for line in lines if line.by_kind == ActorKind.USER})
    return [Answered(line=line, by=_by(line, users)) for line in lines]


def _by(line: Consent, users: dict[int, User]) -> str:
    if line.by_kind == ActorKind.USER:
        return users[line.by_id].name if line.by_id in users else "Somebody who has left"
    return {ActorKind.CLIENT: "The client", ActorKind.CONTACT: "A contact"}.get(ActorKind(line.by_kind), "")
