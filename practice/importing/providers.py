"""Providers. Supervisors are settled at the end: they may stand further down in the same file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from core.sheets import cells
from core.sheets.cells import Style
from core.sheets.columns import Column, Row
from practice.importing import kinds
from practice.importing.finding import Providers, Seen, plain_name, reference
from practice.importing.kinds import Importing, Kind, kind_named, register
from practice.importing.readers import link, zone
from practice.importing.writing import Batch, Item, note_many
from practice.models import Location, Provider
from practice.states import Hue

CHUNK = 500
SMALLINT = 32_767


def provider_columns(style: Style) -> list[Column]:
    return [
        Column(
            name="record_number",
            reads=cells.text(40),
            says="their number in another system; else they are found by name",
            also=("provider_id", "provider_number", "staff_id", "npi"),
        ),
        Column(name="title", reads=cells.text(20), also=("prefix",)),
        Column(name="first_name", reads=cells.text(60), required=True, also=("first", "given_name")),
        Column(
            name="last_name", reads=cells.text(60), required=True, also=("last", "surname", "family_name")
        ),
        Column(name="credentials", reads=cells.text(60), also=("license", "licence", "suffix")),
        Column(name="gender", reads=cells.text(30), also=("sex",)),
        Column(name="specialties", reads=cells.words(60), empty=[], says=SEVERAL),
        Column(name="languages", reads=cells.words(20), empty=[], says=SEVERAL),
        Column(name="licensed_regions", reads=cells.words(20), empty=[], says=SEVERAL, also=("states",)),
        Column(name="insurances", reads=cells.words(60), empty=[], says=SEVERAL, also=("payers",)),
        Column(
            name="locations", reads=cells.words(80), empty=[], says=f"names; {SEVERAL}", also=("offices",)
        ),
        Column(name="telehealth_link", reads=link, also=("video_link",)),
        Column(name="supervisor", reads=cells.text(130), says="record number or name"),
        Column(name="supervision_required", reads=cells.yes_no, empty=False),
        Column(name="accepts_new_clients", reads=cells.yes_no, empty=True, also=("accepting_new_clients",)),
        Column(name="max_per_day", reads=cells.whole(0, SMALLINT), empty=None),
        Column(name="max_per_week", reads=cells.whole(0, SMALLINT), empty=None),
        Column(
            name="hue",
            reads=cells.choice({label: value for value, label in Hue.choices}),
            empty=Hue.TEAL.value,
            also=("colour", "color"),
        ),
        Column(name="zone", reads=zone, also=("time_zone", "timezone"), says="empty for the practice's own"),
        Column(name="is_active", reads=cells.yes_no, empty=True, also=("active",)),
    ]


SEVERAL = "several separated by semicolons"
PROVIDERS = tuple(column.name for column in provider_columns(Style(zone=cells.UTC)))
OWN = tuple(name for name in PROVIDERS if name not in ("locations", "supervisor", "record_number"))


class Loader(kinds.Loader):
    def __init__(self, importing: Importing) -> None:
        super().__init__(importing)
        self.seen: dict[str, dict[int, str]] = {}
        self.numbers = Seen()
        self.places = {place.name.casefold(): place for place in Location.objects.all()}
        self.supervisors: dict[int, tuple[Item[Provider], str]] = {}

    def take(self, rows: Sequence[Row]) -> None:
        batch, standing = Batch(self.importing, Provider), Providers()
        list(Provider.objects.order_by("pk").select_for_update(no_key=True).values_list("pk"))
        for row in rows:
            problem = self._double(row) or self._unknown_place(row)
            if problem:
                self.importing.refuse(row, *problem)
                continue
            try:
                batch.keep(row, _standing(standing, row), _values(row))
            except ValueError as error:
                self.importing.refuse(row, "last_name", str(error))
        batch.write()
        self._settle_places(batch)
        batch.tell()
        kind_named("providers").extend(self.importing, [(item.row, item.subject) for item in batch.items])
        self.supervisors |= {
            item.row.line: (item, item.row["supervisor"])
            for item in batch.items
            if item.row.has("supervisor")
        }

    def finish(self) -> None:
        """Whoever is named now stands: in the practice, or in this file."""
        standing = Providers()
        for item, name in self.supervisors.values():
            try:
                found = standing.find(name) if name else None
            except ValueError as error:
                self.importing.refuse(item.row, "supervisor", str(error))
                continue
            if found is not None and found.pk == item.subject.pk:
                self.importing.refuse(item.row, "supervisor", "Nobody supervises themselves.")
            elif item.subject.supervisor_id != (found.pk if found else None):
                self._supervise(item, found)

    def _supervise(self, item: Item[Provider], by: Provider | None) -> None:
        was_told = item.is_new or bool(item.fields)
        item.subject.supervisor = by
        item.subject.save(update_fields=["supervisor"])
        if not was_told:
            self.importing.report.unchanged -= 1
            self.importing.report.changed += 1
        note_many(self.importing, "provider.changed_by_import", [replace(item, fields=["supervisor_id"])])

    def _double(self, row: Row) -> tuple[str, str] | None:
        """Two lines about the same provider, or two that cannot be told apart."""
        number = row.get("record_number", "")
        if number and (first := self.numbers.before(number, row)):
            return "record_number", f"Line {first} has this record number already."
        name = plain_name(f"{row['first_name']} {row['last_name']}")
        lines = self.seen.setdefault(name, {})
        before = [line for line, other in lines.items() if line < row.line and not (other and number)]
        lines.setdefault(row.line, number)
        if before:
            return (
                "last_name",
                f"Line {before[0]} has this name already. Two of one name both need a record number.",
            )
        return None

    def _unknown_place(self, row: Row) -> tuple[str, str] | None:
        for name in row.get("locations", []):
            if name.casefold() not in self.places:
                return "locations", f"There is no location “{name}”. Import locations first."
        return None

    def _settle_places(self, batch: Batch[Provider]) -> None:
        here = [item for item in batch.items if item.row.has("locations")]
        through = Provider.locations.through
        have: dict[int, set[int]] = {item.subject.pk: set() for item in here}
        for provider, place in through.objects.filter(provider__in=have).values_list("provider", "location"):
            have[provider].add(place)
        for item in here:
            wanted = {self.places[name.casefold()].pk for name in item.row["locations"]}
            if wanted != have[item.subject.pk]:
                item.subject.locations.set(wanted)
                item.fields.append("locations")


def _standing(providers: Providers, row: Row) -> Provider:
    """The provider of this number, else the one of this name who has no other number, else a new one.

    Raises ValueError when there are several of the name.
    """
    number = row.get("record_number", "")
    if number in providers.by_number:
        return providers.by_number[number]
    name = plain_name(f"{row['first_name']} {row['last_name']}")
    alike = [one for one in providers.by_name.get(name, []) if not (number and one.record_number)]
    if len(alike) > 1:
        raise ValueError("Several providers have this name. Give the line a record number.")
    return alike[0] if alike else Provider()


def _values(row: Row) -> dict[str, Any]:
    """An empty record number takes none away: the provider was found by name then."""
    values = {name: row[name] for name in OWN if row.has(name)}
    return values | ({"record_number": row["record_number"]} if row.get("record_number") else {})


def provider_rows(style: Style) -> Iterator[Mapping[str, Any]]:
    found = Provider.objects.select_related("supervisor").prefetch_related("locations")
    ordered = found.order_by("last_name", "first_name", "record_number", "pk")
    for provider in ordered.iterator(chunk_size=CHUNK):
        yield {name: getattr(provider, name) for name in ("record_number", *OWN)} | {
            "locations": [place.name for place in provider.locations.all()],
            "supervisor": reference(provider.supervisor),
        }


register(
    Kind(
        name="providers",
        label="Providers",
        rank=40,
        says="Therapists and prescribers, where they work and who supervises them.",
        columns=provider_columns,
        loader=Loader,
        rows=provider_rows,
        exported=PROVIDERS,
        stands=Provider.objects.count,
    )
)
