"""What the columns of a file mean: headers matched to known columns, cells to values."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from core.sheets.cells import Reader
from core.sheets.trouble import SheetError
from core.sheets.writing import bare


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """`required`: the column must be there and its cell filled. `empty`: what an empty cell means.

    `also`: other headers this column goes by. `says`: what belongs there, for pages and `--help`.
    """

    name: str
    reads: Reader
    says: str = ""
    required: bool = False
    also: tuple[str, ...] = ()
    empty: Any = ""


@dataclass(frozen=True, slots=True)
class Bad:
    """One reason a line cannot be taken. `line` counts from 1 as editors do; `column` may be empty."""

    line: int
    column: str
    reason: str


@dataclass(frozen=True, slots=True)
class Row:
    """The values of one line. A column the file does not have is absent from `values`: leave what stands."""

    line: int
    values: dict[str, Any]

    def __getitem__(self, name: str) -> Any:
        return self.values[name]

    def get(self, name: str, default: Any = None) -> Any:
        return self.values.get(name, default)

    def has(self, name: str) -> bool:
        return name in self.values


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """`places`: column name → position in the line. `ignored`: headers nobody reads, said aloud."""

    places: dict[str, int]
    ignored: list[str] = field(default_factory=list)


def match(
    header: Sequence[str], columns: Sequence[Column], given: Mapping[str, str] | None = None
) -> Matched:
    """Headers to columns by name, by the other names they go by, or as `given` {column name: header} says.

    A header given as "" leaves its column out. Raises SheetError for a header twice, a required column that is
    not there, and a `given` name or header that does not exist.
    """
    given = dict(given or {})
    positions = _positions(header)
    known = {column.name for column in columns}
    if unknown := [name for name in given if name not in known]:
        raise SheetError(
            f"There is no column {unknown[0]}. Known: {', '.join(sorted(known))}.", field="mapping"
        )
    places: dict[str, int] = {}
    for column in columns:
        at = _place(column, positions, given)
        if at is not None:
            places[column.name] = at
    if absent := [c.name for c in columns if c.required and c.name not in places]:
        raise SheetError(f"The file has no column for {', '.join(absent)}.", field="mapping")
    taken = set(places.values())
    return Matched(places=places, ignored=[h for n, h in enumerate(header) if n not in taken and h.strip()])


def read_row(
    line: int, cells: Sequence[str], columns: Sequence[Column], matched: Matched
) -> tuple[Row, list[Bad]]:
    """Every cell is looked at, so that one line tells all its troubles at once."""
    values: dict[str, Any] = {}
    bad: list[Bad] = []
    for column in columns:
        at = matched.places.get(column.name)
        if at is None:
            continue
        cell = bare(cells[at]).strip() if at < len(cells) else ""
        try:
            values[column.name] = _value(column, cell)
        except ValueError as error:
            bad.append(Bad(line, column.name, str(error)))
    return Row(line, values), bad


def _value(column: Column, cell: str) -> Any:
    if cell:
        return column.reads(cell)
    if column.required:
        raise ValueError("This must be filled in.")
    return list(column.empty) if isinstance(column.empty, list) else column.empty


def _positions(header: Sequence[str]) -> dict[str, int]:
    """By the header as written and by its plain form, which is empty where no letter is a Latin one."""
    positions: dict[str, int] = {}
    for at, name in enumerate(header):
        for known in {name.strip(), plain_header(name)} - {""}:
            if positions.setdefault(known, at) != at:
                raise SheetError(f"Two columns are headed “{name.strip()}”. Rename one.")
    return positions


def _place(column: Column, positions: Mapping[str, int], given: Mapping[str, str]) -> int | None:
    if column.name in given:
        wanted = given[column.name].strip()
        at = positions.get(wanted, positions.get(plain_header(wanted)))
        if wanted and at is None:
            raise SheetError(f"The file has no column headed “{wanted}”.", field="mapping")
        return at
    names = (column.name, *column.also)
    return next((positions[plain_header(n)] for n in names if plain_header(n) in positions), None)


def plain_header(name: str) -> str:
    """`Date of Birth`, `date-of-birth` and `DATE_OF_BIRTH` are one."""
    return re.sub(r"[^a-z0-9]+", "_", name.strip().lower()).strip("_")
