"""Whom a cell means: providers by record number or name, clients by record number, contacts by name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence

from core.sheets.columns import Row
from practice.importing.kinds import Importing
from practice.models import Client, ClientContact, Provider

NO_CLIENT = "There is no client with this record number. Import clients first."
NO_CONTACT = "This client has no contact of this name. Import contacts first."
TWO_CONTACTS = "This client has two contacts of this name. Tell their names apart first."


class Providers:
    """Looked up once and kept: for files that do not write providers themselves."""

    def __init__(self) -> None:
        self.rows = {row.pk: row for row in Provider.objects.select_related("supervisor").order_by("pk")}
        self.by_number: dict[str, Provider] = {}
        self.by_name: dict[str, list[Provider]] = defaultdict(list)
        for row in self.rows.values():
            if row.record_number:
                self.by_number[row.record_number] = row
            for name in _names(row):
                self.by_name[name].append(row)

    def find(self, text: str) -> Provider:
        """Raises ValueError, with words for the reader."""
        if text in self.by_number:
            return self.by_number[text]
        found = self.by_name.get(plain_name(text), [])
        if len(found) > 1:
            raise ValueError("Several providers have this name. Write a record number.")
        if not found:
            raise ValueError("There is no provider with this record number or name. Import providers first.")
        return found[0]


def _names(provider: Provider) -> set[str]:
    first, last = provider.first_name, provider.last_name
    return {plain_name(name) for name in (f"{first} {last}", f"{last}, {first}", provider.name)}


def plain_name(name: str) -> str:
    return " ".join(name.split()).casefold()


def reference(provider: Provider | None) -> str:
    """What `find` understands."""
    if provider is None:
        return ""
    return provider.record_number or f"{provider.first_name} {provider.last_name}"


class Seen:
    """Keys of the lines before. A batch may be taken again, so a line is not its own double."""

    def __init__(self) -> None:
        self.lines: dict[object, int] = {}

    def before(self, key: object, row: Row) -> int:
        """The earlier line with this key, or 0."""
        first = self.lines.setdefault(key, row.line)
        return first if first < row.line else 0


def locked_clients(numbers: Iterable[str]) -> dict[str, Client]:
    """By record number, locked in the order all acts lock clients in."""
    found = Client.objects.filter(record_number__in=set(numbers)).order_by("pk")
    return {client.record_number: client for client in found.select_for_update(no_key=True)}


def clients_of(importing: Importing, rows: Sequence[Row]) -> list[tuple[Row, Client]]:
    """Each row with its client; the others are refused."""
    clients = locked_clients(row["client"] for row in rows)
    for row in rows:
        if row["client"] not in clients:
            importing.refuse(row, "client", NO_CLIENT)
    return [(row, clients[row["client"]]) for row in rows if row["client"] in clients]


class Contacts:
    """The contacts of these clients, by name."""

    def __init__(self, client_ids: Collection[int]) -> None:
        self.found: dict[tuple[int, str], list[ClientContact]] = defaultdict(list)
        self.by_id: dict[int, ClientContact] = {}
        for contact in ClientContact.objects.filter(client__in=client_ids).order_by("pk"):
            self.by_id[contact.pk] = contact
            self.found[contact.client_id, plain_name(contact.name)].append(contact)

    def find(self, client: Client, name: str) -> ClientContact | None:
        """Raises ValueError when there are two."""
        found = self.found.get((client.pk, plain_name(name)), [])
        if len(found) > 1:
            raise ValueError(TWO_CONTACTS)
        return found[0] if found else None

    def need(self, client: Client, name: str) -> ClientContact | None:
        """None for an empty name: the client's own. Raises ValueError."""
        if not name:
            return None
        contact = self.find(client, name)
        if contact is None:
            raise ValueError(NO_CONTACT)
        return contact
