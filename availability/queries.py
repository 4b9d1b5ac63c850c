"""When providers are in. One query, whatever the number of providers and days; one more for the practice's zone."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import F, QuerySet, Value
from django.db.models.functions import Coalesce, NullIf

from availability.models import WeeklyBlock
from availability.rules import days
from availability.rules.days import DayHours
from availability.rules.expansion import (
    Block,
    Calendar,
    Capped,
    Closed,
    Dated,
    OpenSpan,
    Planned,
    capped_of,
    merged_open,
    open_by_place,
    planned,
)
from availability.rules.expansion import open_spans as open_spans_of
from core.intervals import Span
from core.walltime import ONE_DAY, day_bounds
from practice.queries import the_practice


def open_spans(
    provider_ids: Iterable[int], first: dt.date, last: dt.date, *, own: ZoneInfo | None = None
) -> dict[int, list[Span]]:
    """Epoch-minute spans (UTC) really open on the practice's local days `first` to `last`, both included.

    Sorted and merged; every provider asked for has an entry. `own`: the practice's zone, read when not given.
    """
    loaded = _load(provider_ids, first, last, own)
    return {
        pk: merged_open(open_by_place(calendar, loaded.planned(calendar)), loaded.within)
        for pk, calendar in loaded.calendars.items()
    }


def open_spans_by_location(
    provider_ids: Iterable[int], first: dt.date, last: dt.date, *, own: ZoneInfo | None = None
) -> dict[int, tuple[OpenSpan, ...]]:
    """As `open_spans`, but merged only where location and telehealth are the same; sorted by start."""
    return {pk: kept.open for pk, kept in kept_hours(provider_ids, first, last, own=own).items()}


class KeptHours(NamedTuple):
    open: tuple[OpenSpan, ...]
    capped: tuple[Capped, ...]


def kept_hours(
    provider_ids: Iterable[int], first: dt.date, last: dt.date, *, own: ZoneInfo | None = None
) -> dict[int, KeptHours]:
    """As `open_spans_by_location`, with the hours in which only so many visits may begin."""
    loaded = _load(provider_ids, first, last, own)
    return {pk: _kept(calendar, loaded) for pk, calendar in loaded.calendars.items()}


def _kept(calendar: Calendar, loaded: _Loaded) -> KeptHours:
    hours = loaded.planned(calendar)
    places = open_by_place(calendar, hours)
    return KeptHours(open_spans_of(places, loaded.within), capped_of(hours, loaded.within))


def day_hours(
    provider_ids: Iterable[int], on: dt.date, *, own: ZoneInfo | None = None
) -> dict[int, DayHours]:
    """What is open on the practice's local day, and in words why the rest is not."""
    loaded = _load(provider_ids, on, on, own, outside=True)
    return {
        pk: days.day_hours(calendar, loaded.planned(calendar), on, loaded.within)
        for pk, calendar in loaded.calendars.items()
    }


def hours_of_days(wanted: Iterable[tuple[int, dt.date]]) -> dict[tuple[int, dt.date], DayHours]:
    """`day_hours` for many (provider, day) at once, in as many queries as for one."""
    pairs = set(wanted)
    if not pairs:
        return {}
    dates = [on for _, on in pairs]
    own = the_practice().tz
    loaded = _load({pk for pk, _ in pairs}, min(dates), max(dates), own, outside=True)
    return {(pk, on): _of_day(loaded.calendars[pk], on, own) for pk, on in pairs}


def _of_day(calendar: Calendar, on: dt.date, own: ZoneInfo) -> DayHours:
    hours = planned(calendar, on - ONE_DAY, on + ONE_DAY)
    return days.day_hours(calendar, hours, on, day_bounds(on, own))


@dataclass(frozen=True, slots=True)
class _Loaded:
    """Dates reach a day further on both sides: a provider's Monday may lie in the practice's Sunday."""

    first: dt.date
    last: dt.date
    within: Span
    calendars: dict[int, Calendar]

    def planned(self, calendar: Calendar) -> list[Planned]:
        return planned(calendar, self.first, self.last)


# All kinds of rows by one trip to the database. The zone: the location's, else the provider's, else null.
_HOURS = """
SELECT 'week', b.id, b.provider_id, b.starts_at, b.ends_at, b.location_id,
       coalesce(nullif(l.zone, ''), nullif(p.zone, '')),
       b.effective_from_on AS first_on, b.effective_until_on, b.weekday, b.every_weeks, b.telehealth_ok, '',
       b.max_visits, null::bigint AS busy_from, null::bigint AS busy_until
  FROM availability_weeklyblock b
  JOIN practice_provider p ON p.id = b.provider_id LEFT JOIN practice_location l ON l.id = b.location_id
 WHERE b.provider_id = ANY(%(ids)s) AND b.effective_from_on <= %(last)s
   AND (b.effective_until_on IS NULL OR b.effective_until_on >= %(first)s)
UNION ALL
SELECT d.kind, d.id, d.provider_id, d.starts_at, d.ends_at, d.location_id,
       coalesce(nullif(l.zone, ''), nullif(p.zone, '')), d.on, d.on, 0::smallint, 1::smallint, true, d.reason,
       null, null, null
  FROM availability_datedexception d
  JOIN practice_provider p ON p.id = d.provider_id LEFT JOIN practice_location l ON l.id = d.location_id
 WHERE d.provider_id = ANY(%(ids)s) AND d.on BETWEEN %(first)s AND %(last)s
UNION ALL
SELECT 'closed', c.id, null, null, null, c.location_id, null, c.first_on, c.last_on, 0::smallint, 1::smallint,
       true, c.reason, null, null, null
  FROM availability_closure c
 WHERE c.first_on <= %(last)s AND c.last_on >= %(first)s
UNION ALL
SELECT 'off', f.id, f.provider_id, null, null, null, null, null, null, 0::smallint, 1::smallint, true, '',
       null, floor(extract(epoch FROM f.starts_at) / 60)::bigint, ceil(extract(epoch FROM f.ends_at) / 60)::bigint
  FROM availability_timeoff f
 WHERE f.provider_id = ANY(%(ids)s) AND f.state = 'granted'
   AND f.starts_at < to_timestamp(%(until)s * 60) AND f.ends_at > to_timestamp(%(since)s * 60)
"""
# Openings do not read these: an outside calendar only warns.
_OUTSIDE = """UNION ALL
SELECT 'outside', o.id, t.provider_id, null, null, null, null, null, null, 0::smallint, 1::smallint, true, '',
       null, floor(extract(epoch FROM o.starts_at) / 60)::bigint, ceil(extract(epoch FROM o.ends_at) / 60)::bigint
  FROM availability_outsidebusy o JOIN availability_travelcalendar t ON t.id = o.calendar_id
 WHERE t.provider_id = ANY(%(ids)s)
   AND o.starts_at < to_timestamp(%(until)s * 60) AND o.ends_at > to_timestamp(%(since)s * 60)
"""
_ORDER = "ORDER BY first_on, starts_at, id"


def _load(
    provider_ids: Iterable[int],
    first: dt.date,
    last: dt.date,
    own: ZoneInfo | None,
    *,
    outside: bool = False,
) -> _Loaded:
    ids, own = list(provider_ids), own or the_practice().tz
    within = (day_bounds(first, own)[0], day_bounds(last, own)[1])
    first, last = first - ONE_DAY, last + ONE_DAY
    blocks: dict[int, list[Block]] = defaultdict(list)
    dated: dict[int, list[Dated]] = defaultdict(list)
    closures: list[Closed] = []
    busy_elsewhere: dict[int, list[Span]] = defaultdict(list)
    off: dict[int, list[Span]] = defaultdict(list)
    asked: dict[str, Any] = {"ids": ids, "first": first, "last": last, "since": within[0], "until": within[1]}
    with connection.cursor() as cursor:
        cursor.execute(_HOURS + (_OUTSIDE if outside else "") + _ORDER, asked)
        rows = cursor.fetchall()
    for (
        kind,
        pk,
        who,
        starts,
        ends,
        place,
        zone,
        on,
        until,
        weekday,
        every,
        video,
        reason,
        most,
        *busy,
    ) in rows:
        if kind in ("outside", "off"):
            (off if kind == "off" else busy_elsewhere)[who].append((busy[0], busy[1]))
            continue
        if kind == "closed":
            closures.append(Closed(first_on=on, last_on=until, reason=reason, location_id=place))
            continue
        hours = {"starts_at": starts, "ends_at": ends, "location_id": place}
        hours["zone"] = ZoneInfo(zone) if zone else own
        if kind == "week":
            span = {"from_on": on, "until_on": until, "every_weeks": every}
            blocks[who].append(
                Block(id=pk, weekday=weekday, telehealth_ok=video, max_visits=most, **hours, **span)
            )
        else:
            dated[who].append(Dated(on=on, kind=kind, reason=reason, **hours))
    calendars = {pk: Calendar(blocks[pk], dated[pk], closures, busy_elsewhere[pk], off[pk]) for pk in ids}
    return _Loaded(first, last, within, calendars)


def blocks_of(rows: QuerySet[WeeklyBlock], own: ZoneInfo) -> dict[int, list[Block]]:
    """By provider, as the rules want them. `own`: the practice's zone."""
    found: dict[int, list[Block]] = defaultdict(list)
    for row in rows.values(
        "id",
        "provider_id",
        "weekday",
        "starts_at",
        "ends_at",
        "every_weeks",
        "location_id",
        "telehealth_ok",
        from_on=F("effective_from_on"),
        until_on=F("effective_until_on"),
        zone=_zone_name(),
    ):
        fields = _zoned(row, own)
        found[fields.pop("provider_id")].append(Block(**fields))
    return found


def _zone_name() -> Coalesce:
    """The location's, else the provider's, else null for the practice's own."""
    return Coalesce(NullIf("location__zone", Value("")), NullIf("provider__zone", Value("")))


def _zoned(row: Mapping[str, Any], own: ZoneInfo) -> dict[str, Any]:
    return {**row, "zone": ZoneInfo(row["zone"]) if row["zone"] else own}
