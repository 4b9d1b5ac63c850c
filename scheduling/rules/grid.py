"""Where things stand on a day's grid. Rows of five minutes, counted from the grid's first minute.

Minutes are counted from local midnight and half-open. A visit keeps its true length across a DST night:
its end is its wall-clock start plus the minutes it lasts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from core.intervals import Span, gaps, length, merge

STEP = 5
DAY = 24 * 60
# A tile is never lower than a target for a finger, even when the visit is shorter.
MIN_ROWS = 3
MAX_LANES = 12


@dataclass(frozen=True, slots=True)
class Box:
    """Row `at` and `rows` of them; lane `lane` (from 1) of `lanes` side by side."""

    at: int
    rows: int
    lane: int = 1
    lanes: int = 1

    @property
    def css(self) -> str:
        place = f"at-{self.at} for-{self.rows}"
        return place if self.lanes == 1 else f"{place} lane-{self.lane}-of-{self.lanes}"


def box(span: Span, shown: Span, *, least: int = 1) -> Box | None:
    """The rows `span` covers of `shown`, odd minutes rounded outward; None when it lies outside."""
    start, end = max(span[0], shown[0]), min(span[1], shown[1])
    if start >= end:
        return None
    at, until = (start - shown[0]) // STEP, -(-(end - shown[0]) // STEP)
    rows = max(until - at, least)
    return Box(max(0, min(at, (shown[1] - shown[0]) // STEP - rows)), rows)


def in_lanes(boxes: Sequence[Box]) -> list[Box]:
    """The same boxes, in order, with those that share rows set side by side."""
    placed: dict[int, int] = {}
    lanes: dict[int, int] = {}
    for cluster in _clusters(boxes):
        taken: list[int] = []  # per lane, the first free row
        for index in cluster:
            lane = next((n for n, free in enumerate(taken) if free <= boxes[index].at), len(taken))
            taken[lane : lane + 1] = [boxes[index].at + boxes[index].rows]
            placed[index] = lane
        lanes |= dict.fromkeys(cluster, len(taken))
    return [_in_lane(row, placed[n], lanes[n]) for n, row in enumerate(boxes)]


def _in_lane(row: Box, lane: int, lanes: int) -> Box:
    """Beyond the lanes the stylesheet knows, the rest share the last."""
    return Box(row.at, row.rows, min(lane + 1, MAX_LANES), min(lanes, MAX_LANES))


def _clusters(boxes: Sequence[Box]) -> list[list[int]]:
    """Indices of boxes that hang together by shared rows, each cluster from top to bottom."""
    order = sorted(range(len(boxes)), key=lambda n: (boxes[n].at, -boxes[n].rows, n))
    clusters: list[list[int]] = []
    reach = -1
    for index in order:
        if boxes[index].at >= reach:
            clusters.append([])
        clusters[-1].append(index)
        reach = max(reach, boxes[index].at + boxes[index].rows)
    return clusters


def shown_minutes(opens: int, closes: int, spans: Iterable[Span]) -> Span:
    """Whole hours that hold the practice's own and everything in `spans`, within the day."""
    every = [(opens, closes), *spans]
    first = max(0, min(start for start, _ in every))
    last = min(DAY, max(end for _, end in every))
    return first // 60 * 60, -(-last // 60) * 60


def closed_parts(
    open_spans: Iterable[Span], shown: Span, reasons: Iterable[tuple[int, int, str]]
) -> list[tuple[int, int, str]]:
    """What of `shown` is not open, cut where the reason changes; an empty reason where none was given."""
    named = sorted(reasons)
    parts = [part for gap in gaps(merge(open_spans), *shown) for part in _by_reason(gap, named)]
    return _joined(parts)


def _by_reason(gap: Span, named: Sequence[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    parts, here = [], gap[0]
    for begins, ends, reason in named:
        start, end = max(begins, here), min(ends, gap[1])
        if start >= end:
            continue
        parts += [(here, start, ""), (start, end, reason)]
        here = end
    return [part for part in [*parts, (here, gap[1], "")] if part[0] < part[1]]


def _joined(parts: Iterable[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    joined: list[tuple[int, int, str]] = []
    for start, end, reason in parts:
        goes_on = joined and joined[-1][1:] == (start, reason)
        joined.append((joined.pop()[0] if goes_on else start, end, reason))
    return joined


def load(booked: Iterable[Span], available: Iterable[Span]) -> int | None:
    """Booked ÷ available minutes in whole percent, above 100 where hours are exceeded; None without hours."""
    minutes = length(merge(available))
    return round(100 * length(merge(booked)) / minutes) if minutes else None
