"""A step of the schedule in words, and what changing it does to the plans there are."""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from reminders.states import RuleKind

DAY, HOUR = 24 * 60, 60


@dataclass(frozen=True, slots=True, kw_only=True)
class StepFacts:
    """What the form says of a step; the names are those of the columns. `at_time` needs whole days."""

    name: str
    kind: str = RuleKind.BEFORE
    offset_minutes: int = DAY
    at_time: dt.time | None = None
    channels: tuple[str, ...] = ()
    drop_rank: int = 0
    skip_in_weekly_series: bool = False
    only_high_risk: bool = False
    is_active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ExceptionFacts:
    """What differs for a type, a provider or both; None keeps what the step says."""

    type_id: int | None = None
    provider_id: int | None = None
    is_active: bool = True
    offset_minutes: int | None = None
    at_time: dt.time | None = None
    channels: tuple[str, ...] | None = None


def in_words(kind: str, offset_minutes: int, at: str = "") -> str:
    """`24 hours before`, `7 days before`, `on the morning of the visit, at 8:00 am`. `at`: the fixed hour, said."""
    if kind == RuleKind.INITIAL:
        return "right after booking"
    side = "after" if kind == RuleKind.AFTER else "before"
    if not at:
        return f"{amount(offset_minutes)} {side}"
    days = offset_minutes // DAY
    if not days:
        return f"on the day of the visit, at {at}"
    return f"{'the day' if days == 1 else f'{days} days'} {side}, at {at}"


def amount(minutes: int) -> str:
    """In the largest unit that leaves nothing over; days from two on, as people say 24 hours."""
    if minutes % DAY == 0 and minutes >= 2 * DAY:
        return f"{minutes // DAY} days"
    if minutes % HOUR == 0:
        hours = minutes // HOUR
        return f"{hours} hour{'' if hours == 1 else 's'}"
    return f"{minutes} minutes"


class Effect(StrEnum):
    """What a change of a step does to the plans."""

    NONE = "none"
    STARTS = "starts"
    STOPS = "stops"
    MOVES = "moves"
    REROUTES = "reroutes"  # other channels, or another order of them
    NARROWS = "narrows"  # for more or fewer visits than before


def effect_of(before: StepFacts | None, after: StepFacts | None) -> Effect:
    """None: there was, or will be, no such step."""
    was, will = bool(before and before.is_active), bool(after and after.is_active)
    if before is None or after is None or was != will:
        return (Effect.STARTS if will else Effect.STOPS) if was != will else Effect.NONE
    if not will:
        return Effect.NONE
    if _when(before) != _when(after):
        return Effect.MOVES
    if before.channels != after.channels:
        return Effect.REROUTES
    return Effect.NARROWS if _whom(before) != _whom(after) else Effect.NONE


def _when(step: StepFacts) -> tuple[str, int, dt.time | None]:
    return step.kind, step.offset_minutes, step.at_time


def _whom(step: StepFacts) -> tuple[bool, bool]:
    return step.skip_in_weekly_series, step.only_high_risk
