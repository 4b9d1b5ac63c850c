"""A provider's weekly hours as they stand, and when they change."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from availability.models import WeeklyBlock
from core.walltime import ONE_DAY
from scheduling.rules.week import DAYS, minutes_of, said_span


@dataclass(frozen=True, slots=True)
class Period:
    """From `first` on something about the week is different. `is_shown`: the one on the page."""

    first: dt.date
    is_shown: bool


def weekly_blocks(provider_id: int, from_on: dt.date) -> list[WeeklyBlock]:
    """Those that hold on some day from `from_on` on."""
    blocks = WeeklyBlock.objects.of([provider_id]).effective_between(from_on, dt.date.max)
    return list(blocks.order_by("weekday", "starts_at", "pk"))


def periods(blocks: list[WeeklyBlock], today: dt.date, shown: dt.date) -> list[Period]:
    """Today, and each later day on which a block begins or the day after one ends. `blocks`: from today on."""
    begins = {row.effective_from_on for row in blocks}
    ends = {row.effective_until_on + ONE_DAY for row in blocks if row.effective_until_on}
    days = sorted({today, shown} | {day for day in begins | ends if day > today})
    return [Period(day, day == shown) for day in days]


@dataclass(frozen=True, slots=True)
class Earlier:
    """Blocks that are over, of one span of days: "until Nov 30", and each in words."""

    first: dt.date
    last: dt.date
    lines: list[str]


def earlier_hours(provider_id: int, today: dt.date, *, clock_24h: bool) -> list[Earlier]:
    """Newest first; at most a dozen spans."""
    over = WeeklyBlock.objects.of([provider_id]).filter(effective_until_on__lt=today)
    found: dict[tuple[dt.date, dt.date], list[str]] = {}
    for row in over.order_by("-effective_until_on", "-effective_from_on", "weekday", "starts_at")[:200]:
        span = minutes_of(row.starts_at), minutes_of(row.ends_at, is_end=True)
        often = "" if row.every_weeks == 1 else ", every second week"
        line = f"{DAYS[row.weekday]} {said_span(span, h24=clock_24h)}{often}"
        found.setdefault((row.effective_from_on, row.effective_until_on or today), []).append(line)
    return [Earlier(*days, lines) for days, lines in list(found.items())[:12]]
