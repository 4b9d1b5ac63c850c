"""What a form, an import or the assistant asks for."""

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekBlock:
    """One block of a week. The names are those of WeeklyBlock's columns.

    effective_from_on: None for the day the week is set from. counts_from_on: for every second week, any day in one
    of its weeks; None for the week it begins in.
    """

    weekday: int
    starts_at: dt.time
    ends_at: dt.time
    location_id: int | None = None
    telehealth_ok: bool = True
    max_visits: int | None = None
    every_weeks: int = 1
    effective_from_on: dt.date | None = None
    effective_until_on: dt.date | None = None
    counts_from_on: dt.date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosureWish:
    """Whole days, both included, everywhere or at one location."""

    first_on: dt.date
    last_on: dt.date
    reason: str
    location_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeOffWish:
    """`starts_at`, `ends_at`: aware; whole days from midnight to midnight. The names are those of TimeOff's columns."""

    kind: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    note: str = ""
    cover_id: int | None = None
    default_plan: str = "best"
