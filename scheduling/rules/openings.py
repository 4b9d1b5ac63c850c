"""Where a visit could begin: sets of minutes, cut and joined. No objects: a fortnight of fifty takes milliseconds.

Twin of `rules.problems`: a start found here is one for which those rules name neither a blocker nor anything that
needs an override. `tests/test_openings.py` holds them together.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from core.intervals import Span, Spans, gaps, intersect, merge, subtract


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What is to be fitted in, in minutes: the session, and the margins the provider is kept free around it."""

    minutes: int
    before: int = 0
    after: int = 0


def starts(hours: Spans, busy: Spans, shape: Shape) -> list[Span]:
    """Half-open spans of minutes at which it may begin.

    hours: where the session itself must lie. busy: what the session with its margins must not touch.
    """
    inside = [(start, end - shape.minutes + 1) for start, end in hours if end - start >= shape.minutes]
    if not inside:
        return []
    first, last = hours[0][0] - shape.before, hours[-1][1] + shape.after
    longest = shape.before + shape.minutes + shape.after
    free = [
        (start + shape.before, end - shape.minutes - shape.after + 1)
        for start, end in gaps(busy, first, last)
        if end - start >= longest
    ]
    return intersect(inside, free)


def starts_in_any(rooms: Iterable[tuple[Spans, int]], shape: Shape, within: Span) -> list[Span]:
    """Starts for which at least one room is free. rooms: (what is taken, minutes of cleaning after the session)."""
    return merge(
        (start, end - shape.minutes - cleaning + 1)
        for taken, cleaning in rooms
        for start, end in gaps(taken, within[0], within[1] + shape.minutes + cleaning)
    )


def without(possible: Spans, sessions: Iterable[Span], shape: Shape) -> list[Span]:
    """Less the starts at which the session would run into one of `sessions` (margins do not matter to a client)."""
    return subtract(possible, merge((start - shape.minutes + 1, end) for start, end in sessions))


def on_grid(possible: Spans, midnights: Sequence[int], step: int) -> list[int]:
    """The minutes on the grid, which begins anew at each local midnight. midnights: sorted, the last past them all."""
    found: list[int] = []
    for begins, end in possible:
        start, day = begins, bisect_right(midnights, begins) - 1
        while start < end:
            tomorrow = midnights[day + 1]
            found.extend(range(start + (midnights[day] - start) % step, min(end, tomorrow), step))
            start, day = tomorrow, day + 1
    return found
