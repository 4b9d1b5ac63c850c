"""Cells of hours."""

from __future__ import annotations

import datetime as dt

from availability.rules.expansion import LAST_MINUTE
from core.sheets import cells
from core.sheets.columns import Column

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MIDNIGHTS = frozenset({"24:00", "24:00:00", "0:00", "00:00", "00:00:00", "12:00 am", "12am", "midnight"})
PROVIDER = Column(
    name="provider",
    reads=cells.text(120),
    required=True,
    also=("clinician", "therapist", "provider_id", "provider_number"),
    says="number or name",
)


def weekday(cell: str) -> int:
    """0 Monday to 6 Sunday; or the name, or at least its first two letters."""
    word = cell.lower().rstrip(".")
    if word.isdigit() and int(word) <= 6:
        return int(word)
    fitting = [n for n, name in enumerate(DAYS) if len(word) >= 2 and name.startswith(word)]
    if len(fitting) != 1:
        raise ValueError("Write a day like Monday, or 0 for Monday to 6 for Sunday.")
    return fitting[0]


def end_time(cell: str) -> dt.time:
    """24:00 and midnight are the last minute, which everybody who reads hours takes for midnight."""
    return LAST_MINUTE if cell.lower() in MIDNIGHTS else cells.clock_time(cell)
