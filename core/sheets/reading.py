"""A file of rows, read line by line: memory stays flat however long it is."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from typing import BinaryIO

from core.sheets.columns import Bad, Column, Matched, Row, match, plain_header, read_row
from core.sheets.dialect import SEPARATOR_LINE, Dialect, text_of
from core.sheets.trouble import SheetError

MOST_IN_A_CELL = 10_000


class Sheet:
    """One open file. `header` as written; `rows` may be read once, inside `with`, which leaves the file open."""

    def __init__(self, file: BinaryIO, dialect: Dialect) -> None:
        """Raises SheetError when there is no header line."""
        self.dialect = dialect
        self._text = text_of(file, dialect.encoding)
        csv.field_size_limit(MOST_IN_A_CELL)
        self._reader = csv.reader(self._text, delimiter=dialect.delimiter, strict=True)
        self.header = self._header()

    def __enter__(self) -> Sheet:
        return self

    def __exit__(self, *_: object) -> None:
        self._text.detach()

    def _header(self) -> list[str]:
        try:
            for cells in self._reader:
                alone = len(cells) <= 2 and cells and cells[0].lower().startswith(SEPARATOR_LINE)
                if any(cell.strip() for cell in cells) and not alone:
                    return [cell.strip() for cell in cells]
        except csv.Error:
            raise SheetError("The first line is not closed: a quotation mark is missing its pair.") from None
        raise SheetError("The file has no line with the names of its columns.")

    def rows(
        self, columns: Sequence[Column], given: Mapping[str, str] | None = None
    ) -> tuple[Matched, Iterator[Row | list[Bad]]]:
        """The match of header and columns, and for each filled line its Row, or all that is wrong with it."""
        matched = match(self.header, columns, given)
        return matched, self._read(columns, matched)

    def _read(self, columns: Sequence[Column], matched: Matched) -> Iterator[Row | list[Bad]]:
        for line, cells in self.lines():
            if isinstance(cells, Bad):
                yield [cells]
            elif any(cell.strip() for cell in cells):
                row, bad = read_row(line, cells, columns, matched)
                bad += self._surplus(line, cells)
                yield bad or row

    def lines(self) -> Iterator[tuple[int, list[str] | Bad]]:
        """Each line after the header with its number, cells as written; or why it cannot be split into cells."""
        while True:
            line = self._reader.line_num + 1
            try:
                yield line, next(self._reader)
            except StopIteration:
                return
            except csv.Error:
                reason = "A quotation mark in this line has no pair, or a cell is far too long."
                yield line, Bad(line, "", reason)

    def _surplus(self, line: int, cells: Sequence[str]) -> list[Bad]:
        """A shorter line is Excel's doing: it drops empty cells at the end. A longer one has shifted."""
        if any(cell.strip() for cell in cells[len(self.header) :]):
            reason = f"The line has {len(cells)} cells, the header {len(self.header)}. Is a cell not quoted?"
            return [Bad(line, "", reason)]
        return []

    @property
    def line(self) -> int:
        """How far it has been read, in lines."""
        return self._reader.line_num


def column_named(columns: Sequence[Column], header: str) -> str:
    """The column a header would go to by itself; empty for none."""
    plain = plain_header(header)
    return next((c.name for c in columns if plain in map(plain_header, (c.name, *c.also))), "")
