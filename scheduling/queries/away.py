"""Who is away when: the month of everybody, the year of one, and the requests in order."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from availability.models import TimeOff
from availability.states import TimeOffKind
from core.actors import Actor
from core.walltime import ONE_DAY
from practice.models import Practice, Provider
from scheduling.models import Replan
from scheduling.rules import words
from scheduling.states import ReplanState

# Settled, and perhaps not for good now that the provider is in after all.
MOVED_AWAY = (
    ReplanState.DONE,
    ReplanState.ACCEPTED,
    ReplanState.MOVED,
    ReplanState.BY_VIDEO,
    ReplanState.CANCELLED,
    ReplanState.LAPSED,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AwayDay:
    """One cell. row: the time off that covers it, if any; is_first: the row begins here, so its words stand here."""

    on: dt.date
    row: TimeOff | None = None
    is_first: bool = False
    is_today: bool = False
    is_weekend: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AwayLine:
    provider: Provider
    days: list[AwayDay]


def month_of(by: Actor, first: dt.date, *, practice: Practice, today: dt.date) -> list[AwayLine]:
    """Everybody at work this actor sees, with each day of the month. Two queries."""
    days = _days(first, _next_month(first))
    providers = list(Provider.objects.visible_to(by).active())
    rows = _standing(by, days, practice.tz)
    return [
        _line(one, [r for r in rows if r.provider_id == one.pk], days, practice.tz, today)
        for one in providers
    ]


def _standing(by: Actor, days: Sequence[dt.date], zone: ZoneInfo) -> list[TimeOff]:
    start = dt.datetime.combine(days[0], dt.time(), zone)
    end = dt.datetime.combine(days[-1] + ONE_DAY, dt.time(), zone)
    return list(TimeOff.objects.visible_to(by).standing().touching(start, end))


def _line(
    provider: Provider, rows: Iterable[TimeOff], days: Sequence[dt.date], zone: ZoneInfo, today: dt.date
) -> AwayLine:
    rows, cells, before = list(rows), [], None
    for on in days:
        row = next((r for r in rows if covers(r, on, zone)), None)
        cells.append(
            AwayDay(
                on=on,
                row=row,
                is_first=row is not None and row != before,
                is_today=on == today,
                is_weekend=on.weekday() > 4,
            )
        )
        before = row
    return AwayLine(provider=provider, days=cells)


def covers(row: TimeOff, on: dt.date, zone: ZoneInfo) -> bool:
    """Any part of that day."""
    start = dt.datetime.combine(on, dt.time(), zone)
    return row.starts_at < start + ONE_DAY and row.ends_at > start


def _days(first: dt.date, after: dt.date) -> list[dt.date]:
    return [first + ONE_DAY * n for n in range((after - first).days)]


def _next_month(first: dt.date) -> dt.date:
    return (first.replace(day=1) + dt.timedelta(days=32)).replace(day=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Year:
    """months: (name, its days). counts: (kind, working days), the granted ones only."""

    months: list[tuple[str, list[AwayDay]]]
    counts: list[tuple[str, int]]
    rows: list[TimeOff]


def year_of(by: Actor, provider: Provider, year: int, *, practice: Practice, today: dt.date) -> Year:
    """One query."""
    days = _days(dt.date(year, 1, 1), dt.date(year + 1, 1, 1))
    rows = [row for row in _standing(by, days, practice.tz) if row.provider_id == provider.pk]
    line = _line(provider, rows, days, practice.tz, today).days
    months = [
        (f"{dt.date(year, month, 1):%B}", [day for day in line if day.on.month == month])
        for month in range(1, 13)
    ]
    counted = Counter(day.row.kind for day in line if day.row and day.row.is_granted and not day.is_weekend)
    counts = [(kind.label, counted[kind.value]) for kind in TimeOffKind]
    return Year(months=months, counts=counts, rows=rows)


def span_said(row: TimeOff, practice: Practice) -> str:
    """ "Nov 24 to Nov 28", with hours where it is part of a day."""
    start, end = row.starts_at.astimezone(practice.tz), row.ends_at.astimezone(practice.tz)
    last = (end - dt.timedelta(minutes=1)).date()
    is_whole = start.time() == dt.time() == end.time()
    if is_whole:
        first, until = words.short_day(start.date()), words.short_day(last)
        return first if start.date() == last else f"{first} to {until}"
    if start.date() == last and end.time() == dt.time():
        return f"{words.short_day(last)}, from {_clock(start, practice)} on"
    if start.date() == last:
        minutes = (start.hour * 60 + start.minute, (start.hour * 60 + start.minute) + _minutes(start, end))
        return f"{words.short_day(start.date())}, {words.between(*minutes, h24=practice.clock_24h)}"
    return f"{_moment(start, practice)} to {_moment(end, practice)}"


def _minutes(start: dt.datetime, end: dt.datetime) -> int:
    return int((end - start).total_seconds() // 60)


def _moment(at: dt.datetime, practice: Practice) -> str:
    return f"{words.short_day(at.date())}, {_clock(at, practice)}"


def _clock(at: dt.datetime, practice: Practice) -> str:
    return words.clock(at.hour * 60 + at.minute, h24=practice.clock_24h)


def replans_of(row: TimeOff) -> list[Replan]:
    """The plan as it went, by the visits' former start. Three queries."""
    rows = row.replans.select_related("appointment__type", "appointment__provider", "cover", "was_provider")
    return list(rows.prefetch_related("appointment__attendances__client"))


def may_come_back(rows: Iterable[Replan], *, now: dt.datetime) -> list[Replan]:
    """Of time off that was withdrawn: whose visit went elsewhere from a time that is still ahead."""
    return [one for one in rows if one.state in MOVED_AWAY and one.was_starts_at > now]
