"""Every phone and email, one a line: what does not fit into the columns of clients and contacts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.db.models import Case, F, When
from django.db.models.functions import Coalesce, Length

from core.sheets import cells
from core.sheets.cells import Style
from core.sheets.columns import Column, Row
from practice.importing import kinds
from practice.importing.contacts import client_column
from practice.importing.finding import Contacts, Seen, clients_of
from practice.importing.kinds import Importing, Kind, kind_named, register
from practice.importing.readers import phone
from practice.importing.writing import Batch
from practice.models import Address, Client, ClientContact
from practice.states import AddressKind

CHUNK = 1000
READERS: Mapping[str, cells.Reader] = {AddressKind.PHONE: phone, AddressKind.EMAIL: cells.email}
Key = tuple[int | None, int | None, str, str]


def own_columns(style: Style) -> list[Column]:
    return [
        Column(name="label", reads=cells.text(30)),
        Column(name="is_preferred", reads=cells.yes_no, empty=False, also=("preferred",)),
        Column(name="safe_to_text", reads=cells.yes_no, empty=False),
        Column(name="safe_to_voicemail", reads=cells.yes_no, empty=False),
        Column(name="safe_to_email", reads=cells.yes_no, empty=False),
        Column(name="verified_at", reads=cells.moment(style), empty=None),
    ]


def address_columns(style: Style) -> list[Column]:
    return [
        client_column(),
        Column(name="contact", reads=cells.text(120), says="the contact's name; empty for the client's own"),
        Column(
            name="kind",
            reads=cells.choice({label: value for value, label in AddressKind.choices}),
            required=True,
        ),
        Column(name="value", reads=cells.text(254), required=True, also=("address", "number")),
        *own_columns(style),
    ]


ADDRESSES = tuple(column.name for column in address_columns(Style(zone=cells.UTC)))
OWN = tuple(column.name for column in own_columns(Style(zone=cells.UTC)))


class Loader(kinds.Loader):
    def __init__(self, importing: Importing) -> None:
        super().__init__(importing)
        self.seen = Seen()

    def take(self, rows: Sequence[Row]) -> None:
        found = clients_of(self.importing, rows)
        ids = {client.pk for _, client in found}
        contacts = Contacts(ids)
        standing = _standing(ids, contacts.by_id)
        batch: Batch[Address] = Batch(self.importing, Address)
        for row, client in found:
            try:
                contact = contacts.need(client, row.get("contact", ""))
            except ValueError as error:
                self.importing.refuse(row, "contact", str(error))
                continue
            if address := self._address(row, client, contact, standing):
                values = {name: row[name] for name in OWN if row.has(name)}
                batch.keep(row, address, values)
        batch.write()
        self.importing.reached |= {_client_of(item.subject) for item in batch.items if item.fields}
        batch.tell()
        kind_named("addresses").extend(self.importing, [(item.row, item.subject) for item in batch.items])

    def _address(
        self, row: Row, client: Client, contact: ClientContact | None, standing: Mapping[Key, Address]
    ) -> Address | None:
        try:
            value = READERS[row["kind"]](row["value"])
        except ValueError as error:
            self.importing.refuse(row, "value", str(error))
            return None
        key = (None if contact else client.pk, contact.pk if contact else None, row["kind"], value)
        if first := self.seen.before(key, row):
            self.importing.refuse(row, "value", f"Line {first} has this address already.")
            return None
        return standing.get(key) or Address(
            client=None if contact else client, contact=contact, kind=row["kind"], value=value
        )


def _client_of(address: Address) -> int:
    return address.contact.client_id if address.contact else address.client_id  # type: ignore[return-value]  # one of both


def _standing(client_ids: set[int], contacts: Mapping[int, ClientContact]) -> dict[Key, Address]:
    """Without a join: in the middle of a long import the planner knows nothing of the rows it has brought."""
    found = [*Address.objects.filter(client__in=client_ids), *Address.objects.filter(contact__in=contacts)]
    for row in found:
        if row.contact_id:
            row.contact = contacts[row.contact_id]
    return {(row.client_id, row.contact_id, row.kind, row.value): row for row in found}


def address_rows(style: Style) -> Iterator[Mapping[str, Any]]:
    """By client, their own before their contacts', phones before email, the preferred first."""
    number = Coalesce("client__record_number", "contact__client__record_number")
    phones_first = Case(When(kind=AddressKind.PHONE, then=0), default=1)
    found = Address.objects.annotate(number=number).select_related("contact")
    ordered = found.order_by(
        Length("number"), "number", F("contact").asc(nulls_first=True), phones_first, "-is_preferred", "pk"
    )
    for address in ordered.iterator(chunk_size=CHUNK):
        yield {name: getattr(address, name) for name in (*OWN, "kind", "value")} | {
            "client": address.number,
            "contact": address.contact.name if address.contact else "",
        }


register(
    Kind(
        name="addresses",
        label="Phones and email",
        rank=75,
        says="Every number and email of clients and contacts, one a line.",
        columns=address_columns,
        loader=Loader,
        rows=address_rows,
        exported=ADDRESSES,
        stands=Address.objects.count,
    )
)
