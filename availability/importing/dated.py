"""Dates that differ: exceptions of one provider, closures of the practice or a location. Both only ever add."""

from __future__ import annotations

import datetime as dt
from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from availability.importing.readers import PROVIDER, end_time
from availability.models import Closure, DatedException
from availability.operations.acting import lock_providers
from availability.rules.expansion import LAST_MINUTE
from availability.signals import hours_changed
from availability.states import ExceptionKind
from core.sheets import cells
from core.sheets.cells import Style
from core.sheets.columns import Column, Row
from practice.importing import kinds
from practice.importing.kinds import Importing, Kind, register
from practice.importing.naming import Places, Providers, Unknown, found
from practice.importing.writing import keep
from practice.models import Provider

KINDS = {
    "extra": ExceptionKind.EXTRA,
    "extra hours": ExceptionKind.EXTRA,
    "open": ExceptionKind.EXTRA,
    "instead": ExceptionKind.INSTEAD,
    "other hours": ExceptionKind.INSTEAD,
    "other hours that day": ExceptionKind.INSTEAD,
    "changed": ExceptionKind.INSTEAD,
    "not in": ExceptionKind.ABSENT,
    "absent": ExceptionKind.ABSENT,
    "absence": ExceptionKind.ABSENT,
    "off": ExceptionKind.ABSENT,
    "time off": ExceptionKind.ABSENT,
    "vacation": ExceptionKind.ABSENT,
}


def exception_columns(style: Style) -> list[Column]:
    return [
        PROVIDER,
        Column(name="on", reads=cells.date(style), required=True, also=("date", "day")),
        Column(name="kind", reads=cells.choice(KINDS), required=True, also=("type",)),
        Column(
            name="starts_at",
            reads=cells.clock_time,
            empty=dt.time(),
            also=("start", "from"),
            says="empty for the whole day",
        ),
        Column(name="ends_at", reads=end_time, empty=LAST_MINUTE, also=("end", "until")),
        Column(name="location", reads=cells.text(80), also=("office",)),
        Column(name="reason", reads=cells.text(80), also=("note",)),
    ]


class Dated(kinds.Loader):
    """What both kinds share: whose days changed is told once, at the end."""

    def __init__(self, importing: Importing) -> None:
        super().__init__(importing)
        self.providers, self.places = Providers(), Places()
        self.touched: set[int] = set()
        self.days: list[dt.date] = []

    def take(self, rows: Sequence[Row]) -> None:
        for row in rows:
            try:
                self.take_one(row)
            except Unknown:
                continue

    @abstractmethod
    def take_one(self, row: Row) -> None: ...

    def kept(self, before: tuple[int, int], provider_ids: set[int], *days: dt.date) -> None:
        """`before`: how many were added and changed until now."""
        report = self.importing.report
        if (report.added, report.changed) != before:
            self.touched |= provider_ids
            self.days = [min([*self.days, *days]), max([*self.days, *days])]

    def finish(self) -> None:
        if self.touched and self.days:
            hours_changed.send(
                Provider,
                provider_ids=tuple(sorted(self.touched)),
                first=self.days[0],
                last=self.days[-1],
                change=self.importing.change,
                now=self.importing.now,
            )


class Exceptions(Dated):
    """Known by provider, date, kind and start; two of a kind may not overlap on one date."""

    def take(self, rows: Sequence[Row]) -> None:
        if not self.importing.is_trial:
            lock_providers(self.providers.rows)
        super().take(rows)

    def take_one(self, row: Row) -> None:
        provider = found(self.importing, row, "provider", self.providers.find)
        location = found(self.importing, row, "location", self.places.location)
        starts_at, ends_at = row.get("starts_at", dt.time()), row.get("ends_at", LAST_MINUTE)
        if starts_at >= ends_at:
            self.importing.refuse(row, "ends_at", "The end must come after the start; midnight is 24:00.")
            return
        key = {"provider": provider, "on": row["on"], "kind": row["kind"], "starts_at": starts_at}
        if other := _in_the_way(key, ends_at):
            said = f"{other.starts_at:%H:%M} to {other.ends_at:%H:%M}"
            reason = f"That day already says “{other.get_kind_display().lower()}” from {said}. Leave one out."
            self.importing.refuse(row, "starts_at", reason)
            return
        values = {"ends_at": ends_at}
        values |= {"location": location} if row.has("location") else {}
        values |= {"reason": row["reason"]} if row.has("reason") else {}
        before = (self.importing.report.added, self.importing.report.changed)
        keep(self.importing, DatedException, key, values)
        self.kept(before, {provider.pk}, row["on"])


def _in_the_way(key: dict[str, Any], ends_at: dt.time) -> DatedException | None:
    others = DatedException.objects.filter(provider=key["provider"], on=key["on"], kind=key["kind"])
    near = others.filter(starts_at__lt=ends_at, ends_at__gt=key["starts_at"])
    return near.exclude(starts_at=key["starts_at"]).first()


def exceptions(style: Style) -> Iterator[Mapping[str, Any]]:
    providers, places = Providers(), Places()
    for row in DatedException.objects.order_by("on", "provider__last_name", "starts_at", "kind").iterator():
        yield {name: getattr(row, name) for name in EXCEPTIONS} | {
            "provider": providers.word(row.provider_id),
            "location": places.location_word(row.location_id),
        }


EXCEPTIONS = tuple(column.name for column in exception_columns(Style(zone=cells.UTC)))


def closure_columns(style: Style) -> list[Column]:
    return [
        Column(
            name="location",
            reads=cells.text(80),
            also=("office",),
            says="empty for the whole practice",
        ),
        Column(name="first_on", reads=cells.date(style), required=True, also=("date", "on", "from")),
        Column(
            name="last_on",
            reads=cells.date(style),
            empty=None,
            also=("until", "to"),
            says="empty for one day",
        ),
        Column(name="reason", reads=cells.text(80), required=True, also=("name", "holiday")),
    ]


class Closures(Dated):
    """Known by place and days."""

    def take_one(self, row: Row) -> None:
        location = found(self.importing, row, "location", self.places.location)
        first, last = row["first_on"], row.get("last_on") or row["first_on"]
        if last < first:
            self.importing.refuse(row, "last_on", "The last day must not come before the first.")
            return
        before = (self.importing.report.added, self.importing.report.changed)
        key = {"location": location, "first_on": first, "last_on": last}
        keep(self.importing, Closure, key, {"reason": row["reason"]})
        active = {pk for pk, provider in self.providers.rows.items() if provider.is_active}
        self.kept(before, active, first, last)


def closures(style: Style) -> Iterator[Mapping[str, Any]]:
    places = Places()
    for row in Closure.objects.order_by("first_on", "last_on", "location__name"):
        yield {name: getattr(row, name) for name in CLOSURES} | {
            "location": places.location_word(row.location_id)
        }


CLOSURES = tuple(column.name for column in closure_columns(Style(zone=cells.UTC)))

register(
    Kind(
        name="exceptions",
        label="Exceptions to the hours",
        rank=52,
        says="Single dates on which a provider has extra or other hours, or is not in.",
        columns=exception_columns,
        loader=Exceptions,
        rows=exceptions,
        exported=EXCEPTIONS,
        stands=DatedException.objects.count,
    )
)
register(
    Kind(
        name="closures",
        label="Closed days",
        rank=54,
        says="Days the practice, or one location, is closed.",
        columns=closure_columns,
        loader=Closures,
        rows=closures,
        exported=CLOSURES,
        stands=Closure.objects.count,
    )
)
