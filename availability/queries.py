"""When providers are in. Four queries, whatever the number of providers and days."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import F, QuerySet, Value
from django.db.models.functions import Coalesce, NullIf

from availability.models import Closure, DatedException, WeeklyBlock
from availability.rules import days
from availability.rules.days import DayHours
from availability.rules.expansion import (
    Block,
    Calendar,
    Closed,
    Dated,
    OpenSpan,
    Planned,
    merged_open,
    open_by_place,
    planned,
)
from availability.rules.expansion import open_spans as open_spans_of
from core.intervals import Span
from core.walltime import ONE_DAY, day_bounds
from practice.queries import the_practice


def open_spans(provider_ids: Iterable[int], first: dt.date, last: dt.date) -> dict[int, list[Span]]:
    """Epoch-minute spans (UTC) really open on the practice's local days `first` to `last`, both included.

    Sorted and merged; every provider asked for has an entry.
    """
    loaded = _load(provider_ids, first, last)
    return {
        pk: merged_open(open_by_place(calendar, loaded.planned(calendar)), loaded.within)
        for pk, calendar in loaded.calendars.items()
    }


def open_spans_by_location(
    provider_ids: Iterable[int], first: dt.date, last: dt.date
) -> dict[int, tuple[OpenSpan, ...]]:
    """As `open_spans`, but merged only where location and telehealth are the same; sorted by start."""
    loaded = _load(provider_ids, first, last)
    return {
        pk: open_spans_of(open_by_place(calendar, loaded.planned(calendar)), loaded.within)
        for pk, calendar in loaded.calendars.items()
    }


def day_hours(provider_ids: Iterable[int], on: dt.date) -> dict[int, DayHours]:
    """What is open on the practice's local day, and in words why the rest is not."""
    loaded = _load(provider_ids, on, on)
    return {
        pk: days.day_hours(calendar, loaded.planned(calendar), on, loaded.within)
        for pk, calendar in loaded.calendars.items()
    }


@dataclass(frozen=True, slots=True)
class _Loaded:
    """Dates reach a day further on both sides: a provider's Monday may lie in the practice's Sunday."""

    first: dt.date
    last: dt.date
    within: Span
    calendars: dict[int, Calendar]

    def planned(self, calendar: Calendar) -> list[Planned]:
        return planned(calendar, self.first, self.last)


def _load(provider_ids: Iterable[int], first: dt.date, last: dt.date) -> _Loaded:
    ids, own = list(provider_ids), the_practice().tz
    within = (day_bounds(first, own)[0], day_bounds(last, own)[1])
    first, last = first - ONE_DAY, last + ONE_DAY
    blocks = blocks_of(WeeklyBlock.objects.of(ids).effective_between(first, last), own)
    dated = _dated_of(DatedException.objects.filter(provider__in=ids).between(first, last), own)
    closures = [
        Closed(**row)
        for row in Closure.objects.between(first, last).values("location_id", "first_on", "last_on", "reason")
    ]
    calendars = {pk: Calendar(blocks[pk], dated[pk], closures) for pk in ids}
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


def _dated_of(rows: QuerySet[DatedException], own: ZoneInfo) -> dict[int, list[Dated]]:
    found: dict[int, list[Dated]] = defaultdict(list)
    columns = ("provider_id", "on", "kind", "starts_at", "ends_at", "location_id", "reason")
    for row in rows.values(*columns, zone=_zone_name()):
        fields = _zoned(row, own)
        found[fields.pop("provider_id")].append(Dated(**fields))
    return found


def _zone_name() -> Coalesce:
    """The location's, else the provider's, else null for the practice's own."""
    return Coalesce(NullIf("location__zone", Value("")), NullIf("provider__zone", Value("")))


def _zoned(row: Mapping[str, Any], own: ZoneInfo) -> dict[str, Any]:
    return {**row, "zone": ZoneInfo(row["zone"]) if row["zone"] else own}
