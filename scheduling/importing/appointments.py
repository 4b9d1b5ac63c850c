"""Visits from files. One row per person who comes; the rows of one visit stand together."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence

from core.sheets.columns import Row
from practice.importing import kinds
from practice.importing.kinds import Importing, Kind, kind_named, register
from practice.models import Client, Provider, Room
from scheduling.importing.ahead import write_ahead
from scheduling.importing.columns import NAMES, columns
from scheduling.importing.giving import stands, visits
from scheduling.importing.making import uuid_of
from scheduling.importing.past import write_past
from scheduling.importing.reading import Catalogue, Known, Person, Reading, Visit
from scheduling.importing.series import join_series
from scheduling.importing.standing import write_again
from scheduling.models import Appointment, Attendance
from scheduling.operations.locking import lock_rows, raise_days
from scheduling.operations.placing import days_of

NAME = "appointments"


class Appointments(kinds.Loader):
    def __init__(self, importing: Importing) -> None:
        super().__init__(importing)
        self.book = Catalogue()
        self.days: set[tuple[int | None, dt.date]] = set()

    def take(self, rows: Sequence[Row]) -> None:
        things: dict[str, list[Row]] = {}
        for row in rows:
            things.setdefault(row["visit"], []).append(row)
        known = Known(_clients(rows), self._standing(things.keys()))
        read = [Reading(self.importing, self.book, known, thing).visit() for thing in things.values()]
        visits = join_series([visit for visit in read if visit], self.importing, self.book)
        again = [visit for visit in visits if visit.standing]
        new = [visit for visit in visits if not visit.standing]
        past = [visit for visit in new if visit.ends_at <= self.importing.now]
        ahead = [visit for visit in new if visit.ends_at > self.importing.now]
        people = self._write(again, past, ahead)
        kind_named(NAME).extend(self.importing, [(person.row, attendance) for person, attendance in people])

    def _write(
        self, again: list[Visit], past: list[Visit], ahead: list[Visit]
    ) -> list[tuple[Person, Attendance]]:
        """Past visits stand before the rules are asked about those ahead."""
        importing, book = self.importing, self.book
        if ahead and not again:
            self._lock()
        people = write_again(again, importing, book) if again else []
        people += write_past(past, importing, book) if past else []
        people += write_ahead(ahead, importing, book) if ahead else []
        for visit in (*again, *ahead):
            on = visit.starts_at.astimezone(book.zone).date()
            self.days |= set(
                days_of(visit.columns.get("provider_id"), visit.columns.get("co_provider_id"), on)
            )
        return people

    def _standing(self, keys: Collection[str]) -> dict[str, Appointment]:
        """What the visits' numbers name already, fresh and locked: providers, rooms, then the visits."""
        own = {own: key for key in keys if (own := uuid_of(key))}
        numbers = [key for key in keys if key not in own.values()]
        rows = (
            Appointment.objects.filter(record_number__in=numbers) if numbers else Appointment.objects.none()
        )
        if own:
            rows = rows | Appointment.objects.filter(public_id__in=own)
        ids = list(rows.values_list("pk", flat=True))
        if not ids:
            return {}
        self._lock(ids)
        fresh = Appointment.objects.filter(pk__in=ids).prefetch_related("attendances")
        return {own.get(row.public_id) or row.record_number: row for row in fresh}

    def _lock(self, visit_ids: Sequence[int] = ()) -> None:
        """Every provider and every room, since the file may hold any of them: bookings wait until it is in.

        Clients need no lock: whatever else would take a client's time takes a provider's or a room's, and waits
        there. On a trial nobody shall wait. Taken anew for each batch, since a batch that is rolled back lets go.
        """
        if self.importing.is_trial:
            return
        lock_rows(Provider, self.book.providers.rows)
        lock_rows(Room, self.book.places.rooms)
        lock_rows(Appointment, visit_ids)

    def finish(self) -> None:
        """Open calendars draw again; the past is drawn when it is next looked at."""
        if not self.importing.is_trial:
            raise_days(self.days)


def _clients(rows: Sequence[Row]) -> dict[str, int]:
    numbers = {row.get("client") for row in rows} - {None, ""}
    found = Client.objects.filter(record_number__in=numbers)
    return dict(found.values_list("record_number", "pk"))


register(
    Kind(
        name=NAME,
        label="Appointments",
        rank=90,
        says="Visits: past ones with how they ended, those ahead by every rule. One row per person who comes.",
        columns=columns,
        loader=Appointments,
        rows=visits,
        exported=NAMES,
        stands=stands,
        together="visit",
    )
)
