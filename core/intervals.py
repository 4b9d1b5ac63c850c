"""Arithmetic on half-open spans of whole numbers, in practice epoch minutes.

A *span* is `(start, end)` with start < end. A *set* is a sequence of spans that is sorted, disjoint and not
even touching: what `merge` returns. Every function but `merge` takes sets and gives sets back, in one pass.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from operator import itemgetter
from typing import TypeAlias

Span: TypeAlias = tuple[int, int]
Spans: TypeAlias = Sequence[Span]

_start = itemgetter(0)


def merge(spans: Iterable[Span]) -> list[Span]:
    """Any spans, in any order, as a set. Empty and reversed ones vanish, touching ones join."""
    merged: list[Span] = []
    for start, end in sorted(spans):
        if start >= end:
            continue
        if merged and start <= merged[-1][1]:
            if end > merged[-1][1]:
                merged[-1] = (merged[-1][0], end)
        else:
            merged.append((start, end))
    return merged


def intersect(left: Spans, right: Spans) -> list[Span]:
    """What lies in both."""
    both: list[Span] = []
    i = j = 0
    while i < len(left) and j < len(right):
        (a, b), (c, d) = left[i], right[j]
        start, end = max(a, c), min(b, d)
        if start < end:
            both.append((start, end))
        if b <= d:
            i += 1
        else:
            j += 1
    return both


def subtract(spans: Spans, holes: Spans) -> list[Span]:
    """What lies in `spans` and in no hole."""
    left: list[Span] = []
    j = 0
    for start, end in spans:
        while j < len(holes) and holes[j][1] <= start:
            j += 1
        k, free_from = j, start
        while k < len(holes) and holes[k][0] < end:
            if free_from < holes[k][0]:
                left.append((free_from, holes[k][0]))
            free_from = holes[k][1]
            k += 1
        if free_from < end:
            left.append((free_from, end))
    return left


def clip(spans: Spans, start: int, end: int) -> list[Span]:
    """What lies within `[start, end)`."""
    return intersect(spans[max(0, _before(spans, start)) :], [(start, end)])


def gaps(spans: Spans, start: int, end: int) -> list[Span]:
    """What of `[start, end)` no span covers."""
    return subtract([(start, end)], spans) if start < end else []


def contains(spans: Spans, start: int, end: int) -> bool:
    """Whether `[start, end)` lies wholly inside one span. An empty stretch does where its point does."""
    at = _before(spans, start)
    return at >= 0 and end <= spans[at][1] and start < spans[at][1]


def length(spans: Iterable[Span]) -> int:
    return sum(end - start for start, end in spans)


def _before(spans: Spans, point: int) -> int:
    """Index of the last span that starts at or before `point`; -1 for none."""
    return bisect_right(spans, point, key=_start) - 1
