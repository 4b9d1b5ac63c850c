"""A stacked bar for each day, as places in a drawing. No colour, no words: those are the page's."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT, GAP = 720, 140, 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One rectangle; `of` is which of the stacked numbers it shows."""

    of: int
    x: float
    y: float
    width: float
    height: float


def stacked(columns: Sequence[Sequence[int]]) -> list[Piece]:
    """The first number of each column stands at the bottom. Nothing is drawn for nothing."""
    most = max((sum(column) for column in columns), default=0)
    if not most:
        return []
    step = WIDTH / len(columns)
    found = []
    for n, column in enumerate(columns):
        bottom = float(HEIGHT)
        for of, count in enumerate(column):
            height = HEIGHT * count / most
            bottom -= height
            if count:
                found.append(_piece(of, n * step, bottom, step, height))
    return found


def _piece(of: int, x: float, y: float, step: float, height: float) -> Piece:
    return Piece(
        of=of,
        x=round(x + step * GAP / 2, 2),
        y=round(y, 2),
        width=round(step * (1 - GAP), 2),
        height=round(height, 2),
    )
