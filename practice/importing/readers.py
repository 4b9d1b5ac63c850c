"""Readers of cells that need what this app knows."""

from __future__ import annotations

import functools
import re
import zoneinfo

from django.conf.locale import LANG_INFO
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator

from core.sheets import cells
from practice.rules.phones import HINT, e164

CODE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,6})?$")
LANGUAGES = {info["name"].casefold(): code for code, info in LANG_INFO.items() if "name" in info}
is_link = URLValidator(schemes=["http", "https"])


def phone(cell: str) -> str:
    """E.164."""
    if "e+" in cell.lower():
        raise ValueError(f"A spreadsheet has rounded this number. Format the column as text. {HINT}")
    return e164(cell)


def zone(cell: str) -> str:
    if cell not in _zones():
        raise ValueError("Write a time zone like America/New_York.")
    return cell


@functools.cache
def _zones() -> frozenset[str]:
    """Looking them up walks a folder of files, which twenty thousand lines need not do each."""
    return frozenset(zoneinfo.available_timezones())


def language(cell: str) -> str:
    """A code; `Spanish` is understood too."""
    if CODE.match(cell):
        return cell
    try:
        return LANGUAGES[cell.casefold()]
    except KeyError:
        raise ValueError("Write a language or its code, like Spanish or es.") from None


def link(cell: str) -> str:
    try:
        is_link(cells.text(200)(cell))
    except ValidationError:
        raise ValueError("Write a web address like https://example.org/room.") from None
    return cell
