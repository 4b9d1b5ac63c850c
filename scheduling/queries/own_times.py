"""The times a client may choose from, a few days at a time, as the page draws them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from availability.models import Closure
from core import daywords
from core.walltime import ONE_DAY, from_epoch_minutes
from practice.models import Practice
from practice.rules.client_words import say
from scheduling.queries.client_times import times_for
from scheduling.queries.own_visit import OwnVisit
from scheduling.rules.client_times import thinned

LOOK_DAYS, DAYS_SHOWN = 21, 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Time:
    at: int  # epoch minute
    words: str
    is_chosen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DayOfTimes:
    """Either times, or why there are none."""

    words: str
    closed: str
    times: list[Time]


@dataclass(frozen=True, slots=True, kw_only=True)
class TimesPage:
    """first: as the address has it. later, earlier: ISO dates of the pages beside this one, empty for none."""

    length: str
    days: list[DayOfTimes]
    first: str
    later: str
    earlier: str
    chosen: int | None
    move_to: str
    kept_until: str


def times_page(
    own: OwnVisit,
    *,
    first: dt.date | None,
    chosen: int | None,
    practice: Practice,
    now: dt.datetime,
    language: str,
) -> TimesPage:
    today = now.astimezone(practice.tz).date()
    first = max(first or today, today)
    last = first + ONE_DAY * (LOOK_DAYS - 1)
    found = times_for(own.person, first=first, last=last, practice=practice, now=now)
    shown = sorted(found)[:DAYS_SHOWN]
    closed = _closures(own, first, shown[-1] if shown else first, practice)
    chosen = chosen if any(chosen in found[day] for day in shown) else None
    words = {"h24": practice.clock_24h}
    days = [
        DayOfTimes(
            words=daywords.short_day(day, language),
            closed=say(language, "closed", reason=closed[day]) if day not in found else "",
            times=[
                Time(at=m, words=daywords.clock(_local(own, m), **words), is_chosen=m == chosen)
                for m in thinned(found.get(day, []), kept=chosen)
            ],
        )
        for day in sorted({*shown, *closed})
    ]
    more = len(found) > DAYS_SHOWN or (bool(shown) and last < _horizon(practice, now))
    return TimesPage(
        length=say(language, f"minutes_{own.visit.modality}", minutes=own.visit.minutes),
        days=days,
        first=first.isoformat(),
        later=(shown[-1] + ONE_DAY).isoformat() if shown and more else "",
        earlier=today.isoformat() if first > today else "",
        chosen=chosen,
        move_to=say(language, "move_to", when=_when(own, chosen, practice, language)) if chosen else "",
        kept_until=say(language, "kept_until", day=own.day),
    )


def _local(own: OwnVisit, minute: int) -> dt.datetime:
    return from_epoch_minutes(minute).astimezone(own.zone)


def _when(own: OwnVisit, minute: int, practice: Practice, language: str) -> str:
    local = _local(own, minute)
    day = daywords.short_day(local.date(), language)
    return f"{day}, {daywords.clock(local, h24=practice.clock_24h)}"


def _closures(own: OwnVisit, first: dt.date, last: dt.date, practice: Practice) -> dict[dt.date, str]:
    """Closed days between the shown ones, so that a gap explains itself. The reason is the practice's own word."""
    rows = Closure.objects.between(first, last).filter(location__in=[own.visit.location_id])
    rows = rows | Closure.objects.between(first, last).filter(location=None)
    return {
        row.first_on + ONE_DAY * n: row.reason
        for row in rows
        for n in range((row.last_on - row.first_on).days + 1)
        if first <= row.first_on + ONE_DAY * n <= last
    }


def _horizon(practice: Practice, now: dt.datetime) -> dt.date:
    return (now + dt.timedelta(days=practice.horizon_days)).astimezone(practice.tz).date()
