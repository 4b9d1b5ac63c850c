"""A provider's week as a picture: blocks of wall time in seven columns, and the turn of every second week."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from core.intervals import Span, length, merge
from scheduling.rules import words
from scheduling.rules.grid import DAY, Box, box, in_lanes, shown_minutes

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
WEEK = dt.timedelta(weeks=1)


def turn_of(on: dt.date) -> int:
    """0 or 1: weeks (Monday on) alternate for ever, whatever the year."""
    return (on.toordinal() - 1) // 7 % 2


def monday_in_turn(on: dt.date, turn: int) -> dt.date:
    """The Monday of the week of `on`, or of the next one, whichever has that turn."""
    monday = on - dt.timedelta(days=on.weekday())
    return monday if turn_of(monday) == turn else monday + WEEK


def minutes_of(at: dt.time, *, is_end: bool = False) -> int:
    """A TimeField cannot say 24:00, so an end of 23:59 means midnight."""
    return DAY if is_end and at >= dt.time(23, 59) else at.hour * 60 + at.minute


def said_span(span: Span, *, h24: bool) -> str:
    """ "9:00 am–12:30 pm", "10:30 am–midnight"."""
    start, end = span
    if end < DAY:
        return words.between(start, end, h24=h24)
    return f"{words.clock(start, h24=h24)}–{'24:00' if h24 else 'midnight'}"


@dataclass(frozen=True, slots=True)
class Piece:
    """One block of the week. `index`: which row of the form."""

    index: int
    weekday: int
    span: Span


@dataclass(frozen=True, slots=True)
class Drawn:
    piece: Piece
    box: Box


@dataclass(frozen=True, slots=True)
class DayColumn:
    """`minutes`: how long one is in, every second week counted as if it were each."""

    weekday: int
    pieces: tuple[Drawn, ...]
    minutes: int

    @property
    def name(self) -> str:
        return DAYS[self.weekday]


def columns_of(pieces: Sequence[Piece], shown: Span, week_starts_on: int) -> list[DayColumn]:
    order = [(week_starts_on + n) % 7 for n in range(7)]
    return [_column(day, [p for p in pieces if p.weekday == day], shown) for day in order]


def _column(weekday: int, pieces: list[Piece], shown: Span) -> DayColumn:
    pieces.sort(key=lambda p: (p.span, p.index))
    placed = [(piece, at) for piece in pieces if (at := box(piece.span, shown, least=3)) is not None]
    boxes = in_lanes([at for _, at in placed])
    drawn = tuple(Drawn(piece, at) for (piece, _), at in zip(placed, boxes, strict=True))
    return DayColumn(weekday, drawn, length(merge(p.span for p in pieces)))


def frame_of(pieces: Sequence[Piece], opens: dt.time, closes: dt.time) -> Span:
    """The whole hours shown: an hour more than the practice is open, so that there is room to draw."""
    first, last = minutes_of(opens) - 60, minutes_of(closes) + 60
    return shown_minutes(max(first, 0), min(last, DAY), [p.span for p in pieces])


def free_span(taken: Sequence[Span], opens: dt.time, closes: dt.time) -> Span:
    """Where a new block of a day begins: after the last one, else the practice's own hours."""
    first, last = minutes_of(opens), minutes_of(closes)
    begins = max([first, *(end for _, end in taken)])
    if not taken or begins + 60 > DAY:
        return first, max(last, first + 60)
    return begins, min(max(last, begins + 60), DAY)
