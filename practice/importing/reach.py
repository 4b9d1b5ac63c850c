"""Phones and email in the columns of a person's own line: the first number, the second, the email."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import models

from core.sheets import cells
from core.sheets.columns import Column, Row
from practice.importing.readers import phone
from practice.importing.writing import BATCH, Item, assign
from practice.models import Address
from practice.states import AddressKind

FRESH = {
    "label": "",
    "safe_to_text": False,
    "safe_to_voicemail": False,
    "safe_to_email": False,
    "verified_at": None,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A column for somebody's nth phone or email, with the columns that speak about it: {column: field}."""

    column: str
    kind: AddressKind
    place: int
    about: Mapping[str, str]

    def facts(self, row: Row) -> dict[str, Any]:
        return {name: row[column] for column, name in self.about.items() if row.has(column)}


PHONE = Slot(
    column="phone",
    kind=AddressKind.PHONE,
    place=0,
    about={
        "phone_label": "label",
        "safe_to_text": "safe_to_text",
        "safe_to_voicemail": "safe_to_voicemail",
    },
)
PHONE_2 = Slot(
    column="phone_2",
    kind=AddressKind.PHONE,
    place=1,
    about={
        "phone_2_label": "label",
        "phone_2_safe_to_text": "safe_to_text",
        "phone_2_safe_to_voicemail": "safe_to_voicemail",
    },
)
EMAIL = Slot(column="email", kind=AddressKind.EMAIL, place=0, about={"safe_to_email": "safe_to_email"})


def phone_columns() -> list[Column]:
    return [
        Column(
            name="phone",
            reads=phone,
            says="the number to use first",
            also=("mobile", "mobile_phone", "cell", "cell_phone", "phone_1", "phone_number", "primary_phone",
                  "telephone", "tel"),
        ),
        Column(name="phone_label", reads=cells.text(30), also=("phone_type", "phone_1_label")),
        Column(
            name="safe_to_text", reads=cells.yes_no, empty=False, also=("ok_to_text", "may_text", "text_ok")
        ),
        Column(
            name="safe_to_voicemail",
            reads=cells.yes_no,
            empty=False,
            also=("ok_to_leave_voicemail", "ok_to_leave_message", "may_leave_voicemail", "voicemail_ok"),
        ),
    ]  # fmt: skip


def second_phone_columns() -> list[Column]:
    return [
        Column(
            name="phone_2",
            reads=phone,
            also=("home_phone", "home", "second_phone", "secondary_phone", "other_phone", "alternate_phone",
                  "work_phone"),
        ),
        Column(name="phone_2_label", reads=cells.text(30), also=("phone_2_type",)),
        Column(name="phone_2_safe_to_text", reads=cells.yes_no, empty=False),
        Column(name="phone_2_safe_to_voicemail", reads=cells.yes_no, empty=False),
    ]  # fmt: skip


def email_columns() -> list[Column]:
    return [
        Column(name="email", reads=cells.email, also=("e_mail", "email_address", "e_mail_address", "mail")),
        Column(
            name="safe_to_email",
            reads=cells.yes_no,
            empty=False,
            also=("ok_to_email", "may_email", "email_ok"),
        ),
    ]


def keep_reach(items: Sequence[Item], slots: Sequence[Slot], owner: str) -> None:
    """Bring the addresses of these people in line with their rows, in four statements.

    A filled cell is somebody's number from now on, an empty one takes it away, a column the file lacks leaves it
    alone. A new number starts unverified and safe only for what its own line says. `owner`: client or contact.
    """
    standing: dict[int, list[Address]] = defaultdict(list)
    ids = [item.subject.pk for item in items if not item.is_new]
    found = Address.objects.filter(**{f"{owner}__in": ids}) if ids else Address.objects.none()
    for address in found.order_by("-is_preferred", "pk"):
        standing[getattr(address, f"{owner}_id")].append(address)
    plan = _Plan()
    for item in items:
        for kind in AddressKind:
            have = [a for a in standing[item.subject.pk] if a.kind == kind]
            wanted = [slot for slot in slots if slot.kind == kind]
            if _settle(plan, item, have, wanted, {owner: item.subject, "kind": kind}):
                item.fields.append(kind.value)
    plan.write()


@dataclass(slots=True)
class _Plan:
    made: list[Address] = field(default_factory=list)
    gone: list[Address] = field(default_factory=list)
    changed: dict[int, Address] = field(default_factory=dict)

    def write(self) -> None:
        if self.gone:
            Address.objects.filter(pk__in=[address.pk for address in self.gone]).delete()
        fields = ["value", "is_preferred", *FRESH]
        Address.objects.bulk_update(self.changed.values(), fields, batch_size=BATCH)
        Address.objects.bulk_create(self.made)

    def change(self, address: Address, values: dict[str, Any]) -> bool:
        """A new one is kept as it will be created."""
        changed = assign(address, values)
        if changed and address.pk:
            self.changed[address.pk] = address
        return bool(changed)


def _settle(
    plan: _Plan, item: Item, have: list[Address], slots: Sequence[Slot], owner: dict[str, Any]
) -> bool:
    """One kind of addresses of one person. Whether anything changed."""
    said = _said(item.row, have, slots)
    wanted = {value for _, value in said if value}
    spare = [have[s.place] for s, _ in said if s.place < len(have) and have[s.place].value not in wanted]
    kept = {address.value: address for address in have}
    order = list(have)
    changed, done = False, {""}
    for slot, value in said:
        if value in done:
            continue  # none, or the same number once more
        done.add(value)
        facts = slot.facts(item.row)
        if value in kept:
            changed |= plan.change(kept[value], facts)
        elif spare:
            kept[value] = spare.pop(0)
            changed |= plan.change(kept[value], {**FRESH, **facts, "value": value})
        else:
            kept[value] = Address(**owner, value=value, **facts)
            plan.made.append(kept[value])
            order.append(kept[value])
            changed = True
        if slot.place == 0:
            changed |= _put_first(plan, kept[value], order)
    plan.gone += spare
    return changed or bool(spare)


def _said(row: Row, have: list[Address], slots: Sequence[Slot]) -> list[tuple[Slot, str]]:
    """What the row says of each slot. With no column for the number itself, its flags speak of what stands."""
    said: list[tuple[Slot, str]] = []
    for slot in slots:
        if row.has(slot.column):
            said.append((slot, row[slot.column]))
        elif slot.facts(row) and slot.place < len(have):
            said.append((slot, have[slot.place].value))
    return said


def _put_first(plan: _Plan, address: Address, order: list[Address]) -> bool:
    """Prefer it where it would not come first by itself."""
    if order[0] is address and (address.pk or address.is_preferred):
        return False
    changed = plan.change(address, {"is_preferred": True})
    for other in order:
        if other is not address:
            changed |= plan.change(other, {"is_preferred": False})
    return changed


def reach_of(person: models.Model, slots: Sequence[Slot]) -> dict[str, Any]:
    """The same columns, filled. Wants `addresses` at hand, in their own order."""
    addresses = list(person.addresses.all())  # type: ignore[attr-defined]  # clients and contacts have them
    filled: dict[str, Any] = {}
    for slot in slots:
        some = [address for address in addresses if address.kind == slot.kind]
        if slot.place < len(some):
            filled[slot.column] = some[slot.place].value
            filled |= {column: getattr(some[slot.place], name) for column, name in slot.about.items()}
    return filled
