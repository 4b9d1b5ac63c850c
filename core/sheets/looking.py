"""A look at a file before it is taken in: how it is written down, what can be told of its days, how it begins."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from typing import BinaryIO

from core.sheets.cells import SLASH_DATE
from core.sheets.columns import match
from core.sheets.dialect import Dialect, recognise, text_of
from core.sheets.reading import Sheet
from core.sheets.trouble import SheetError

FIRST, FOREIGN, LOOKED_AT = 5, 3, 5_000
MOST_SHOWN = 160  # characters of a line shown as it is


class DayOrder(StrEnum):
    """What the dates like 3/4/2026 say of themselves. EITHER: each fits both; MIXED: no order fits all."""

    NONE = "none"
    MONTH_FIRST = "month"
    DAY_FIRST = "day"
    EITHER = "either"
    MIXED = "mixed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """`first`: line number and cells, one for each header. `foreign`: lines by which one sees a wrong encoding.

    `by_itself`: the dialect without being told any of it; None where that cannot be said. `order` is told from the
    first LOOKED_AT lines, `order_line` the one that told it.
    """

    dialect: Dialect
    by_itself: Dialect | None
    header: list[str]
    first: list[tuple[int, list[str]]]
    foreign: list[tuple[int, str]]
    order: DayOrder
    order_line: int = 0


def look(file: BinaryIO, *, encoding: str = "", delimiter: str = "") -> Look:
    """Reads it once for the dialect, and some of it for the rest. Raises SheetError as reading it would."""
    dialect = recognise(file, encoding=encoding, delimiter=delimiter)
    with Sheet(file, dialect) as sheet:
        match(sheet.header, [])  # a header written twice is said here already
        rows = list(islice(_filled(sheet), LOOKED_AT))
        header = sheet.header
    order, line = _order_of(rows)
    return Look(
        dialect=dialect,
        by_itself=_by_itself(file) if encoding or delimiter else dialect,
        header=header,
        first=[(number, _as_long_as(header, cells)) for number, cells in rows[:FIRST]],
        foreign=_foreign(file, dialect.encoding),
        order=order,
        order_line=line,
    )


def _by_itself(file: BinaryIO) -> Dialect | None:
    file.seek(0)
    try:
        return recognise(file)
    except SheetError:
        return None


def _filled(sheet: Sheet) -> Iterator[tuple[int, list[str]]]:
    for line, cells in sheet.lines():
        if isinstance(cells, list) and any(cell.strip() for cell in cells):
            yield line, cells


def _as_long_as(header: Sequence[str], cells: Sequence[str]) -> list[str]:
    return [*cells, *[""] * len(header)][: len(header)]


def _order_of(rows: Iterable[tuple[int, list[str]]]) -> tuple[DayOrder, int]:
    told: dict[DayOrder, int] = {}
    for line, cells in rows:
        for cell in cells:
            if order := _order_in(cell.strip().partition(" ")[0]):
                told.setdefault(order, line)
    month, day = told.get(DayOrder.MONTH_FIRST, 0), told.get(DayOrder.DAY_FIRST, 0)
    if month and day:
        return DayOrder.MIXED, max(month, day)
    if month or day:
        return (DayOrder.MONTH_FIRST if month else DayOrder.DAY_FIRST), month or day
    return (DayOrder.EITHER if told else DayOrder.NONE), told.get(DayOrder.EITHER, 0)


def _order_in(cell: str) -> DayOrder | None:
    if not (found := SLASH_DATE.match(cell)):
        return None
    fits = int(found[1]) <= 12, int(found[2]) <= 12  # as a month
    ways = {
        (True, True): DayOrder.EITHER,
        (True, False): DayOrder.MONTH_FIRST,
        (False, True): DayOrder.DAY_FIRST,
    }
    return ways.get(fits)


def _foreign(file: BinaryIO, encoding: str) -> list[tuple[int, str]]:
    """The first lines with anything but English letters, shortened."""
    text = text_of(file, encoding)
    found = ((number, line) for number, line in enumerate(text, start=1) if not line.isascii())
    try:
        return [(number, line.strip()[:MOST_SHOWN]) for number, line in islice(found, FOREIGN)]
    finally:
        text.detach()
        file.seek(0)
