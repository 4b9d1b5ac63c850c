"""Guardians, partners and relatives, by their client's record number and their own name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.db.models.functions import Length

from core.sheets import cells
from core.sheets.cells import Style
from core.sheets.columns import Column, Row
from practice.importing import kinds
from practice.importing.finding import Contacts, Seen, clients_of, plain_name
from practice.importing.kinds import Importing, Kind, kind_named, register
from practice.importing.reach import EMAIL, PHONE, email_columns, keep_reach, phone_columns, reach_of
from practice.importing.readers import language
from practice.importing.writing import Batch
from practice.models import Client, ClientContact
from practice.states import Relationship

CHUNK = 1000
SLOTS = (PHONE, EMAIL)
MOST_IN_A_NOTE = 9_000
CLIENT_ALSO = (
    "record_number",
    "client_record_number",
    "mrn",
    "chart_number",
    "client_id",
    "patient_id",
    "client_number",
)


def client_column() -> Column:
    return Column(
        name="client",
        reads=cells.text(20),
        required=True,
        says="the client's record number",
        also=CLIENT_ALSO,
    )


def own_columns(style: Style) -> list[Column]:
    return [
        Column(
            name="name",
            reads=cells.text(120),
            required=True,
            also=("contact", "contact_name", "full_name", "guardian", "guardian_name"),
        ),
        Column(
            name="relationship",
            reads=cells.choice({label: value for value, label in Relationship.choices}),
            empty=Relationship.OTHER.value,
            also=("relation", "relationship_to_client"),
        ),
        Column(
            name="has_legal_authority",
            reads=cells.yes_no,
            empty=False,
            also=("legal_authority", "is_guardian"),
        ),
        Column(name="may_receive", reads=cells.yes_no, empty=False, also=("may_receive_messages",)),
        Column(name="may_confirm", reads=cells.yes_no, empty=False),
        Column(name="may_cancel", reads=cells.yes_no, empty=False, also=("may_cancel_or_move",)),
        Column(name="may_see_past", reads=cells.yes_no, empty=False),
        Column(name="valid_from_on", reads=cells.date(style), empty=None, also=("valid_from",)),
        Column(name="valid_until_on", reads=cells.date(style), empty=None, also=("valid_until",)),
        Column(name="custody_note", reads=cells.text(MOST_IN_A_NOTE), also=("custody", "custody_notes")),
        Column(name="never_contact", reads=cells.yes_no, empty=False, also=("do_not_contact",)),
        Column(name="language", reads=language, empty="en", also=("preferred_language",)),
    ]


def contact_columns(style: Style) -> list[Column]:
    return [client_column(), *own_columns(style), *phone_columns(), *email_columns()]


CONTACTS = tuple(column.name for column in contact_columns(Style(zone=cells.UTC)))
OWN = tuple(column.name for column in own_columns(Style(zone=cells.UTC)))


class Loader(kinds.Loader):
    def __init__(self, importing: Importing) -> None:
        super().__init__(importing)
        self.seen = Seen()

    def take(self, rows: Sequence[Row]) -> None:
        found = clients_of(self.importing, rows)
        contacts = Contacts({client.pk for _, client in found})
        batch: Batch[ClientContact] = Batch(self.importing, ClientContact)
        for row, client in found:
            try:
                contact = contacts.find(client, row["name"]) or ClientContact(
                    client=client, name=row["name"], relationship=Relationship.OTHER
                )
            except ValueError as error:
                self.importing.refuse(row, "name", str(error))
                continue
            if reason := self._reason(row, client, contact):
                self.importing.refuse(row, *reason)
                continue
            batch.keep(row, contact, {name: row[name] for name in OWN if row.has(name)})
        batch.write()
        keep_reach(batch.items, SLOTS, "contact")
        self.importing.reached |= {item.subject.client_id for item in batch.items if item.fields}
        batch.tell()
        kind_named("contacts").extend(self.importing, [(item.row, item.subject) for item in batch.items])

    def _reason(self, row: Row, client: Client, contact: ClientContact) -> tuple[str, str] | None:
        if first := self.seen.before((client.record_number, plain_name(row["name"])), row):
            return "name", f"Line {first} has this contact already."
        begin, end = (row.get(name, getattr(contact, name)) for name in ("valid_from_on", "valid_until_on"))
        if begin and end and begin > end:
            return "valid_until_on", "The last day comes before the first."
        return None


def contact_rows(style: Style) -> Iterator[Mapping[str, Any]]:
    """A client's contacts in the order they were added, as an import keeps it."""
    found = ClientContact.objects.select_related("client").prefetch_related("addresses")
    ordered = found.order_by(Length("client__record_number"), "client__record_number", "pk")
    for contact in ordered.iterator(chunk_size=CHUNK):
        yield {name: getattr(contact, name) for name in OWN} | {
            "client": contact.client.record_number,
            **reach_of(contact, SLOTS),
        }


register(
    Kind(
        name="contacts",
        label="Contacts",
        rank=70,
        says="Guardians, partners and relatives of clients, with exactly what they may do.",
        columns=contact_columns,
        loader=Loader,
        rows=contact_rows,
        exported=CONTACTS,
        stands=ClientContact.objects.count,
    )
)
