"""What acts on charges share: their answer, and charges under lock."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from core.refusals import Refusal, StaleEdit
from practice.models import Change
from practice.operations import record_many
from practice.operations.acting import Acting
from practice.operations.images import Image, difference, image
from scheduling.models import Charge
from scheduling.operations.locking import lock_rows

BATCH = 500


@dataclass(frozen=True, slots=True)
class Charged:
    """`ids`: the charges, or the visits, the act was about and did something to."""

    change: Change
    ids: list[int]
    repeated: bool = False


def done(acting: Acting, ids: Iterable[int]) -> Charged:
    acting.close({"ids": list(ids)})
    return Charged(acting.change, acting.change.result["ids"])


def done_before(acting: Acting) -> Charged:
    return Charged(acting.change, acting.change.result["ids"], repeated=True)


def locked_charge(charge_id: int, edition: int | None, now: dt.datetime) -> Charge:
    """One that stands. Raises StaleEdit, Refusal for one that is over, or that Undo may still take away."""
    lock_rows(Charge, [charge_id])
    charge = Charge.objects.filter(pk=charge_id).first()
    if charge is None:
        raise Refusal("This charge no longer exists.", remedy="Look at the list again.")
    if edition is not None and charge.edition != edition:
        raise StaleEdit("Somebody changed this charge since you opened it.", remedy="Look at it again.")
    if charge.reversed_at or charge.reverses_id:
        raise Refusal("This charge is void.", remedy="Look at the list again.")
    if now < charge.not_before:
        raise Refusal("Whoever made it may still take it back.", remedy="Try again in a minute.")
    return charge


def write(acting: Acting, act: str, charges: Sequence[Charge], befores: Sequence[Image]) -> None:
    """What became of them, with one line of history each."""
    Charge.objects.bulk_update(
        charges, [name.removesuffix("_id") for name in Charge.MAY_CHANGE], batch_size=BATCH
    )
    lines = []
    for charge, before in zip(charges, befores, strict=True):
        old, new, former = difference(before, image(charge))
        acting.keep_texts(charge, former)
        lines.append((charge, old, new))
    record_many(act, lines, by=acting.by, at=acting.now, change=acting.change)
