"""The phones and mailboxes on the page: who holds them, what stands on them. Only of people the reader may see."""

import datetime as dt
import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

import phonenumbers
from django.db.models import F, Max, Q, QuerySet

from core.actors import Actor
from messaging.models import Consent, RehearsalMessage, RehearsalTrouble
from messaging.models.rehearsal import Direction, RehearsalKind
from messaging.rehearsal import calling, letters
from practice.models import Address, Client, Practice
from practice.queries import the_practice
from practice.querysets import SEES_EVERYBODY
from practice.states import AddressKind, Channel

AT_MOST, BUBBLES, LEDGER = 3, 30, 12
KINDS = {AddressKind.PHONE: RehearsalKind.SMS, AddressKind.EMAIL: RehearsalKind.EMAIL}
ON_DEVICE = {
    RehearsalKind.SMS: (RehearsalKind.SMS, RehearsalKind.VOICE),
    RehearsalKind.EMAIL: (RehearsalKind.EMAIL,),
}
GOOD, BAD = {"delivered", "received", "completed"}, {"undelivered", "failed", "busy", "no-answer"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Bubble:
    text: str
    subject_line: str
    is_mine: bool
    when: str
    status: str
    segments: int
    tone: str
    kind: str = RehearsalKind.SMS
    sid: str = ""
    links: Sequence[tuple[str, str]] = ()
    calendar: str = ""
    has_html: bool = False
    is_ringing: bool = False
    is_talking: bool = False


@dataclass(slots=True, kw_only=True)
class Device:
    """`key` is safe in markup; the address itself appears only as text and in form bodies."""

    key: str
    kind: str
    address: str
    owner: str
    shown_address: str
    facts: list[str] = field(default_factory=list)
    bubbles: list[Bubble] = field(default_factory=list)
    trouble: str = ""

    @property
    def is_phone(self) -> bool:
        return self.kind == RehearsalKind.SMS


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    at: dt.datetime  # aware UTC
    when: str
    what: str
    address: str
    status: str
    tone: str


def may_read(actor: Actor, address: str) -> bool:
    """An address of somebody the actor may not see is closed; one that belongs to nobody is open."""
    return address not in _hidden(actor, [address])


def of_client(client: Client) -> list[Device]:
    owned = Q(client=client) | Q(contact__client=client)
    rows = Address.objects.filter(owned).select_related("client", "contact")
    rows = rows.order_by(F("contact").asc(nulls_first=True), "-kind", "pk")  # phones before mailboxes
    return _filled([_device(KINDS[AddressKind(row.kind)], row.value, [row]) for row in rows])


def at_address(actor: Actor, address: str) -> list[Device]:
    if not may_read(actor, address):
        return []
    kind = RehearsalKind.EMAIL if "@" in address else RehearsalKind.SMS
    return _with_owners(actor, [(kind, address)])


def latest(actor: Actor) -> list[Device]:
    """The addresses something happened at last."""
    rows = _readable(actor).values_list("kind", "client_address").annotate(last=Max("pk")).order_by("-last")
    seen = [(_device_of(kind), address) for kind, address, _ in rows[: 2 * AT_MOST]]
    return _with_owners(actor, list(dict.fromkeys(seen))[:AT_MOST])


def _device_of(kind: str) -> str:
    """Texts and calls of one number are on one phone."""
    return RehearsalKind.EMAIL if kind == RehearsalKind.EMAIL else RehearsalKind.SMS


def ledger(actor: Actor) -> list[Line]:
    rows = _readable(actor).order_by("-pk")[:LEDGER]
    zone = the_practice().tz
    return [
        Line(
            at=row.created_at,
            when=f"{row.created_at.astimezone(zone):%H:%M:%S}",
            what=_what(row),
            address=_shown(row.client_address),
            status=f"{row.error_code} {row.status}" if row.error_code else row.status,
            tone=_tone(row.status),
        )
        for row in rows
    ]


def version(devices: Iterable[Device], lines: Sequence[Line]) -> str:
    """Changes whenever anything shown changes."""
    facts = [
        [
            d.key,
            d.facts,
            d.trouble,
            [(b.when, b.text, b.status, b.is_ringing, b.is_talking) for b in d.bubbles],
        ]
        for d in devices
    ]
    return hashlib.sha256(repr([facts, [(line.at, line.status) for line in lines]]).encode()).hexdigest()[:16]


def find_clients(actor: Actor, words: str) -> list[Client]:
    return (
        list(Client.objects.visible_to(actor).matching(words).order_by("last_name", "first_name")[:8])
        if words
        else []
    )


def client_by(actor: Actor, public_id: UUID) -> Client | None:
    return Client.objects.visible_to(actor).filter(public_id=public_id).first()


def _readable(actor: Actor) -> QuerySet[RehearsalMessage]:
    rows = RehearsalMessage.objects.all()
    if actor.roles & SEES_EVERYBODY:
        return rows
    own = _own(actor).values("value")
    return rows.filter(Q(client_address__in=own) | ~Q(client_address__in=Address.objects.values("value")))


def _own(actor: Actor) -> QuerySet[Address]:
    clients = Client.objects.visible_to(actor).values("pk")
    return Address.objects.filter(Q(client__in=clients) | Q(contact__client__in=clients))


def _hidden(actor: Actor, addresses: list[str]) -> set[str]:
    if actor.roles & SEES_EVERYBODY:
        return set()
    known = set(Address.objects.filter(value__in=addresses).values_list("value", flat=True))
    return known - set(_own(actor).filter(value__in=addresses).values_list("value", flat=True))


def _with_owners(actor: Actor, wanted: list[tuple[str, str]]) -> list[Device]:
    owners = defaultdict(list)
    rows = _own(actor).filter(value__in=[address for _, address in wanted])
    for row in rows.select_related("client", "contact").order_by("pk"):
        owners[row.value].append(row)
    return _filled([_device(kind, address, owners[address]) for kind, address in wanted])


def _device(kind: str, address: str, owners: list[Address]) -> Device:
    return Device(
        key=hashlib.sha256(f"{kind} {address}".encode()).hexdigest()[:12],
        kind=kind,
        address=address,
        owner=", ".join(dict.fromkeys(str(row.client or row.contact) for row in owners)) or "Nobody we know",
        shown_address=_shown(address),
        facts=[row.label for row in owners[:1] if row.label],
    )


def _filled(devices: list[Device]) -> list[Device]:
    practice = the_practice()
    consents = _consents([device.address for device in devices])
    troubles = dict(RehearsalTrouble.objects.values_list("address", "kind"))
    for device in devices:
        device.trouble = troubles.get(device.address, "")
        rows = RehearsalMessage.objects.filter(
            kind__in=ON_DEVICE[RehearsalKind(device.kind)], client_address=device.address
        ).order_by("-pk")
        device.bubbles = [_bubble(row, practice) for row in reversed(rows[:BUBBLES])]
        if (agreed := consents.get((device.kind, device.address))) is not None:
            device.facts.append("consent yes" if agreed else "consent no")
    return devices


def _consents(addresses: list[str]) -> dict[tuple[str, str], bool]:
    rows = Consent.objects.filter(address__in=addresses, channel__in=[Channel.SMS, Channel.EMAIL])
    return {(row.channel, row.address): row.granted for row in rows.order_by("at", "pk")}


def _bubble(row: RehearsalMessage, practice: Practice) -> Bubble:
    return Bubble(
        text=row.body,
        subject_line=row.subject_line,
        is_mine=row.direction == Direction.IN,
        when=_said(row.created_at, practice),
        status=f"{row.status} ({row.error_code})" if row.error_code else row.status,
        segments=row.segments,
        tone=_tone(row.status),
        kind=row.kind,
        sid=row.sid,
        links=letters.links_in(row.html),
        calendar=letters.calendar_line(row.calendar),
        has_html=bool(row.html),
        is_ringing=row.kind == RehearsalKind.VOICE and row.status in ("queued", "ringing"),
        is_talking=row.kind == RehearsalKind.VOICE and row.status == calling.TAKEN,
    )


def _said(at: dt.datetime, practice: Practice) -> str:
    local = at.astimezone(practice.tz)
    half = "am" if local.hour < 12 else "pm"
    clock = f"{local:%H:%M}" if practice.clock_24h else f"{local.hour % 12 or 12}:{local:%M} {half}"
    return f"{local:%b} {local.day}, {clock}"


def _what(row: RehearsalMessage) -> str:
    word = {RehearsalKind.EMAIL: "mail", RehearsalKind.VOICE: "call"}.get(RehearsalKind(row.kind), "text")
    return f"{word} ←" if row.direction == Direction.IN else f"{word} →"


def _tone(status: str) -> str:
    return "ok" if status in GOOD else "bad" if status in BAD else ""


def _shown(address: str) -> str:
    try:
        number = phonenumbers.parse(address)
    except phonenumbers.NumberParseException:
        return address
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)
