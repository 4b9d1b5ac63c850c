"""What a form, an import or the assistant asks for."""

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekBlock:
    """One block of a week. The names are those of WeeklyBlock's columns.

    effective_from_on: None for the day the week is set from.
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
