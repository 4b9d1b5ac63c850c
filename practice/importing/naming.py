"""People and places a row names, by number or name; read once per file, since there are few of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any

from core.sheets.columns import Row
from practice.importing import finding
from practice.importing.finding import plain_name
from practice.importing.kinds import Importing
from practice.models import Location, Provider, Room

NO_LOCATION = "There is no location of this name. Import locations first."
NO_ROOM = "There is no room of this name there. Import rooms first."
TWO_ROOMS = "Several locations have a room of this name. Write the location too."


class Providers(finding.Providers):
    """Also by public id, which exports write where two without a number share a name."""

    def __init__(self) -> None:
        super().__init__()
        self._public = {str(row.public_id): row for row in self.rows.values()}

    def find(self, text: str) -> Provider:
        return self._public.get(text) or super().find(text)

    def word(self, provider_id: int | None) -> str:
        """What `find` finds again."""
        if provider_id is None:
            return ""
        row = self.rows[provider_id]
        is_alone = len(self.by_name[plain_name(row.name)]) == 1
        return row.record_number or (row.name if is_alone else str(row.public_id))


class Places:
    """Locations by name; rooms by name within one, or anywhere while only one has that name."""

    def __init__(self) -> None:
        self.locations = {row.pk: row for row in Location.objects.all()}
        self.rooms = {row.pk: row for row in Room.objects.all()}
        self._locations = {row.name.casefold(): row for row in self.locations.values()}
        self._rooms = {(row.location_id, row.name.casefold()): row for row in self.rooms.values()}
        self._named: dict[str, list[Room]] = defaultdict(list)
        for row in self.rooms.values():
            self._named[row.name.casefold()].append(row)

    def location(self, cell: str) -> Location:
        """Raises ValueError."""
        try:
            return self._locations[cell.casefold()]
        except KeyError:
            raise ValueError(NO_LOCATION) from None

    def room(self, cell: str, location: Location | None) -> Room:
        """A room of that name elsewhere is found too, so that the rules can say so. Raises ValueError."""
        name = cell.casefold()
        if location and (location.pk, name) in self._rooms:
            return self._rooms[location.pk, name]
        found = self._named.get(name, [])
        if len(found) != 1:
            raise ValueError(TWO_ROOMS if found and location is None else NO_ROOM)
        return found[0]

    def location_word(self, location_id: int | None) -> str:
        return "" if location_id is None else self.locations[location_id].name

    def room_word(self, room_id: int | None) -> str:
        return "" if room_id is None else self.rooms[room_id].name


class Unknown(Exception):
    """A row named something that is not there; it was refused."""


def found(importing: Importing, row: Row, column: str, find: Callable[[str], Any]) -> Any:
    """What a column names, or None where it is empty. Refuses the row and raises Unknown."""
    cell = row.get(column)
    if not cell:
        return None
    try:
        return find(cell)
    except ValueError as error:
        importing.refuse(row, column, str(error))
        raise Unknown from None
