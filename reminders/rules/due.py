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


# A thank-you or a question after the visit that comes later than this is odd.
FOLLOW_UP_FOR = dt.timedelta(days=3)

# Why a step is not said of a visit, in the words of the preview.
PASSED = "Its time had passed already"
TOO_CLOSE_TO_ANOTHER = "Another step falls within the hour"
NO_HOURS = "Messages may not go out again before the visit"
SAID_BEFORE = "Said when it was booked, or with the first of the series"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """With `at_time`, `offset_minutes` counts whole days and the step is said at that hour of the day."""

    rule_id: int
    kind: str
    offset_minutes: int
    at_time: dt.time | None = None
    channels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Whose hours count."""

    zone: ZoneInfo
    window: Window | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """When a step is said, or why it is not. `at`: aware UTC."""

    step: Step
    at: dt.datetime | None = None
    why: str = ""


def wall_clock_before(start: dt.datetime, offset_minutes: int, zone: ZoneInfo) -> dt.datetime:
    """Aware UTC. Whole days keep the wall time in `zone`, whatever the clocks do; the rest is elapsed time."""
    days, minutes = divmod(offset_minutes, DAY_MINUTES)
    return _days_away(start, -days, zone) - dt.timedelta(minutes=minutes)


def wall_clock_after(end: dt.datetime, offset_minutes: int, zone: ZoneInfo) -> dt.datetime:
    """The same, counted forward."""
    days, minutes = divmod(offset_minutes, DAY_MINUTES)
    return _days_away(end, days, zone) + dt.timedelta(minutes=minutes)


def _days_away(moment: dt.datetime, days: int, zone: ZoneInfo, at: dt.time | None = None) -> dt.datetime:
    if not days and at is None:
        return moment.astimezone(dt.UTC)
    local = moment.astimezone(zone)
    return to_utc(local.date() + dt.timedelta(days), at or local.time(), zone).astimezone(dt.UTC)


def wanted_at(start: dt.datetime, end: dt.datetime, step: Step, zone: ZoneInfo) -> dt.datetime:
    """When a step is meant to be said, before anybody's hours are looked at. Aware UTC."""
    is_after = step.kind == RuleKind.AFTER
    if step.at_time is not None:
        days = step.offset_minutes // DAY_MINUTES
        return _days_away(end if is_after else start, days if is_after else -days, zone, step.at_time)
    if is_after:
        return wall_clock_after(end, step.offset_minutes, zone)
    return wall_clock_before(start, step.offset_minutes, zone)


def due_times(
    start: dt.datetime,
    steps: Sequence[Step],
    person: Person,
    *,
    now: dt.datetime,
    greet: bool,
    end: dt.datetime | None = None,
) -> list[tuple[Step, dt.datetime]]:
    """Those of `judged` that are said, the soonest first."""
    said = judged(start, end or start, steps, person, now=now, greet=greet)
    return sorted(((one.step, one.at) for one in said if one.at is not None), key=lambda pair: pair[1])


def judged(
    start: dt.datetime,
    end: dt.datetime,
    steps: Sequence[Step],
    person: Person,
    *,
    now: dt.datetime,
    greet: bool,
) -> list[Judged]:
    """Every step once, said or not. The initial confirmation is said when `greet`.

    The initial one may lie past `start` when no window is left before the visit: the caller says so on the row.
    """
    initial = [step for step in steps if step.kind == RuleKind.INITIAL]
    greeted = [_greeting(step, person, now, greet and step is initial[0]) for step in initial]
    before = sorted(
        (s for s in steps if s.kind == RuleKind.BEFORE), key=lambda s: wanted_at(start, end, s, person.zone)
    )
    kept = list(greeted)
    for step in reversed(before):  # nearest to the visit first, so that of two close ones the later stays
        kept.append(_before(start, step, person, now, [one.at for one in kept if one.at]))
    return kept + [_after(end, step, person, now) for step in steps if step.kind == RuleKind.AFTER]


def _greeting(step: Step, person: Person, now: dt.datetime, is_said: bool) -> Judged:
    if not is_said:
        return Judged(step=step, why=SAID_BEFORE)
    return Judged(step=step, at=next_open(person.window, now, person.zone))


def _before(
    start: dt.datetime, step: Step, person: Person, now: dt.datetime, others: Sequence[dt.datetime]
) -> Judged:
    wanted = wanted_at(start, start, step, person.zone)
    if wanted <= now:
        return Judged(step=step, why=PASSED)
    if wanted >= start:
        return Judged(step=step, why=NO_HOURS)
    # Waiting for the window may use up half of the lead the step is meant to give; beyond that it goes earlier.
    at = plan(person.window, wanted, useful_until=start, now=now, zone=person.zone, lead=(start - wanted) / 2)
    if at >= start:
        return Judged(step=step, why=NO_HOURS)
    if any(abs(at - other) < TOO_CLOSE for other in others):
        return Judged(step=step, why=TOO_CLOSE_TO_ANOTHER)
    return Judged(step=step, at=at)


def _after(end: dt.datetime, step: Step, person: Person, now: dt.datetime) -> Judged:
    wanted = wanted_at(end, end, step, person.zone)
    if wanted <= now:
        return Judged(step=step, why=PASSED)
    return Judged(step=step, at=next_open(person.window, wanted, person.zone))
