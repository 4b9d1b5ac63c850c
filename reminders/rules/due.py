"""When each step of the schedule falls due. Wall clock first, then the window, then what is too close to say twice."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from core.walltime import to_utc
from messaging.rules.windows import Window, next_open, plan
from reminders.states import RuleKind

DAY_MINUTES = 24 * 60
# Two reminders of one visit nearer than this are one: the later step, nearer to the visit, stays.
TOO_CLOSE = dt.timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    rule_id: int
    kind: str
    offset_minutes: int
    channels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Whose hours count."""

    zone: ZoneInfo
    window: Window | None


def wall_clock_before(start: dt.datetime, offset_minutes: int, zone: ZoneInfo) -> dt.datetime:
    """Aware UTC. Whole days keep the wall time in `zone`, whatever the clocks do; the rest is elapsed time."""
    days, minutes = divmod(offset_minutes, DAY_MINUTES)
    local = start.astimezone(zone)
    same_time = to_utc(local.date() - dt.timedelta(days), local.time(), zone) if days else start
    return same_time.astimezone(dt.UTC) - dt.timedelta(minutes=minutes)


def due_times(
    start: dt.datetime, steps: Sequence[Step], person: Person, *, now: dt.datetime, greet: bool
) -> list[tuple[Step, dt.datetime]]:
    """Soonest first. Steps already past are left out; the initial confirmation is there when `greet`.

    The initial one may lie past `start` when no window is left before the visit: the caller says so on the row.
    """
    initial = [step for step in steps if step.kind == RuleKind.INITIAL][:1] if greet else []
    greeting = [(step, next_open(person.window, now, person.zone)) for step in initial]
    before = sorted((s for s in steps if s.kind == RuleKind.BEFORE), key=lambda s: s.offset_minutes)
    kept: list[tuple[Step, dt.datetime]] = list(greeting)
    for step in before:  # nearest to the visit first, so that of two close ones the later stays
        at = _due_before(start, step, person, now)
        if at is not None and not any(abs(at - other) < TOO_CLOSE for _, other in kept):
            kept.append((step, at))
    return sorted(kept, key=lambda pair: pair[1])


def _due_before(start: dt.datetime, step: Step, person: Person, now: dt.datetime) -> dt.datetime | None:
    """None when it is past, or could only be said once the visit has begun."""
    wanted = wall_clock_before(start, step.offset_minutes, person.zone)
    if wanted <= now:
        return None
    # Waiting for the window may use up half of the lead the step is meant to give; beyond that it goes earlier.
    lead = dt.timedelta(minutes=step.offset_minutes) / 2
    at = plan(person.window, wanted, useful_until=start, now=now, zone=person.zone, lead=lead)
    return at if at < start else None
