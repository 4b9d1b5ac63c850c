"""What the practice asks for, and how its charges are marked. What was charged already stays as it is."""

from __future__ import annotations

import uuid
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

from core.actors import Actor
from core.refusals import StaleEdit
from practice.models import Change, Practice
from practice.operations.acting import begin, operation
from practice.operations.images import image
from practice.permissions import may, require


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargingFacts:
    """The names are those of the columns of `Practice`."""

    late_cancel_fee: Decimal | None = None
    no_show_fee: Decimal | None = None
    absent_members: str = "fee"
    payers_without_fees: tuple[str, ...] = ()
    telehealth_place: str = "10"
    telehealth_modifiers: tuple[str, ...] = ()
    phone_modifiers: tuple[str, ...] = ()


@operation("charging.save", "practice")
def save_charging(
    facts: ChargingFacts, *, seen: str, by: Actor, change_id: uuid.UUID | None = None
) -> Change:
    """It holds from the next charge on. seen: `mark_of` what the form was drawn from.

    Raises NotAllowed, StaleEdit, AlreadyUsed.
    """
    acting = begin("charging.save", change_id, by, {**asdict(facts), "seen": seen})
    if acting.repeat:
        return acting.change
    require(may(by, "settings.change"))
    row = Practice.objects.select_for_update().get(pk=1)
    if seen != mark_of(facts_now(row)):
        raise StaleEdit(
            "Somebody changed these settings since you opened them.", remedy="Look at them again."
        )
    before = image(row)
    for name, value in asdict(facts).items():
        setattr(row, name, list(value) if isinstance(value, tuple) else value)
    acting.saved("practice.charging_changed", row, before)
    acting.close({})
    return acting.change


def facts_now(practice: Practice) -> ChargingFacts:
    said = ((name, getattr(practice, name)) for name in ChargingFacts.__slots__)
    frozen: dict[str, Any] = {name: tuple(v) if isinstance(v, list) else v for name, v in said}
    return ChargingFacts(**frozen)


def mark_of(facts: ChargingFacts) -> str:
    """Tells two states of the settings apart; 75 is 75.00."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, repr([_plain(value) for value in asdict(facts).values()])))


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return value.normalize()
    return str(value) if isinstance(value, str) else value  # a choice not yet read back is its value
