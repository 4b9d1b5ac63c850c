"""Until when a client is asked what shall become of a visit."""

from __future__ import annotations

import datetime as dt

LEAST = dt.timedelta(minutes=20)  # shorter is no time to answer: call instead


def answer_until(starts_at: dt.datetime, now: dt.datetime, *, hours_before: int) -> dt.datetime | None:
    """So many hours before the visit; where that has passed, half of what is left. None where that is too short."""
    wanted = starts_at - dt.timedelta(hours=hours_before)
    if wanted >= now + LEAST:
        return wanted
    halfway = now + (starts_at - now) / 2
    return halfway.replace(second=0, microsecond=0) if halfway >= now + LEAST else None
