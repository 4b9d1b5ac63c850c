"""Weekly hours. Whoever the file names keeps exactly the blocks it gives; everybody else's are left alone."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from availability.importing.readers import DAYS, PROVIDER, end_time, weekday
from availability.models import WeeklyBlock
from availability.operations.acting import lock_providers
from availability.rules.clashes import first_clash
from availability.rules.expansion import Block
from availability.signals import hours_changed
from core.sheets import cells
from core.sheets.cells import Style
from core.sheets.columns import Column, Row
from practice.importing import kinds
from practice.importing.kinds import Importing, Kind, register
from practice.importing.naming import Places, Providers, Unknown, found
from practice.models import Provider
from practice.operations import record_many
from practice.operations.images import image
from practice.queries import the_practice

# Two blocks are the same hours when these agree.
SAME = (
    "weekday",
    "starts_at",
    "ends_at",
    "location_id",
    "telehealth_ok",
    "max_visits",
    "every_weeks",
    "effective_until_on",
)


def columns(style: Style) -> list[Column]:
    return [
        PROVIDER,
        Column(name="weekday", reads=weekday, required=True, also=("day",), says="Monday, or 0 to 6"),
        Column(name="starts_at", reads=cells.clock_time, required=True, also=("start", "from", "start_time")),
        Column(name="ends_at", reads=end_time, required=True, also=("end", "until", "end_time")),
        Column(name="location", reads=cells.text(80), also=("office",)),
        Column(name="telehealth_ok", reads=cells.yes_no, empty=True, also=("telehealth",)),
        Column(name="max_visits", reads=cells.whole(1, 100), empty=None),
        Column(
            name="effective_from_on",
            reads=cells.date(style),
            empty=None,
            also=("effective_from", "valid_from"),
            says="empty for what stands, or today",
        ),
        Column(
            name="effective_until_on",
            reads=cells.date(style),
            empty=None,
            also=("effective_until", "valid_until"),
            says="the last day; empty for no end",
        ),
        Column(name="every_weeks", reads=cells.whole(1, 2), empty=1, says="2 for every second week"),
    ]


@dataclass(slots=True)
class Wanted:
    row: Row
    block: WeeklyBlock
    is_dated: bool


class Hours(kinds.Loader):
    """The weeks are set in `finish`: only then is everything said about everybody."""

    def __init__(self, importing: Importing) -> None:
        super().__init__(importing)
        self.providers, self.places = Providers(), Places()
        self.own = the_practice().tz
        self.today = importing.now.astimezone(self.own).date()
        self.wanted: dict[int, dict[int, Wanted]] = defaultdict(dict)
        self.lines: list[tuple[str, WeeklyBlock, dict | None, dict | None]] = []

    def take(self, rows: Sequence[Row]) -> None:
        for row in rows:
            try:
                wanted = self._read(row)
            except Unknown:
                continue
            self.wanted[wanted.block.provider_id][row.line] = wanted

    def _read(self, row: Row) -> Wanted:
        provider = found(self.importing, row, "provider", self.providers.find)
        location = found(self.importing, row, "location", self.places.location)
        values = {name: row[name] for name in NAMES if row.has(name) and name not in ("provider", "location")}
        is_dated = values.get("effective_from_on") is not None
        values["effective_from_on"] = values.get("effective_from_on") or self.today
        block = WeeklyBlock(provider=provider, location=location, **values)
        if block.starts_at >= block.ends_at:
            return self._refuse(row, "ends_at", "The end must come after the start; midnight is 24:00.")
        if block.effective_until_on and block.effective_until_on < block.effective_from_on:
            return self._refuse(row, "effective_until_on", "The last day must not come before the first.")
        return Wanted(row, block, is_dated)

    def _refuse(self, row: Row, column: str, reason: str) -> Any:
        self.importing.refuse(row, column, reason)
        raise Unknown

    def finish(self) -> None:
        if not self.importing.is_trial:
            lock_providers(self.wanted)
        touched = [pk for pk in sorted(self.wanted) if self._set_week(pk, list(self.wanted[pk].values()))]
        self._note()
        if touched:
            hours_changed.send(
                Provider,
                provider_ids=tuple(touched),
                first=min(self.today, *(block.effective_from_on for _, block, *_ in self.lines)),
                last=None,
                change=self.importing.change,
                now=self.importing.now,
            )

    def _set_week(self, provider_id: int, wanted: list[Wanted]) -> bool:
        """Whether anything had to change."""
        standing = list(WeeklyBlock.objects.of([provider_id]))
        kept = _match(standing, wanted)
        for one in wanted:
            if id(one) in kept:  # it says when it began
                one.block.effective_from_on = kept[id(one)].effective_from_on
        wanted = self._without_clashes(wanted)
        fresh = [one for one in wanted if id(one) not in kept]
        kept_ids = {kept[id(one)].pk for one in wanted if id(one) in kept}
        gone = [row for row in standing if row.pk not in kept_ids]
        self.importing.report.unchanged += len(wanted) - len(fresh)
        self._write(gone, fresh)
        return bool(gone or fresh)

    def _without_clashes(self, wanted: list[Wanted]) -> list[Wanted]:
        wanted = sorted(wanted, key=lambda one: one.row.line)
        while clash := first_clash(*self._blocks(wanted)):
            first, second = sorted((wanted[block.id or 0] for block in clash), key=lambda one: one.row.line)
            day = DAYS[first.block.weekday].capitalize()
            said = f"{day} {first.block.starts_at:%H:%M} to {first.block.ends_at:%H:%M}"
            reason = f"This overlaps line {first.row.line}, {said}. Shorten one of them."
            self.importing.refuse(second.row, "starts_at", reason)
            wanted.remove(second)
        return wanted

    def _blocks(self, wanted: list[Wanted]) -> tuple[list[Block], dt.date]:
        """As the rule wants them, `id` being the place in the list; and the first day any of them holds."""
        blocks = [
            Block(
                id=n,
                weekday=one.block.weekday,
                starts_at=one.block.starts_at,
                ends_at=one.block.ends_at,
                every_weeks=one.block.every_weeks,
                from_on=one.block.effective_from_on,
                until_on=one.block.effective_until_on,
                zone=self._zone(one.block),
            )
            for n, one in enumerate(wanted)
        ]
        return blocks, min((block.from_on for block in blocks), default=self.today)

    def _zone(self, block: WeeklyBlock) -> ZoneInfo:
        location = self.places.locations.get(block.location_id or 0)
        name = (location.zone if location else "") or self.providers.rows[block.provider_id].zone
        return ZoneInfo(name) if name else self.own

    def _write(self, gone: list[WeeklyBlock], fresh: list[Wanted]) -> None:
        """A block that differs in anything is another block; where it begins as one that goes, it counts as changed."""
        places = [(row.weekday, row.starts_at) for row in gone]
        for one in fresh:
            place = (one.block.weekday, one.block.starts_at)
            if place in places:
                places.remove(place)
                self.importing.report.changed += 1
            else:
                self.importing.report.added += 1
        self.lines += [("hours.removed", row, image(row).columns, None) for row in gone]
        WeeklyBlock.objects.filter(pk__in=[row.pk for row in gone]).delete()
        made = WeeklyBlock.objects.bulk_create([one.block for one in fresh])
        self.lines += [("hours.added", row, None, image(row).columns) for row in made]

    def _note(self) -> None:
        for act in ("hours.removed", "hours.added"):
            record_many(
                act,
                [(row, before, after) for name, row, before, after in self.lines if name == act],
                by=self.importing.by,
                at=self.importing.now,
                change=self.importing.change,
            )


def _match(standing: list[WeeklyBlock], wanted: list[Wanted]) -> dict[int, WeeklyBlock]:
    """id of a Wanted → the row that already says it. Where the file names no first day, the row's own counts."""
    left = list(standing)
    kept: dict[int, WeeklyBlock] = {}
    for one in wanted:
        for row in left:
            same = all(getattr(row, name) == getattr(one.block, name) for name in SAME)
            if same and (not one.is_dated or row.effective_from_on == one.block.effective_from_on):
                kept[id(one)] = row
                left.remove(row)
                break
    return kept


def hours(style: Style) -> Iterator[Mapping[str, Any]]:
    providers, places = Providers(), Places()
    rows = sorted(
        WeeklyBlock.objects.all(),
        key=lambda row: (
            providers.word(row.provider_id).casefold(),
            row.effective_from_on,
            row.weekday,
            row.starts_at,
        ),
    )
    for row in rows:
        yield {name: getattr(row, name) for name in NAMES} | {
            "provider": providers.word(row.provider_id),
            "weekday": DAYS[row.weekday].capitalize(),
            "location": places.location_word(row.location_id),
        }


NAMES = tuple(column.name for column in columns(Style(zone=cells.UTC)))

register(
    Kind(
        name="hours",
        label="Weekly hours",
        rank=50,
        says="When providers are in. A provider the file names keeps exactly the blocks it gives.",
        columns=columns,
        loader=Hours,
        rows=hours,
        exported=NAMES,
        stands=WeeklyBlock.objects.count,
    )
)
