"""Single blocks, and the rule that no two of a provider's overlap."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from availability.models import WeeklyBlock
from availability.operations.acting import (
    Acted,
    add,
    change_columns,
    done,
    lock_providers,
    refuse_invalid,
    refuse_reversed,
)
from availability.permissions import may_change_hours
from availability.queries import blocks_of
from availability.rules.clashes import first_clash
from availability.rules.wishes import WeekBlock
from core.actors import Actor
from core.refusals import Refusal
from practice.operations.acting import begin, operation
from practice.permissions import require
from practice.queries import the_practice

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@operation("hours.save", "weeklyblock")
def save_block(row: WeeklyBlock, *, by: Actor) -> Acted:
    """One block as a table shows it (the admin). Raises NotAllowed, Refusal for a bad or overlapping block."""
    acting = begin("hours.save", None, by, {"block": row.pk})
    require(may_change_hours(by, row.provider_id))
    lock_providers([row.provider_id])
    refuse_reversed(row.starts_at, row.ends_at)
    was = WeeklyBlock.objects.filter(pk=row.pk).first()
    if was is None:
        add(acting, "hours.added", row)
    else:
        refuse_invalid(row)
        require(may_change_hours(by, was.provider_id))
        change_columns(acting, "hours.changed", was, **_columns(row))
    first = min(r.effective_from_on for r in (row, was) if r)
    refuse_clash(row.provider_id, first)
    return done(acting, {r.provider_id for r in (row, was) if r}, first, None, row)


@operation("hours.remove", "weeklyblock")
def remove_block(block_id: int, *, by: Actor) -> Acted:
    """Take a block away as if it had never been; to end one on a date, set its last day. Raises NotAllowed."""
    acting = begin("hours.remove", None, by, {"block": block_id})
    row = WeeklyBlock.objects.get(pk=block_id)
    require(may_change_hours(by, row.provider_id))
    lock_providers([row.provider_id])
    acting.removed("hours.removed", row)
    return done(acting, [row.provider_id], row.effective_from_on, row.effective_until_on)


def _columns(row: WeeklyBlock) -> dict[str, Any]:
    return {f.attname: getattr(row, f.attname) for f in row._meta.concrete_fields if not f.primary_key}


def refuse_clash(provider_id: int, from_on: dt.date, blocks: Sequence[WeekBlock] = ()) -> None:
    """Raises Refusal naming both blocks. Call it under the provider's lock, after writing."""
    practice = the_practice()
    rows = WeeklyBlock.objects.of([provider_id]).effective_between(from_on, dt.date.max)
    clash = first_clash(blocks_of(rows, practice.tz)[provider_id], from_on)
    if clash is None:
        return
    clock = "%H:%M" if practice.clock_24h else "%-I:%M %p"
    one, other = (f"{DAYS[b.weekday]} {b.starts_at:{clock}} to {b.ends_at:{clock}}" for b in clash)
    at_fault = [(b.weekday, b.starts_at, b.ends_at) for b in clash]
    index = next(
        (i for i, b in enumerate(blocks) if (b.weekday, b.starts_at, b.ends_at) in at_fault[1:]), None
    )
    raise Refusal(
        f"{other} overlaps {one}.",
        field="" if index is None else f"blocks-{index}-starts_at",
        remedy="Shorten one of them, or take one away.",
    )
