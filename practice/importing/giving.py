"""What stands, as a file."""

from __future__ import annotations

from collections.abc import Iterator

from core.sheets.cells import Style
from core.sheets.writing import lines
from practice.importing.kinds import Kind
from practice.queries import the_practice


def file_of(kind: Kind) -> Iterator[str]:
    """In pieces; UTF-8 without a byte order mark, commas, one row after another in an order of their own."""
    return lines(kind.exported, kind.rows(Style(zone=the_practice().tz)))
