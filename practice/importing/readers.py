"""Readers of cells that need what this app knows."""

from __future__ import annotations

import zoneinfo

from practice.rules.phones import HINT, e164


def phone(cell: str) -> str:
    """E.164."""
    if "e+" in cell.lower():
        raise ValueError(f"A spreadsheet has rounded this number. Format the column as text. {HINT}")
    return e164(cell)


def zone(cell: str) -> str:
    if cell not in zoneinfo.available_timezones():
        raise ValueError("Write a time zone like America/New_York.")
    return cell
