"""Clients by the thousand: their rows, those who answer for them, addresses and what they agreed to."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field

import phonenumbers

from config.demo.chance import Chance
from config.demo.large.copying import Table, step_over
from config.demo.large.habits import Habit
from config.demo.large.hours import GROUP, MEDICATION
from config.demo.large.places import Clinic, monday_of
from config.demo.large.spells import Care
from config.demo.names import FIRST, INSURERS, LAST, PRONOUNS
from config.demo.people import FIRST_NUMBER, WORDING
from messaging.models import Consent, Suppression
from messaging.states import ConsentSource
from practice.models import Address, CareTeam, Client, ClientContact, Provider
from practice.states import AddressKind, Channel, ClientStatus, Relationship

OWN_AREA = 202
TONGUES = ("en",) * 85 + ("es",) * 9 + ("zh", "zh", "ar", "fr", "hi", "pt")
MINOR_SHARE, ADULT = 0.1, 18
LEFT_WEEKS = 8  # out of care for as long: no longer active


@dataclass(slots=True)
class Person:
    """A client before they are rows. id: of the row. first, last: numbers of the weeks in care, 0 for never."""

    id: int
    first_name: str
    last_name: str
    is_minor: bool
    habit: Habit
    first: int = 0
    last: int = 0
    primary: Provider | None = None
    team: dict[int, None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """One owner's phone and email. contact: None when it is the client's own."""

    client: int
    contact: int | None
    phone: str
    email: str


def make_people(
    chance: Chance, clinic: Clinic, care: Care, *, clients: int, now: dt.datetime, week: int, desk: int
) -> list[Person]:
    people = list(_persons(chance, clients))
    _follow(people, care)
    _couples_share_a_name(people, care)
    _write_clients(chance, people, now, week)
    guardians = _write_guardians(chance, people)
    reaches = list(_reaches(chance, people, guardians))
    _write_addresses(chance, reaches, now)
    _write_consents(chance, reaches, now, desk)
    Table(CareTeam, "provider_id", "client_id").copy((pk, one.id) for one in people for pk in one.team)
    return people


def _persons(chance: Chance, clients: int) -> Iterator[Person]:
    """A few miss often, most seldom: a beta distribution with a mean near one in eight."""
    for n in range(clients):
        habit = Habit(
            misses=chance.betavariate(1.2, 8.4),
            cancels=chance.betavariate(1.5, 16),
            answers=chance.betavariate(3, 1.6),
        )
        yield Person(n + 1, chance.choice(FIRST), chance.choice(LAST), chance.odds(MINOR_SHARE), habit)


def _follow(people: list[Person], care: Care) -> None:
    """When each was in care and with whom. Whom they talk to last is their primary provider."""
    for spell in care.spells:
        provider, kind = spell.lane.slot.post.provider, spell.lane.slot.place.kind
        for n in spell.clients:
            one = people[n]
            one.first = min(one.first or spell.first, spell.first)
            one.last = max(one.last, spell.last)
            one.team[provider.pk] = None
            if one.primary is None or kind not in {MEDICATION, GROUP}:
                one.primary = provider


def _couples_share_a_name(people: list[Person], care: Care) -> None:
    for spell in care.spells:
        if len(spell.clients) == 2:
            one, other = (people[n] for n in spell.clients)
            other.last_name = one.last_name
            one.is_minor = other.is_minor = False


def _write_clients(chance: Chance, people: list[Person], now: dt.datetime, week: int) -> None:
    table = Table(
        Client, "id", "public_id", "record_number", "first_name", "last_name", "preferred_name", "pronouns",
        "birth_on", "region", "language", "needs_interpreter", "preferred_channel", "insurances",
        "accessibility_needs", "status", "primary_provider_id", "created_at",
    )  # fmt: skip
    table.copy(_client(chance, one, now, week) for one in people)
    step_over(Client, len(people))


def _client(chance: Chance, one: Person, now: dt.datetime, week: int) -> tuple:
    years = chance.randint(8, 16) if one.is_minor else chance.randint(19, 82)
    language = chance.choice(TONGUES)
    provider = one.primary
    return (
        one.id,
        chance.uuid(),
        FIRST_NUMBER + one.id - 1,
        one.first_name,
        one.last_name,
        chance.choice(FIRST) if chance.odds(0.08) else "",
        chance.choice(PRONOUNS),
        now.date() - dt.timedelta(days=365 * years + chance.randint(5, 360)),
        chance.choice(provider.licensed_regions) if provider else "NY",
        language,
        language != "en" and chance.odds(0.3),
        chance.choice((Channel.SMS, Channel.SMS, Channel.EMAIL, "")),
        [chance.choice(provider.insurances if provider else INSURERS)],
        "Step-free access" if chance.odds(0.04) else "",
        _status(chance, one, week),
        provider.pk if provider else None,
        _came_on(one, now),
    )


def _status(chance: Chance, one: Person, week: int) -> ClientStatus:
    if not one.first:
        return ClientStatus.WAITING if chance.odds(0.2) else ClientStatus.INACTIVE
    if one.last >= week - LEFT_WEEKS:
        return ClientStatus.ACTIVE
    return ClientStatus.INACTIVE if chance.odds(0.1) else ClientStatus.DISCHARGED


def _came_on(one: Person, now: dt.datetime) -> dt.datetime:
    """Some weeks before their first visit."""
    if not one.first:
        return now - dt.timedelta(days=60)
    on = monday_of(one.first) - dt.timedelta(weeks=4)
    return min(now - dt.timedelta(days=1), dt.datetime(on.year, on.month, on.day, 15, tzinfo=dt.UTC))


def _write_guardians(chance: Chance, people: list[Person]) -> list[tuple[int, Person, str]]:
    minors = [one for one in people if one.is_minor]
    made = [(n, one, f"{chance.choice(FIRST)} {one.last_name}") for n, one in enumerate(minors, start=1)]
    table = Table(
        ClientContact, "id", "client_id", "name", "relationship", "has_legal_authority", "may_receive",
        "may_confirm", "may_cancel", "may_see_past",
    )  # fmt: skip
    table.copy((n, one.id, name, Relationship.PARENT, *[True] * 5) for n, one, name in made)
    step_over(ClientContact, len(made))
    return made


def _reaches(
    chance: Chance, people: list[Person], guardians: list[tuple[int, Person, str]]
) -> Iterator[Reach]:
    """Every adult, and every minor's parent, has a phone of their own and an email; minors have none."""
    phones = fictional_numbers(chance, len(people))
    parents = {one.id: (n, name) for n, one, name in guardians}
    for one in people:
        contact, name = parents.get(one.id, (None, f"{one.first_name} {one.last_name}"))
        email = f"{name.replace(' ', '.').lower()}.{FIRST_NUMBER + one.id - 1}@example.org"
        yield Reach(client=one.id, contact=contact, phone=phones.pop(), email=email)


def fictional_numbers(chance: Chance, count: int) -> list[str]:
    """All different: +1 area 555 01xx, which is kept for fiction, beyond the practice's own area code.

    Only areas there are: an import refuses a number no phone can have, and this practice can be exported.
    """
    areas = [area for area in range(200, 1000) if area != OWN_AREA and _is_area(area)]
    return [f"+1{areas[n // 100]}55501{n % 100:02}" for n in chance.sample(range(100 * len(areas)), count)]


def _is_area(area: int) -> bool:
    number = phonenumbers.parse(f"+1{area}5550100")
    return phonenumbers.is_valid_number(number) and phonenumbers.region_code_for_number(number) == "US"


def _write_addresses(chance: Chance, reaches: list[Reach], now: dt.datetime) -> None:
    table = Table(
        Address, "client_id", "contact_id", "kind", "value", "label", "is_preferred", "safe_to_text",
        "safe_to_voicemail", "safe_to_email", "verified_at",
    )  # fmt: skip
    verified = now - dt.timedelta(days=200)
    table.copy(row for one in reaches for row in _addresses(chance, one, verified))


def _addresses(chance: Chance, one: Reach, verified: dt.datetime) -> Iterator[tuple]:
    owner = (one.client, None) if one.contact is None else (None, one.contact)
    texts, calls = chance.odds(0.93), chance.odds(0.7)
    yield (*owner, AddressKind.PHONE, one.phone, "Mobile", True, texts, calls, False, verified)
    yield (*owner, AddressKind.EMAIL, one.email, "", False, False, False, True, verified)


def _write_consents(chance: Chance, reaches: list[Reach], now: dt.datetime, desk: int) -> None:
    """Most agreed to both, some to email only, some to nothing, a few texted STOP later."""
    lines, stopped = [], []
    for one in reaches:
        dice = chance.random()
        at = now - dt.timedelta(days=chance.randint(80, 200), minutes=chance.randint(0, 400))
        channels = [Channel.SMS] * (dice < 0.78) + [Channel.EMAIL] * (dice < 0.9)
        lines += [_agreed(one, channel, at, desk) for channel in channels]
        if 0.74 <= dice < 0.78:
            at = now - dt.timedelta(days=chance.randint(3, 60))
            lines.append(_stopped(one, at))
            stopped.append((one.phone, at))
    table = Table(
        Consent, "client_id", "contact_id", "channel", "address", "granted", "wording", "source", "at",
        "by_kind", "by_id",
    )  # fmt: skip
    table.copy(lines)
    off = Table(Suppression, "channel", "address", "reason", "at")
    off.copy((c, phone, "opted_out", at) for phone, at in stopped for c in (Channel.SMS, Channel.VOICE))


def _agreed(one: Reach, channel: Channel, at: dt.datetime, desk: int) -> tuple:
    value, what = (one.phone, "number") if channel == Channel.SMS else (one.email, "address")
    words = WORDING.format(channel=what)
    return one.client, one.contact, channel, value, True, words, ConsentSource.FORM, at, "user", desk


def _stopped(one: Reach, at: dt.datetime) -> tuple:
    by = ("client", one.client) if one.contact is None else ("contact", one.contact)
    return (
        one.client, one.contact, Channel.SMS, one.phone, False, "Opted out by reply", ConsentSource.REPLY, at, *by,
    )  # fmt: skip
