"""Readers of one cell. Each takes stripped, filled text and gives a value, or raises ValueError with a remedy."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from core.walltime import to_utc

Reader = Callable[[str], Any]

UTC = ZoneInfo("UTC")
YES = frozenset({"yes", "y", "true", "t", "1", "x", "on"})
NO = frozenset({"no", "n", "false", "f", "0", "off"})
ISO_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})$")
SLASH_DATE = re.compile(r"(\d{1,2})[/.](\d{1,2})[/.](\d{4})$")
CLOCK = re.compile(r"(\d{1,2})(?::(\d{2}))?(?::(\d{2})(?:\.\d+)?)?\s*([ap])?\.?m?\.?$", re.IGNORECASE)
OFFSET = re.compile(r"(Z|[+-]\d{2}:?\d{2})$", re.IGNORECASE)
EMAIL = re.compile(r"[^@\s,;<>()\"\x00]+@[^@\s,;<>()\".\x00]+(\.[^@\s,;<>()\".\x00]+)+$")
# A semicolon inside a word is written \\; as `writing.join_words` does; a backslash before one is doubled.
WORD_END = re.compile(r"(\\*)(;|\Z)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """How this file writes days, and where its wall clock hangs."""

    zone: ZoneInfo
    day_first: bool = False

    @property
    def words(self) -> str:
        order = "day/month/year" if self.day_first else "month/day/year"
        return f"dates as 2026-11-30 or {order}, times in {self.zone}"


def text(most: int) -> Reader:
    def read(cell: str) -> str:
        if "\x00" in cell:
            raise ValueError("It holds a character no text may have. Type it again.")
        if len(cell) > most:
            raise ValueError(f"It has {len(cell)} characters; at most {most} fit.")
        return cell

    return read


def whole(least: int, most: int) -> Reader:
    def read(cell: str) -> int:
        if not re.fullmatch(r"[+-]?\d{1,12}", cell):
            raise ValueError(f"Write a whole number from {least} to {most}.")
        number = int(cell)
        if not least <= number <= most:
            raise ValueError(f"Write a whole number from {least} to {most}.")
        return number

    return read


def money(cell: str) -> Decimal:
    try:
        amount = Decimal(cell.removeprefix("$").replace(",", "") if "." in cell else cell.removeprefix("$"))
    except InvalidOperation:
        raise ValueError("Write an amount like 150.00.") from None
    if not amount.is_finite() or not 0 <= amount < 1_000_000 or amount != round(amount, 2):
        raise ValueError("Write an amount like 150.00.")
    return amount


def yes_no(cell: str) -> bool:
    word = cell.lower()
    if word in YES or word in NO:
        return word in YES
    raise ValueError("Write yes or no.")


def choice(words: Mapping[str, str]) -> Reader:
    """`words`: what may be written → the value. Case, spaces, hyphens and underscores do not matter."""
    known = {_plain(word): value for word, value in words.items()} | {_plain(v): v for v in words.values()}

    def read(cell: str) -> str:
        try:
            return known[_plain(cell)]
        except KeyError:
            raise ValueError(f"Write one of {', '.join(dict.fromkeys(words.values()))}.") from None

    return read


def words(most_each: int) -> Reader:
    """Several in one cell, separated by semicolons."""
    each = text(most_each)

    def read(cell: str) -> list[str]:
        return list(dict.fromkeys(each(word) for word in split_words(cell)))

    return read


def split_words(cell: str) -> list[str]:
    found, word, at = [], "", 0
    for end in WORD_END.finditer(cell):
        slashes, mark = end.groups()
        word += cell[at : end.start()] + "\\" * (len(slashes) // 2 if mark else -(-len(slashes) // 2))
        at = end.end()
        if mark and len(slashes) % 2:
            word += mark
            continue
        found.append(word.strip())
        word = ""
    return [word for word in found if word]


def email(cell: str) -> str:
    if len(cell) > 254 or not EMAIL.match(cell):
        raise ValueError("Write an email address like name@example.org.")
    return cell.lower()


def date(style: Style) -> Reader:
    def read(cell: str) -> dt.date:
        return _date(cell, style)

    return read


def clock_time(cell: str) -> dt.time:
    """9, 9:30, 09:30:00, 2:30 pm."""
    found = CLOCK.match(cell)
    if not found or (found[2] is None and not found[4]):
        raise ValueError("Write a time like 9:30, 14:30 or 2:30 pm.")
    hour, minute, second = int(found[1]), int(found[2] or 0), int(found[3] or 0)
    if found[4]:
        if not 1 <= hour <= 12:
            raise ValueError("With am or pm the hour goes from 1 to 12.")
        hour = hour % 12 + (12 if found[4].lower() == "p" else 0)
    try:
        return dt.time(hour, minute, second)
    except ValueError:
        raise ValueError("There is no such time of day.") from None


def moment(style: Style) -> Reader:
    """Aware UTC. `2026-11-30 14:30` is wall time in the style's zone; an offset at the end is obeyed."""

    def read(cell: str) -> dt.datetime:
        if OFFSET.search(cell) and "T" in cell.upper():
            return _iso(cell)
        day, _, clock = cell.replace("T", " ", 1).partition(" ")
        if not clock.strip():
            raise ValueError("Write date and time, like 2026-11-30 14:30.")
        on, at = _date(day, style), clock_time(clock.strip())
        try:
            begins = to_utc(on, at, style.zone)
        except OverflowError:
            raise ValueError("There is no such date.") from None
        if begins.astimezone(style.zone).time() != at:
            raise ValueError("The clocks skip this time that night. Write one that exists.")
        return begins

    return read


def _iso(cell: str) -> dt.datetime:
    try:
        found = dt.datetime.fromisoformat(cell)
        return found.astimezone(dt.UTC)
    except (ValueError, OverflowError):
        raise ValueError("Write date and time like 2026-11-30T14:30-05:00.") from None


def _date(cell: str, style: Style) -> dt.date:
    hint = "31/12/2026" if style.day_first else "12/31/2026"
    if found := ISO_DATE.match(cell):
        year, month, day = map(int, found.groups())
    elif found := SLASH_DATE.match(cell):
        first, second, year = map(int, found.groups())
        day, month = (first, second) if style.day_first else (second, first)
    else:
        raise ValueError(f"Write a date like 2026-12-31 or {hint}.")
    try:
        return dt.date(year, month, day)
    except ValueError:
        other = "" if style.day_first else " If days come before months, say so for the whole file."
        raise ValueError(f"There is no such date.{other}") from None


def _plain(word: str) -> str:
    return re.sub(r"[\s_-]+", " ", word.strip()).casefold()
