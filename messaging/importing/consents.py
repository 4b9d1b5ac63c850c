"""The whole history of consent, one line a row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models.functions import Length

from core.actors import ActorKind
from core.sheets import cells
from core.sheets.cells import Style
from core.sheets.columns import Column, Row
from messaging.importing.agreed import WORDING
from messaging.importing.reading import address_for, channel, counts_from, moment_or_day, source, told
from messaging.models import Consent
from messaging.operations.bringing import bring_consents, tell
from practice.importing import kinds
from practice.importing.contacts import client_column
from practice.importing.finding import Contacts, clients_of
from practice.importing.kinds import Kind, register
from practice.models import Client

CHUNK = 2000
MOST_OF_AN_ID = 999_999_999_999
Key = tuple[int, int | None, str, str, datetime, bool]


def columns(style: Style) -> list[Column]:
    return [
        client_column(),
        Column(name="contact", reads=cells.text(120), says="the contact's name; empty for the client's own"),
        Column(name="channel", reads=channel, required=True),
        Column(name="address", reads=cells.text(254), required=True, says="phone number or email"),
        Column(name="granted", reads=cells.yes_no, required=True, also=("consent", "agreed")),
        Column(name="wording", reads=cells.text(300), also=("text", "statement")),
        Column(name="source", reads=source, required=True),
        Column(
            name="at", reads=moment_or_day(style), required=True, also=("date", "given_on", "consent_date")
        ),
        Column(name="by_kind", reads=cells.choice({kind.value: kind.value for kind in ActorKind})),
        Column(
            name="by_id",
            reads=cells.whole(0, MOST_OF_AN_ID),
            empty=None,
            says="who wrote it down, by their number in the system the file is from",
        ),
    ]


CONSENTS = tuple(column.name for column in columns(Style(zone=cells.UTC)))


class Loader(kinds.Loader):
    """A line that stands is not written twice."""

    def take(self, rows: Sequence[Row]) -> None:
        found = clients_of(self.importing, rows)
        clients = {client.pk: client for _, client in found}
        contacts, stands = Contacts(clients.keys()), _stands(clients)
        lines: list[Consent] = []
        report = self.importing.report
        for row, client in found:
            line = self._line(row, client, contacts)
            if line is None:
                continue
            if _key(line) in stands:
                report.unchanged += 1
                continue
            stands.add(_key(line))
            lines.append(line)
        importing = self.importing
        bring_consents(lines, clients, by=importing.by, now=importing.now, change=importing.change)
        report.added += len(lines)
        told(importing).update(line.client_id for line in lines)

    def finish(self) -> None:
        tell(told(self.importing), self.importing.now)

    def _line(self, row: Row, client: Client, contacts: Contacts) -> Consent | None:
        column = "contact"
        try:
            contact = contacts.need(client, row.get("contact", ""))
            column = "address"
            address = address_for(row["channel"], row["address"])
            column = "at"
            at = counts_from(row["at"], self.importing, granted=row["granted"])
        except ValueError as error:
            self.importing.refuse(row, column, str(error))
            return None
        facts = {name: row[name] for name in ("channel", "granted", "source")}
        wording = row.get("wording", WORDING)
        return Consent(
            client=client, contact=contact, address=address, at=at, wording=wording, **facts, **self._by(row)
        )

    def _by(self, row: Row) -> dict[str, Any]:
        """An id of another system is kept below zero, so that nobody here is named for what they did not do."""
        if not row.get("by_kind"):
            return {"by_kind": self.importing.by.kind, "by_id": self.importing.by.id}
        number = row.get("by_id")
        return {"by_kind": row["by_kind"], "by_id": None if number is None else -number}


def _stands(clients: Mapping[int, Client]) -> set[Key]:
    names = ("client_id", "contact_id", "channel", "address", "at", "granted")
    return set(Consent.objects.filter(client__in=clients).values_list(*names))


def _key(line: Consent) -> Key:
    return line.client_id, line.contact_id, line.channel, line.address, line.at, line.granted


def consent_rows(style: Style) -> Iterator[Mapping[str, Any]]:
    """By client, the oldest first."""
    found = Consent.objects.select_related("client", "contact").defer("contact__custody_note")
    ordered = found.order_by(Length("client__record_number"), "client__record_number", "at", "pk")
    for line in ordered.iterator(chunk_size=CHUNK):
        yield {name: getattr(line, name) for name in CONSENTS} | {
            "client": line.client.record_number,
            "contact": line.contact.name if line.contact else "",
            "by_id": None if line.by_id is None else abs(line.by_id),
        }


register(
    Kind(
        name="consents",
        label="Consent",
        rank=80,
        says="Who agreed to what, for which address, when and how: the whole history.",
        columns=columns,
        loader=Loader,
        rows=consent_rows,
        exported=CONSENTS,
        stands=Consent.objects.count,
    )
)
