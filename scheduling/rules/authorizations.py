"""Which of an insurer's permissions a visit draws on, and when one is nearly over. Dates are the practice's."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

LOW_SESSIONS, LOW_DAYS = 2, 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Permit:
    """`left`: sessions that are neither used nor kept for a visit ahead. Both dates are included."""

    id: int
    starts_on: dt.date
    ends_on: dt.date
    left: int

    def is_valid(self, on: dt.date) -> bool:
        return self.starts_on <= on <= self.ends_on


def fitting(permits: Iterable[Permit], on: dt.date) -> Permit | None:
    """Of those valid that day with sessions left, the one that ends first: it would be lost soonest."""
    fit = (one for one in permits if one.is_valid(on) and one.left > 0)
    return min(fit, key=lambda one: (one.ends_on, one.id), default=None)


def is_low(left: int, ends_on: dt.date, today: dt.date) -> bool:
    """Source: CORE-5, two sessions or thirty days."""
    return left <= LOW_SESSIONS or (ends_on - today).days <= LOW_DAYS


def said(left: int, ends_on: dt.date) -> str:
    """What is left of one, in a few words."""
    sessions = "No session" if left <= 0 else "1 session" if left == 1 else f"{left} sessions"
    return f"{sessions} left, until {ends_on:%b} {ends_on.day}, {ends_on.year}"


def covered_days(each: Sequence[Sequence[Permit]], days: Iterable[dt.date]) -> list[dt.date]:
    """The days on which everybody has a fitting one. each: the permits of each person."""
    return [on for on in days if all(fitting(permits, on) for permits in each)]
