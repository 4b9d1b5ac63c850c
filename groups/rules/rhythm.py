"""When a group meets, as the rule its sessions follow."""

from __future__ import annotations

import datetime as dt
from typing import Any, Protocol

from groups.states import Often
from scheduling.rules.recurrence import NAMES, NTH, Every, Pattern

USUAL = 12


class Meets(Protocol):
    often: Any
    weekday: int
    nth: int
    starts_on: dt.date
    ends_on: dt.date | None


def pattern_for(group: Meets, *, count: int) -> Pattern:
    """`count` sessions, fewer where the group ends before. Raises ValueError with words for the reader."""
    facts: dict[str, Any] = {"weekdays": (group.weekday,), "count": count}
    if group.often == Often.MONTHLY:
        return Pattern(every=Every.MONTH_WEEKDAY, nth=group.nth, **facts)
    return Pattern(every=Every.WEEK, interval=2 if group.often == Often.FORTNIGHTLY else 1, **facts)


def within(pattern: Pattern, first: dt.date, last: dt.date | None) -> Pattern:
    """The pattern with only the dates up to `last`. Raises ValueError when none is left."""
    if last is None:
        return pattern
    fit = sum(on <= last for on in pattern.dates(first))
    return Pattern(
        every=pattern.every,
        interval=pattern.interval,
        weekdays=pattern.weekdays,
        nth=pattern.nth,
        count=fit,
    )


def said(group: Meets) -> str:
    """ "every 2 weeks on Sunday", "every month on the second Tuesday"."""
    if group.often == Often.MONTHLY:
        return f"every month on the {NTH[group.nth]} {NAMES[group.weekday]}"
    every = "every week" if group.often == Often.WEEKLY else "every two weeks"
    return f"{every} on {NAMES[group.weekday]}"
