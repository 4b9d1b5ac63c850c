"""Is a new client in a file somebody already known? Not refused: two people may share a phone, or a name. Noted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence

from practice.importing.kinds import Importing
from practice.importing.writing import Item
from practice.models import Address, Client
from practice.states import AddressKind

SAME_PERSON = "Same last name and birth date as client {}. If that is one person, keep one record number."
SAME_PHONE = "Same phone as client {}. Make sure they are two people."

Holders = Mapping[Hashable, Sequence[str]]


def note_doubles(importing: Importing, items: Sequence[Item[Client]]) -> None:
    """Three queries for a batch that has been written, its own lines among those looked at."""
    new = [item for item in items if item.is_new]
    if not new:
        return
    lines = {item.subject.record_number: item.row.line for item in new}
    born, phones = _by_birth(new), _by_phone(new)
    for item in new:
        whole = (item.subject.last_name.casefold(), item.subject.birth_on)
        twin = _other(item, born.get(whole, ()), lines)
        if twin:
            importing.note(item.row.line, "birth_on", SAME_PERSON.format(twin))
            continue
        for column in ("phone", "phone_2"):
            number = item.row.get(column)
            if number and (twin := _other(item, phones.get(number, ()), lines)):
                importing.note(item.row.line, column, SAME_PHONE.format(twin))


def _by_birth(new: Iterable[Item[Client]]) -> Holders:
    births = {item.subject.birth_on for item in new if item.subject.birth_on}
    found: dict[Hashable, list[str]] = defaultdict(list)
    rows = Client.objects.filter(birth_on__in=births).order_by("pk")
    for number, last_name, birth_on in rows.values_list("record_number", "last_name", "birth_on"):
        found[last_name.casefold(), birth_on].append(number)
    return found


def _by_phone(new: Iterable[Item[Client]]) -> Holders:
    numbers = {item.row.get(column) for item in new for column in ("phone", "phone_2")} - {None, ""}
    found: dict[Hashable, list[str]] = defaultdict(list)
    # Two look-ups, no join: in the middle of a long import the planner knows nothing of the rows it has brought.
    rows = Address.objects.filter(kind=AddressKind.PHONE, value__in=numbers, client__isnull=False)
    holders = list(rows.order_by("client_id").values_list("value", "client_id"))
    known = dict(Client.objects.filter(pk__in={pk for _, pk in holders}).values_list("pk", "record_number"))
    for value, pk in holders:
        found[value].append(known[pk])
    return found


def _other(item: Item[Client], holders: Sequence[str], lines: Mapping[str, int]) -> str:
    """The first holder who is not this client, nor one of a later line: that line will say it itself."""
    own = item.subject.record_number
    earlier = (number for number in holders if number != own and lines.get(number, 0) < item.row.line)
    return next(earlier, "")
