"""A calendar file read as busy-only: spans of epoch minutes, and nothing of what they are about."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr
from icalendar import Calendar

from core.intervals import Span, clip, merge
from core.walltime import to_utc

MOST_ENTRIES = 20_000
MOST_REPEATS = 5_000
# Anything quicker is no appointment, and would never end.
FREQUENCIES = {"DAILY", "WEEKLY", "MONTHLY", "YEARLY"}
FREE = {"FREE"}
Moment: TypeAlias = dt.date | dt.datetime
Part: TypeAlias = Any  # a component; its values are of thirty types, each read where it is known which


class NotACalendar(ValueError):
    """What was read is not a calendar file, or more than anybody's calendar holds."""


def busy_spans(data: bytes, zone: ZoneInfo, start: dt.datetime, end: dt.datetime) -> list[Span]:
    """Sorted and merged, within `[start, end)` (aware). `zone`: for whole days and times that name none.

    Transparent and cancelled entries are free; a moved occurrence counts where it was moved to. Source: RFC 5545.
    Raises NotACalendar.
    """
    try:
        components = [
            part for calendar in Calendar.from_ical(data, multiple=True) for part in calendar.walk()
        ]
    except (ValueError, IndexError, KeyError, TypeError, AttributeError) as error:
        raise NotACalendar("This is not a calendar file.") from error
    if not any(part.name == "VCALENDAR" for part in components):
        raise NotACalendar("This is not a calendar file.")
    if len(components) > MOST_ENTRIES:
        raise NotACalendar("The calendar holds too many entries.")
    found = [_minutes(*pair) for pair in _busy(components, zone, start, end)]
    return clip(merge(found), *_minutes(start, end))


def _minutes(start: dt.datetime, end: dt.datetime) -> Span:
    """Rounded outward."""
    return int(start.timestamp() // 60), -int(-end.timestamp() // 60)


def _busy(
    components: Iterable[Part], zone: ZoneInfo, start: dt.datetime, end: dt.datetime
) -> Iterator[tuple[dt.datetime, dt.datetime]]:
    events: dict[str, list[Part]] = defaultdict(list)
    for number, part in enumerate(components):
        if part.name == "VFREEBUSY":
            yield from _periods(part)
        elif part.name == "VEVENT" and "DTSTART" in part:
            events[str(part.get("UID", number))].append(part)
    for same in events.values():
        yield from _of_event(same, zone, start, end)


def _periods(part: Part) -> Iterator[tuple[dt.datetime, dt.datetime]]:
    said = part.get("FREEBUSY", [])
    for period in said if isinstance(said, list) else [said]:
        if str(period.params.get("FBTYPE", "BUSY")).upper() not in FREE:
            yield period.start, period.end


def _of_event(
    same: Sequence[Part], zone: ZoneInfo, start: dt.datetime, end: dt.datetime
) -> Iterator[tuple[dt.datetime, dt.datetime]]:
    """Everything under one UID: the event, and occurrences that were moved, cancelled or made free."""
    alone = {_utc(part["RECURRENCE-ID"].dt, zone) for part in same if "RECURRENCE-ID" in part}
    for part in same:
        if _is_free(part):
            continue
        lasts = _length(part, zone)
        for first in _starts(part, zone, end):
            at = _utc(first, zone)
            if at in alone and "RECURRENCE-ID" not in part:
                continue
            until = _ends(first, lasts, zone)
            if at < end and until > start and at < until:
                yield at, until


def _is_free(part: Part) -> bool:
    is_shown_free = str(part.get("X-MICROSOFT-CDO-BUSYSTATUS", "")).upper() == "FREE"
    is_cancelled = str(part.get("STATUS", "")).upper() == "CANCELLED"
    return is_cancelled or is_shown_free or str(part.get("TRANSP", "")).upper() == "TRANSPARENT"


def _length(part: Part, zone: ZoneInfo) -> dt.timedelta:
    """Whole days for dates; without an end a date lasts its day and a moment no time at all."""
    first = part["DTSTART"].dt
    if "DTEND" in part:
        last = part["DTEND"].dt
        if isinstance(first, dt.datetime) or isinstance(last, dt.datetime):
            return _utc(last, zone) - _utc(first, zone)
        return last - first
    if "DURATION" in part:
        return part["DURATION"].dt
    return dt.timedelta() if isinstance(first, dt.datetime) else dt.timedelta(days=1)


def _ends(first: Moment, lasts: dt.timedelta, zone: ZoneInfo) -> dt.datetime:
    """Whole days end at a midnight, whatever the clocks did meanwhile."""
    if isinstance(first, dt.datetime):
        return _utc(first, zone) + lasts
    return _utc(first + lasts, zone)


def _starts(part: Part, zone: ZoneInfo, end: dt.datetime) -> Iterator[Moment]:
    first = part["DTSTART"].dt
    apart = {_utc(moment, zone) for moment in _listed(part, "EXDATE")}
    seen: set[dt.datetime] = set()
    for moment in (first, *_repeats(part, first, zone, end), *_listed(part, "RDATE")):
        at = _utc(moment, zone)
        if at not in apart and at not in seen:
            seen.add(at)
            yield moment


def _repeats(part: Part, first: Moment, zone: ZoneInfo, end: dt.datetime) -> Iterator[Moment]:
    """By the wall clock of the event's own zone, so that nine stays nine across a change of clocks."""
    said = part.get("RRULE")
    for rule in said if isinstance(said, list) else filter(None, [said]):
        if str(rule.get("FREQ", [""])[0]).upper() not in FREQUENCIES:
            continue
        wall = first if isinstance(first, dt.datetime) else dt.datetime.combine(first, dt.time())
        tz = wall.tzinfo
        last = end.astimezone(tz or zone).replace(tzinfo=None)
        for number, at in enumerate(rrulestr(_rule(rule, tz), dtstart=wall.replace(tzinfo=None))):
            if at > last or number >= MOST_REPEATS:
                break
            yield at.replace(tzinfo=tz) if isinstance(first, dt.datetime) else at.date()


def _rule(rule: Any, tz: dt.tzinfo | None) -> str:
    """The rule with UNTIL on the wall clock its dates are counted on."""
    plain = rule.copy()
    until = plain.pop("UNTIL", None)
    text = plain.to_ical().decode()
    if not until:
        return text
    last = until[0]
    if not isinstance(last, dt.datetime):
        last = dt.datetime.combine(last, dt.time(23, 59, 59))
    elif last.tzinfo is not None:
        last = last.astimezone(tz or dt.UTC).replace(tzinfo=None)
    return f"{text};UNTIL={last:%Y%m%dT%H%M%S}"


def _listed(part: Part, name: str) -> list[Moment]:
    """EXDATE or RDATE, which may stand several times, each with several dates; of a period its start."""
    said = part.get(name, [])
    lists = said if isinstance(said, list) else [said]
    moments = [one.dt for each in lists for one in each.dts]
    return [moment[0] if isinstance(moment, tuple) else moment for moment in moments]


def _utc(moment: Moment, zone: ZoneInfo) -> dt.datetime:
    if not isinstance(moment, dt.datetime):
        return to_utc(moment, dt.time(), zone)
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(dt.UTC)
