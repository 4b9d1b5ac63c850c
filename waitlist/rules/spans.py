"""What is left of a freed time, and where in it a visit could begin. Epoch minutes."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from core.intervals import Span, Spans, clip, intersect
from scheduling.rules.openings import Shape, on_grid, starts


def starts_in(
    span: Span, hours: Spans, busy: Spans, shape: Shape, *, midnights: Sequence[int], grid: int
) -> list[int]:
    """Where a visit of this shape may begin inside the span: at its beginning, or on the practice's grid.

    The visit may reach past the end of the span where that is free too.
    """
    possible = clip(starts(hours, busy, shape), *span)
    found = set(on_grid(possible, midnights, grid))
    if intersect(possible, [(span[0], span[0] + 1)]):
        found.add(span[0])
    return sorted(found)


def by_day(span: Span, midnights: Sequence[int]) -> list[Span]:
    """One span per local day: hours that were added may cover several. midnights: sorted, around the span."""
    days = pairwise(midnights)
    return [(max(span[0], a), min(span[1], b)) for a, b in days if max(span[0], a) < min(span[1], b)]
