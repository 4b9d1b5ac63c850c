"""Addresses nothing may be sent to: the practice's list of those who said STOP. They need not be anybody's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from core.sheets import cells
from core.sheets.cells import Style
from core.sheets.columns import Column, Row
from messaging.importing.reading import address_for, channel, counts_from, moment_or_day, told
from messaging.models import Suppression
from messaging.operations.bringing import bring_optouts, owners_of_all, tell
from messaging.operations.consent import BY_PHONE, OPTED_OUT
from practice.importing import kinds
from practice.importing.kinds import Kind, register
from practice.states import Channel

CHUNK = 2000
STILL_CLOSED = "This address is closed here and stays so: an import opens none."
Place = tuple[str, str]


def columns(style: Style) -> list[Column]:
    return [
        Column(
            name="channel",
            reads=channel,
            says="empty for all an address is used for: a number is neither texted nor called",
        ),
        Column(
            name="address",
            reads=cells.text(254),
            required=True,
            also=("phone", "number", "phone_number", "mobile", "cell", "email", "to"),
            says="phone number or email",
        ),
        Column(name="reason", reads=cells.text(30), empty=OPTED_OUT),
        Column(name="evidence", reads=cells.text(80), says="the carrier's id of what proves it"),
        Column(
            name="at", reads=moment_or_day(style), empty=None, also=("date", "opted_out_at", "date_updated")
        ),
        Column(name="lifted_at", reads=moment_or_day(style), empty=None),
    ]


OPTOUTS = tuple(column.name for column in columns(Style(zone=cells.UTC)))


class Loader(kinds.Loader):
    """What stands is left alone: closed twice is closed once, and no file opens an address again."""

    def take(self, rows: Sequence[Row]) -> None:
        read = [(row, one) for row in rows for one in self._read(row)]
        stands = _standing({one.address for _, one in read})
        fresh: list[Suppression] = []
        report = self.importing.report
        for row, one in read:
            beside = stands.setdefault((one.channel, one.address), [])
            if any(_same(one, other) for other in beside):
                report.unchanged += 1
                self._note_closed(row, one, beside)
                continue
            beside.append(one)
            fresh.append(one)
        importing = self.importing
        bring_optouts(fresh, by=importing.by, now=importing.now, change=importing.change)
        report.added += len(fresh)
        told(importing).update(owners_of_all({one.address for one in fresh}))

    def finish(self) -> None:
        tell(told(self.importing), self.importing.now)

    def _read(self, row: Row) -> list[Suppression]:
        column = "address"
        try:
            channels = [row["channel"]] if row.get("channel") else _channels(row["address"])
            address = address_for(channels[0], row["address"])
            column = "at"
            at = self._when(row, "at") or self.importing.now
            column = "lifted_at"
            lifted = self._when(row, "lifted_at")
        except ValueError as error:
            self.importing.refuse(row, column, str(error))
            return []
        if lifted and lifted < at:
            self.importing.refuse(row, "lifted_at", "It cannot have been opened before it was closed.")
            return []
        reason, evidence = row.get("reason", OPTED_OUT), row.get("evidence", "")
        return [
            Suppression(
                channel=one, address=address, reason=reason, evidence=evidence, at=at, lifted_at=lifted
            )
            for one in channels
        ]

    def _when(self, row: Row, column: str) -> datetime | None:
        said = row.get(column)
        return counts_from(said, self.importing, granted=True) if said else None

    def _note_closed(self, row: Row, one: Suppression, beside: Sequence[Suppression]) -> None:
        if one.lifted_at and any(other.at == one.at and other.lifted_at is None for other in beside):
            self.importing.note(row.line, "lifted_at", STILL_CLOSED)


def _channels(address: str) -> list[str]:
    return [Channel.EMAIL] if "@" in address else list(BY_PHONE)


def _same(one: Suppression, other: Suppression) -> bool:
    """The same fact, or closed already."""
    return one.at == other.at or (one.lifted_at is None and other.lifted_at is None)


def _standing(addresses: set[str]) -> dict[Place, list[Suppression]]:
    found: dict[Place, list[Suppression]] = {}
    for row in Suppression.objects.filter(address__in=addresses).order_by("pk"):
        found.setdefault((row.channel, row.address), []).append(row)
    return found


def optout_rows(style: Style) -> Iterator[Mapping[str, Any]]:
    ordered = Suppression.objects.order_by("address", "channel", "at", "pk")
    yield from ordered.values(*OPTOUTS).iterator(chunk_size=CHUNK)


register(
    Kind(
        name="optouts",
        label="Opt-outs",
        rank=82,
        says="Numbers and addresses nothing may be sent to, whoever has them.",
        columns=columns,
        loader=Loader,
        rows=optout_rows,
        exported=OPTOUTS,
        stands=Suppression.objects.count,
    )
)
