"""Locations and rooms. Few rows, so they are written one by one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from core.sheets import cells
from core.sheets.cells import Style
from core.sheets.columns import Column, Row
from practice.importing import kinds
from practice.importing.kinds import Importing, Kind, register
from practice.importing.readers import phone, zone
from practice.importing.writing import keep
from practice.models import Location, Room


def location_columns(style: Style) -> list[Column]:
    return [
        Column(
            name="name",
            reads=cells.text(80),
            required=True,
            also=("location", "office"),
            says="what the place is called",
        ),
        Column(name="address", reads=cells.text(200), says="street and city, as clients read it"),
        Column(name="phone", reads=phone, says="like (202) 555-0117"),
        Column(name="zone", reads=zone, also=("time_zone", "timezone"), says="empty for the practice's own"),
        Column(
            name="opens_at",
            reads=cells.clock_time,
            empty=None,
            says="like 8:00; empty for the practice's own",
        ),
        Column(
            name="closes_at", reads=cells.clock_time, empty=None, says="like 6:00 pm; empty when the other is"
        ),
        Column(
            name="is_telehealth",
            reads=cells.yes_no,
            empty=False,
            also=("telehealth",),
            says="yes for visits by video",
        ),
        Column(
            name="is_active",
            reads=cells.yes_no,
            empty=True,
            also=("active",),
            says="no when it is no longer used",
        ),
    ]


class Locations(kinds.Loader):
    def take(self, rows: Sequence[Row]) -> None:
        for row in rows:
            if _hours_wrong(row.get("opens_at"), row.get("closes_at")):
                self.importing.refuse(
                    row, "closes_at", "Write both times, the second later; or leave both empty."
                )
            else:
                keep(self.importing, Location, {"name": row["name"]}, row.values)


def _hours_wrong(opens: dt.time | None, closes: dt.time | None) -> bool:
    return (opens is None) != (closes is None) or (
        opens is not None and closes is not None and opens >= closes
    )


def locations(style: Style) -> Iterator[Mapping[str, Any]]:
    yield from Location.objects.order_by("name").values(*LOCATIONS).iterator()


LOCATIONS = tuple(column.name for column in location_columns(Style(zone=cells.UTC)))


def room_columns(style: Style) -> list[Column]:
    return [
        Column(
            name="location",
            reads=cells.text(80),
            required=True,
            also=("office",),
            says="its name, as it stands",
        ),
        Column(
            name="name", reads=cells.text(60), required=True, also=("room",), says="what the room is called"
        ),
        Column(
            name="capacity",
            reads=cells.whole(1, 500),
            empty=3,
            also=("seats",),
            says="how many people; 3 when empty",
        ),
        Column(name="equipment", reads=cells.words(40), empty=[], says="several separated by semicolons"),
        Column(
            name="is_accessible",
            reads=cells.yes_no,
            empty=True,
            also=("accessible",),
            says="yes when it can be reached without steps",
        ),
        Column(
            name="cleaning_minutes", reads=cells.whole(0, 240), empty=0, says="kept free after each visit"
        ),
        Column(
            name="is_active",
            reads=cells.yes_no,
            empty=True,
            also=("active",),
            says="no when it is no longer used",
        ),
    ]


class Rooms(kinds.Loader):
    def __init__(self, importing: Importing) -> None:
        super().__init__(importing)
        self.locations = {place.name.casefold(): place for place in Location.objects.all()}

    def take(self, rows: Sequence[Row]) -> None:
        for row in rows:
            place = self.locations.get(row["location"].casefold())
            if place is None:
                self.importing.refuse(
                    row, "location", "There is no location of this name. Import locations first."
                )
                continue
            values = {name: value for name, value in row.values.items() if name != "location"}
            keep(self.importing, Room, {"location": place, "name": row["name"]}, values)


def rooms(style: Style) -> Iterator[Mapping[str, Any]]:
    for room in Room.objects.select_related("location").order_by("location__name", "name"):
        yield {name: getattr(room, name) for name in ROOMS} | {"location": room.location.name}


ROOMS = tuple(column.name for column in room_columns(Style(zone=cells.UTC)))

register(
    Kind(
        name="locations",
        label="Locations",
        rank=10,
        says="Where the practice is, and where its visits are held.",
        columns=location_columns,
        loader=Locations,
        rows=locations,
        exported=LOCATIONS,
        stands=Location.objects.count,
    )
)
register(
    Kind(
        name="rooms",
        label="Rooms",
        rank=20,
        says="Rooms of the locations, with what is in them.",
        columns=room_columns,
        loader=Rooms,
        rows=rooms,
        exported=ROOMS,
        stands=Room.objects.count,
    )
)
