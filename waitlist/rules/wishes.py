"""What somebody waits for, as values."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryWish:
    """The names are those of the columns. Empty: anything will do. provider_ids and weekdays in ascending order."""

    type_id: int
    provider_ids: tuple[int, ...] = ()
    weekdays: tuple[int, ...] = ()
    from_time: dt.time | None = None
    until_time: dt.time | None = None
    modality: str = ""
    location_id: int | None = None
    insurance: str = ""
    minutes: int | None = None
    is_quick: bool = False
    urgency: str = "routine"
    referral: str = "self"
    max_wait_days: int | None = None
    notes: str = ""
    auto_match: bool = True
