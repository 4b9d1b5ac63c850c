"""A provider's week, set from a date on."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import asdict, replace

from availability.models import WeeklyBlock
from availability.operations.acting import (
    Acted,
    done,
    done_before,
    lock_providers,
    note_all,
    refuse_bad_columns,
    refuse_reversed,
)
from availability.operations.added import telling_added
from availability.operations.blocks import refuse_clash
from availability.permissions import may_change_hours
from availability.rules.expansion import in_turn
from availability.rules.wishes import WeekBlock
from core.actors import Actor
from core.refusals import Refusal
from core.walltime import ONE_DAY
from practice.operations.acting import Acting, begin, operation
from practice.operations.images import difference, image
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
    wishes = [_dated(block, from_on) for block in blocks]
    content = {"provider": provider_id, "from": from_on, "blocks": [asdict(b) for b in blocks]}
    acting = begin("hours.set", change_id, by, content)
    if acting.repeat:
        return done_before(acting)
    require(may_change_hours(by, provider_id))
    lock_providers([provider_id])
    standing = list(WeeklyBlock.objects.of([provider_id]).effective_between(from_on, dt.date.max))
    kept = _kept(standing, blocks, wishes)
    with telling_added(acting, [provider_id], from_on, None):
        _end(acting, [row for row in standing if row not in kept.values()], from_on)
        _add(acting, provider_id, {n: wish for n, wish in enumerate(wishes) if n not in kept}, from_on)
    refuse_clash(provider_id, from_on, blocks)
    return done(acting, [provider_id], from_on, None)


def _dated(block: WeekBlock, from_on: dt.date) -> WeekBlock:
    """With the day it begins: every second week keeps its turn, even where the new hours begin in the week between."""
    first = block.effective_from_on or from_on
    if block.counts_from_on:
        first = in_turn(first, block.counts_from_on, block.every_weeks)
    return replace(block, effective_from_on=first)


def _kept(
    standing: list[WeeklyBlock], blocks: Sequence[WeekBlock], wishes: Sequence[WeekBlock]
) -> dict[int, WeeklyBlock]:
    """Index of a wish → the row that already says it. A block that names no first day may have begun long ago."""
    kept: dict[int, WeeklyBlock] = {}
    for index, block in enumerate(blocks):
        for row in standing:
            if row not in kept.values() and _says(row, block, wishes[index].effective_from_on):
                kept[index] = row
                break
    return kept


def _says(row: WeeklyBlock, block: WeekBlock, begins: dt.date | None) -> bool:
    if begins is None or row.effective_until_on != block.effective_until_on:
        return False
    if not all(getattr(row, name) == getattr(block, name) for name in SAME):
        return False
    turn = block.counts_from_on or row.effective_from_on
    if in_turn(turn, row.effective_from_on, row.every_weeks) != turn:
        return False
    return row.effective_from_on == begins or (
        block.effective_from_on is None and row.effective_from_on < begins
    )


def _end(acting: Acting, rows: list[WeeklyBlock], from_on: dt.date) -> None:
    """What held before keeps its past; what had not begun goes. Four statements, however many blocks."""
    past = [row for row in rows if row.effective_from_on < from_on]
    lines = []
    for row in past:
        before = image(row)
        row.effective_until_on = from_on - ONE_DAY
        lines.append((row, *difference(before, image(row))[:2]))
    WeeklyBlock.objects.filter(pk__in=[row.pk for row in past]).update(effective_until_on=from_on - ONE_DAY)
    note_all(acting, "hours.ended", lines)
    gone = [row for row in rows if row.effective_from_on >= from_on]
    note_all(acting, "hours.removed", [(row, image(row).columns, None) for row in gone])
    WeeklyBlock.objects.filter(pk__in=[row.pk for row in gone]).delete()


def _add(acting: Acting, provider_id: int, wishes: dict[int, WeekBlock], from_on: dt.date) -> None:
    rows = [_row(provider_id, wish, index, from_on) for index, wish in wishes.items()]
    made = WeeklyBlock.objects.bulk_create(rows)
    note_all(acting, "hours.added", [(row, None, image(row).columns) for row in made])


def _row(provider_id: int, wish: WeekBlock, index: int, from_on: dt.date) -> WeeklyBlock:
    """Checked without asking the database: of a week there are many, and its own constraints speak at the end."""
    named = f"blocks-{index}-{{}}"
    refuse_reversed(wish.starts_at, wish.ends_at, field=named.format("ends_at"))
    first, until = wish.effective_from_on or from_on, wish.effective_until_on
    if first < from_on:
        raise Refusal(
            f"This block cannot begin before {from_on:%B} {from_on.day}, the day the week is set from.",
            field=named.format("effective_from_on"),
            remedy="Choose that day or a later one.",
        )
    if until and until < first:
        raise Refusal(
            f"This block would end before it begins, on {first:%B} {first.day}.",
            field=named.format("effective_until_on"),
            remedy="Choose a later last day, or leave it empty.",
        )
    columns = asdict(wish)
    del columns["counts_from_on"]
    row = WeeklyBlock(provider_id=provider_id, **columns)
    refuse_bad_columns(row, field=named)
    return row
