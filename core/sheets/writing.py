"""Cells for a spreadsheet, readable back without loss."""

from __future__ import annotations

import csv
import datetime as dt
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

RISKY = ("=", "+", "-", "@", "\t", "\r", "\n")
QUOTE = "'"


def harmless(value: object) -> str:
    """Text a spreadsheet will not run as a formula: a risky first character gets an apostrophe before it.

    Source: OWASP, CSV Injection. `bare` takes it away again; so text that looks guarded is guarded once more.
    """
    text = "" if value is None else str(value)
    return QUOTE + text if text.startswith(RISKY) or _looks_guarded(text) else text


def bare(cell: str) -> str:
    """What `harmless` was given."""
    return cell[1:] if _looks_guarded(cell) else cell


def _looks_guarded(text: str) -> bool:
    return text.startswith(QUOTE) and text[1:].startswith((*RISKY, QUOTE))


def cell_of(value: Any) -> str:
    """As the readers in `cells` understand it: yes/no, ISO dates and moments, plain amounts, words by semicolon."""
    for kind, write in _WAYS:
        if isinstance(value, kind):
            return write(value)
    return harmless(value)


def join_words(several: Iterable[Any]) -> str:
    """As `cells.words` reads them: each once, none empty; see `cells.WORD_END` for a semicolon within."""
    words = dict.fromkeys(str(one).strip() for one in several)
    return "; ".join(_one_word(word) for word in words if word)


def _one_word(word: str) -> str:
    return re.sub(r"(\\*)(;|\Z)", lambda end: end[1] * 2 + ("\\;" if end[2] else ""), word)


_WAYS: tuple[tuple[Any, Callable[[Any], str]], ...] = (
    (bool, lambda value: "yes" if value else "no"),
    ((dt.datetime, dt.date), lambda value: value.isoformat()),
    (dt.time, lambda value: value.strftime("%H:%M:%S" if value.second else "%H:%M")),
    (int, str),  # a negative one is a number, not a formula
    (Decimal, lambda value: f"{value:.2f}"),
    ((list, tuple), lambda value: harmless(join_words(value))),
)


class _Echo:
    def write(self, text: str) -> str:
        return text


def lines(names: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """The file in pieces, header first; a name a row lacks is an empty cell."""
    writer = csv.writer(_Echo(), lineterminator="\r\n")
    yield writer.writerow(names)
    for row in rows:
        yield writer.writerow([cell_of(row.get(name)) for name in names])
