"""Appointment types, and who offers them. Few rows, so they are written one by one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from core.sheets import cells
from core.sheets.cells import Style
from core.sheets.columns import Column, Row
from practice.importing import kinds
from practice.importing.kinds import Importing, Kind, Pairs, add_columns, register
from practice.importing.naming import Providers, Unknown, found
from practice.importing.writing import keep
from practice.operations import record
from practice.states import Hue, Modality
from scheduling.models import AppointmentType, TypeOffer
from scheduling.rules.charges import codes_from, modifiers_from
from scheduling.states import Category

MODALITIES = {
    "in person": Modality.IN_PERSON,
    "office": Modality.IN_PERSON,
    "onsite": Modality.IN_PERSON,
    "face to face": Modality.IN_PERSON,
    "telehealth": Modality.TELEHEALTH,
    "video": Modality.TELEHEALTH,
    "virtual": Modality.TELEHEALTH,
    "online": Modality.TELEHEALTH,
    "remote": Modality.TELEHEALTH,
    "phone": Modality.PHONE,
    "telephone": Modality.PHONE,
    "call": Modality.PHONE,
}
CATEGORIES = {"couple": Category.COUPLES, "admin": Category.ADMINISTRATIVE}
NO_TYPE = "There is no type of this name. Import types first."


def _values(choices: Any, more: Mapping[str, str] = {}) -> dict[str, str]:
    return {**more, **{value: value for value in choices.values}}


def modalities(cell: str) -> list[str]:
    each = cells.choice(_values(Modality, MODALITIES))
    return [str(each(word)) for word in cells.words(20)(cell)]


def codes(cell: str) -> list[list[int | str]]:
    return [list(pair) for pair in codes_from(cells.words(20)(cell))]


def modifiers(cell: str) -> list[str]:
    return modifiers_from(cells.words(4)(cell))


def type_columns(style: Style) -> list[Column]:
    yes_no, many = cells.yes_no, cells.whole(1, 1000)
    return [
        Column(
            name="name", reads=cells.text(60), required=True, also=("type", "service", "appointment_type")
        ),
        Column(name="category", reads=cells.choice(_values(Category, CATEGORIES)), empty="individual"),
        Column(name="description", reads=cells.text(300)),
        Column(
            name="duration_minutes",
            reads=cells.whole(5, 720),
            empty=50,
            also=("duration", "minutes", "length"),
        ),
        Column(name="buffer_before_minutes", reads=cells.whole(0, 120), empty=0, also=("buffer_before",)),
        Column(name="buffer_after_minutes", reads=cells.whole(0, 120), empty=15, also=("buffer_after",)),
        Column(name="is_billable", reads=yes_no, empty=True, also=("billable",)),
        Column(name="requires_authorization", reads=yes_no, empty=False),
        Column(name="requires_supervisor", reads=yes_no, empty=False),
        Column(name="max_per_day_provider", reads=many, empty=None, says="empty for no limit"),
        Column(name="max_per_day_practice", reads=many, empty=None, says="empty for no limit"),
        Column(name="cpt_code", reads=cells.text(10), also=("cpt", "code")),
        Column(
            name="codes_by_minutes",
            reads=codes,
            empty=[],
            says="the least minutes and the code, like 16 90832; 38 90834",
        ),
        Column(name="modifiers", reads=modifiers, empty=[], says="several separated by semicolons"),
        Column(name="rate", reads=cells.money, empty=None, also=("price", "fee")),
        Column(name="hue", reads=cells.choice(_values(Hue)), empty="teal", also=("color", "colour")),
        Column(name="icon", reads=cells.text(30), empty="user-round", says="name of a Lucide icon"),
        Column(name="modalities", reads=modalities, empty=["in_person"], also=("modality",)),
        Column(name="room_needs", reads=cells.words(40), empty=[], says="several separated by semicolons"),
        Column(name="is_interchangeable", reads=yes_no, empty=False, also=("interchangeable",)),
        Column(name="online_booking", reads=yes_no, empty=False),
        Column(name="is_active", reads=yes_no, empty=True, also=("active",)),
    ]


class Types(kinds.Loader):
    def take(self, rows: Sequence[Row]) -> None:
        for row in rows:
            self._keep(row.values)

    def _keep(self, values: dict[str, Any]) -> None:
        """As `keep`, but the name is known in whatever case, and a change raises the edition."""
        importing = self.importing
        row = AppointmentType.objects.select_for_update().filter(name__iexact=values["name"]).first()
        if row is None:
            row = AppointmentType.objects.create(**values)
            importing.report.added += 1
            self._note("type.imported", row, sorted(values))
            return
        changed = [name for name, value in values.items() if getattr(row, name) != value]
        if not changed:
            importing.report.unchanged += 1
            return
        for name in changed:
            setattr(row, name, values[name])
        row.edition += 1
        row.save(update_fields=[*changed, "edition"])
        importing.report.changed += 1
        self._note("type.changed_by_import", row, changed)

    def _note(self, act: str, row: AppointmentType, fields: list[str]) -> None:
        by, at, change = self.importing.by, self.importing.now, self.importing.change
        record(act, row, by=by, at=at, change=change, after={"fields": fields})


def types(style: Style) -> Iterator[Mapping[str, Any]]:
    for row in AppointmentType.objects.order_by("name").values(*TYPES).iterator():
        said = [f"{least} {code}" for least, code in row["codes_by_minutes"]]
        yield row | {"codes_by_minutes": said}


TYPES = tuple(column.name for column in type_columns(Style(zone=cells.UTC)))


class TypeNames:
    """Types by name, whatever the case; read once per file."""

    def __init__(self) -> None:
        self.by_id = {row.pk: row for row in AppointmentType.objects.all()}
        self._names = {row.name.casefold(): row for row in self.by_id.values()}

    def find(self, cell: str) -> AppointmentType:
        """Raises ValueError."""
        try:
            return self._names[cell.casefold()]
        except KeyError:
            raise ValueError(NO_TYPE) from None


def offer_columns(style: Style) -> list[Column]:
    return [
        Column(name="provider", reads=cells.text(120), required=True, also=("clinician", "therapist")),
        Column(name="type", reads=cells.text(60), required=True, also=("service", "appointment_type")),
        Column(
            name="duration_minutes",
            reads=cells.whole(5, 720),
            empty=None,
            also=("duration", "minutes"),
            says="empty for the type's own",
        ),
        Column(name="rate", reads=cells.money, empty=None, says="empty for the type's own"),
    ]


class Offers(kinds.Loader):
    def __init__(self, importing: Importing) -> None:
        super().__init__(importing)
        self.providers, self.types = Providers(), TypeNames()

    def take(self, rows: Sequence[Row]) -> None:
        for row in rows:
            try:
                provider = found(self.importing, row, "provider", self.providers.find)
                kind = found(self.importing, row, "type", self.types.find)
            except Unknown:
                continue
            values = {name: row[name] for name in ("duration_minutes", "rate") if row.has(name)}
            keep(self.importing, TypeOffer, {"type": kind, "provider": provider}, values)


def offers(style: Style) -> Iterator[Mapping[str, Any]]:
    providers = Providers()
    rows = TypeOffer.objects.select_related("type")
    for row in sorted(rows, key=lambda row: (providers.word(row.provider_id).casefold(), row.type.name)):
        yield {name: getattr(row, name) for name in OFFERS} | {
            "provider": providers.word(row.provider_id),
            "type": row.type.name,
        }


OFFERS = tuple(column.name for column in offer_columns(Style(zone=cells.UTC)))


def offered(cell: str) -> list[tuple[str, int | None, Decimal | None]]:
    """`Intake; Follow-up:60:140.00`: types, where different with own minutes and own rate."""
    return [_offer(word) for word in cells.words(100)(cell)]


def _offer(word: str) -> tuple[str, int | None, Decimal | None]:
    name, *rest = (part.strip() for part in word.split(":"))
    if len(rest) > 2:
        raise ValueError("Write offers like Intake; Follow-up:60:140.00.")
    minutes, rate = (*rest, "", "")[:2]
    return (
        name,
        cells.whole(5, 720)(minutes) if minutes else None,
        cells.money(rate) if rate else None,
    )


def offers_of_providers(style: Style) -> list[Column]:
    return [
        Column(
            name="offers",
            reads=offered,
            empty=[],
            also=("types", "services"),
            says="types by name, like Intake; Follow-up:60:140.00 with own minutes and rate; only ever adds",
        )
    ]


def load_offers(importing: Importing, pairs: Pairs) -> None:
    """The report counts providers, so what they offer is not counted besides."""
    names, counted = TypeNames(), importing.report.mark()[:3]
    for row, provider in pairs:
        for name, minutes, rate in row["offers"]:
            try:
                key = {"type": names.find(name), "provider": provider}
            except ValueError as error:
                importing.refuse(row, "offers", f"{name}: {error}")
                continue
            keep(importing, TypeOffer, key, {"duration_minutes": minutes, "rate": rate})
    importing.report.added, importing.report.changed, importing.report.unchanged = counted


add_columns("providers", columns=offers_of_providers, load=load_offers)
register(
    Kind(
        name="types",
        label="Appointment types",
        rank=30,
        says="What visits there are: length, buffers, price, look.",
        columns=type_columns,
        loader=Types,
        rows=types,
        exported=TYPES,
        stands=AppointmentType.objects.count,
    )
)
register(
    Kind(
        name="offers",
        label="Offers",
        rank=45,
        says="Which provider offers which type, with an own length or rate where different.",
        columns=offer_columns,
        loader=Offers,
        rows=offers,
        exported=OFFERS,
        stands=TypeOffer.objects.count,
    )
)
