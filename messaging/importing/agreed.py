"""Consent beside the people: columns of clients.csv, and what the practice attests for everybody in a file."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from core.refusals import Refusal
from core.sheets import cells
from core.sheets.cells import Style
from core.sheets.columns import Column, Row
from messaging.importing.reading import LATER, counts_from, source, told
from messaging.models import Consent
from messaging.operations.bringing import bring_consents, tell
from messaging.operations.consent import attest_consents
from practice.importing.kinds import Importing, Pairs, add_columns
from practice.models import Address, Client, ClientContact
from practice.states import Channel

WORDING = "Consent recorded before the move to this system; brought over from the former records."
NOT_SAFE = (
    "The file does not say which of these are {}: none was marked so, and nothing is sent until they are."
)
CHANNELS = (Channel.SMS, Channel.EMAIL)
Whose = tuple[int, int | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two columns that say when, and how, consent to one channel was given for the address in a third."""

    on: str
    source: str
    channel: str
    address: str
    safe: str


TEXT = Pair(
    on="text_consent_on",
    source="text_consent_source",
    channel=Channel.SMS,
    address="phone",
    safe="safe_to_text",
)
MAIL = Pair(
    on="email_consent_on",
    source="email_consent_source",
    channel=Channel.EMAIL,
    address="email",
    safe="safe_to_email",
)


def columns(style: Style) -> list[Column]:
    text, mail = "consent to texts at phone", "consent to email at email"
    return [
        Column(name=TEXT.on, reads=cells.date(style), empty=None, says=f"day of {text}"),
        Column(name=TEXT.source, reads=source, says=f"how {text} was given"),
        Column(name=MAIL.on, reads=cells.date(style), empty=None, says=f"day of {mail}"),
        Column(name=MAIL.source, reads=source, says=f"how {mail} was given"),
    ]


def wrong(importing: Importing, row: Row) -> list[tuple[str, str]]:
    today = importing.now.astimezone(importing.style.zone).date()
    return [reason for pair in (TEXT, MAIL) for reason in _wrong(pair, row, today)]


def _wrong(pair: Pair, row: Row, today: dt.date) -> Iterator[tuple[str, str]]:
    on, how = row.get(pair.on), row.get(pair.source)
    if bool(on) != bool(how):
        yield pair.source if on else pair.on, "Consent needs both its day and its source."
    if on and on > today:
        yield pair.on, LATER
    if on and not row.get(pair.address):
        yield pair.on, f"There is no {pair.address} in this line that the consent could be for."


def load(importing: Importing, pairs: Pairs) -> None:
    """What the columns say first; then what is attested, for addresses still without any line."""
    clients = [(row, client) for row, client in pairs if isinstance(client, Client)]
    said = _lines(importing, clients)
    known = {client.pk: client for _, client in clients}
    bring_consents(said, known, by=importing.by, now=importing.now, change=importing.change)
    told(importing).update(line.client_id for line in said)
    if said:
        _note_unsafe(importing, clients[0][0])
    attest(importing, pairs)


def _lines(importing: Importing, clients: Sequence[tuple[Row, Client]]) -> list[Consent]:
    stands = _days_agreed(importing, [client.pk for _, client in clients])
    lines: list[Consent] = []
    for row, client in clients:
        for pair in (TEXT, MAIL):
            on = row.get(pair.on)
            if on and (client.pk, pair.channel, row[pair.address], on) not in stands:
                facts = {"client": client, "channel": pair.channel, "address": row[pair.address]}
                lines.append(_line(importing, on, row[pair.source], facts))
    return lines


def _line(importing: Importing, on: dt.date, how: str, facts: dict[str, Any]) -> Consent:
    at = counts_from(on, importing, granted=True)
    by = {"by_kind": importing.by.kind, "by_id": importing.by.id}
    return Consent(granted=True, wording=WORDING, source=how, at=at, **facts, **by)


def _days_agreed(importing: Importing, client_ids: list[int]) -> set[tuple[int, str, str, dt.date]]:
    """(client, channel, address, day) of every yes on record: a file imported again adds nothing."""
    rows = Consent.objects.filter(client__in=client_ids, contact__isnull=True, granted=True)
    return {
        (client, channel, address, at.astimezone(importing.style.zone).date())
        for client, channel, address, at in rows.values_list("client_id", "channel", "address", "at")
    }


def attest(importing: Importing, pairs: Pairs) -> None:
    """The practice's word for every address of these lines. It makes none of them safe to use."""
    if importing.attested is None:
        return
    given = _given(importing, importing.attested.on)
    only = {(whose, value) for row, subject in pairs for whose, value in _reach(row, subject)}
    clients = {client for (client, _), _ in only}
    lines = attest_consents(
        clients, channels=CHANNELS, wording=importing.attested.wording, given_at=given, by=importing.by,
        change=importing.change, now=importing.now, only=only, is_told=False,
    )  # fmt: skip
    if lines:
        told(importing).update(clients)
    _note_unsafe(importing, pairs[0][0])


def _given(importing: Importing, on: dt.date) -> dt.datetime:
    try:
        return counts_from(on, importing, granted=True)
    except ValueError:
        raise Refusal("Nobody can have agreed on a day that has not come yet.", field="attested_on") from None


def _reach(row: Row, subject: Any) -> Iterator[tuple[Whose, str]]:
    """Whose, and which address of this line."""
    if isinstance(subject, Address):
        of = subject.contact.client_id if subject.contact else subject.client_id
        yield (of or 0, subject.contact_id), subject.value
        return
    whose: Whose = (subject.pk, None)
    if isinstance(subject, ClientContact):
        whose = (subject.client_id, subject.pk)
    for column in ("phone", "phone_2", "email"):
        if value := row.get(column):
            yield whose, value


def _note_unsafe(importing: Importing, row: Row) -> None:
    """Consent alone opens nothing; said once for the file."""
    for pair, words in ((TEXT, "safe to text"), (MAIL, "safe to email")):
        if (row.has(pair.address) or row.has("value")) and not row.has(pair.safe):
            importing.note(1, pair.safe, NOT_SAFE.format(words))


def finish(importing: Importing) -> None:
    tell(told(importing), importing.now)


def no_columns(style: Style) -> list[Column]:
    return []


add_columns("clients", columns=columns, load=load, wrong=wrong, finish=finish, attests=True)
for kind in ("contacts", "addresses"):
    add_columns(kind, columns=no_columns, load=attest, finish=finish, attests=True)
