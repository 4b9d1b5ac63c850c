"""A provider's week, set from a date on."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import asdict, replace

from availability.models import WeeklyBlock
from availability.operations.acting import (
    Acted,
    add,
    change_columns,
    done,
    done_before,
    lock_providers,
    refuse_invalid,
    refuse_reversed,
)
from availability.operations.blocks import refuse_clash
from availability.permissions import may_change_hours
from availability.rules.wishes import WeekBlock
from core.actors import Actor
from core.refusals import Refusal
from core.walltime import ONE_DAY
from practice.operations.acting import Acting, begin, operation
from practice.permissions import require

# Two blocks are the same hours when these agree; then the row stays, and with it the week it counts from.
SAME = ("weekday", "starts_at", "ends_at", "location_id", "telehealth_ok", "max_visits", "every_weeks")


@operation("hours.set", "provider")
def set_week(
    provider_id: int,
    blocks: Sequence[WeekBlock],
    *,
    from_on: dt.date,
    by: Actor,
    change_id: uuid.UUID | None = None,
) -> Acted:
    """From `from_on` these blocks hold and no others; what held before that day stays as history.

    Raises NotAllowed; Refusal with field `blocks-3-starts_at` for the block at that index; AlreadyUsed.
    """
    wishes = [replace(b, effective_from_on=b.effective_from_on or from_on) for b in blocks]
    content = {"provider": provider_id, "from": from_on, "blocks": [asdict(b) for b in blocks]}
    acting = begin("hours.set", change_id, by, content)
    if acting.repeat:
        return done_before(acting)
    require(may_change_hours(by, provider_id))
    lock_providers([provider_id])
    standing = list(WeeklyBlock.objects.of([provider_id]).effective_between(from_on, dt.date.max))
    kept = _kept(standing, blocks)
    for row in standing:
        if row not in kept.values():
            _end(acting, row, from_on)
    for index, wish in enumerate(wishes):
        if index not in kept:
            _add(acting, provider_id, wish, index, from_on)
    refuse_clash(provider_id, from_on, blocks)
    return done(acting, [provider_id], from_on, None)


def _kept(standing: list[WeeklyBlock], blocks: Sequence[WeekBlock]) -> dict[int, WeeklyBlock]:
    """Index of a wish → the row that already says it."""
    kept: dict[int, WeeklyBlock] = {}
    for index, block in enumerate(blocks):
        for row in standing:
            if row not in kept.values() and _says(row, block):
                kept[index] = row
                break
    return kept


def _says(row: WeeklyBlock, block: WeekBlock) -> bool:
    same = all(getattr(row, name) == getattr(block, name) for name in SAME)
    from_on = block.effective_from_on or row.effective_from_on
    return same and row.effective_until_on == block.effective_until_on and row.effective_from_on == from_on


def _end(acting: Acting, row: WeeklyBlock, from_on: dt.date) -> None:
    if row.effective_from_on >= from_on:
        acting.removed("hours.removed", row)
    else:
        change_columns(acting, "hours.ended", row, effective_until_on=from_on - ONE_DAY)


def _add(acting: Acting, provider_id: int, wish: WeekBlock, index: int, from_on: dt.date) -> None:
    named = f"blocks-{index}-{{}}"
    refuse_reversed(wish.starts_at, wish.ends_at, field=named.format("ends_at"))
    if wish.effective_from_on and wish.effective_from_on < from_on:
        raise Refusal(
            f"This block cannot begin before {from_on:%B} {from_on.day}, the day the week is set from.",
            field=named.format("effective_from_on"),
            remedy="Choose that day or a later one.",
        )
    row = WeeklyBlock(provider_id=provider_id, **asdict(wish))
    refuse_invalid(row, field=named)
    add(acting, "hours.added", row)
