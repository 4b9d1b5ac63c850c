"""Rows to visits: what they name is looked up, what they leave out is filled in, and all that is wrong is said."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from core.sheets.columns import Row
from practice.importing.kinds import Importing
from practice.importing.naming import Places, Providers
from practice.models import Room
from practice.queries import the_practice
from scheduling.importing.columns import NAMES, OF_PERSON, Word
from scheduling.importing.types import TypeNames
from scheduling.models import Appointment, AppointmentType, TypeOffer
from scheduling.states import Category

LONGEST = dt.timedelta(days=1)
NEEDS_A_CLIENT = (Category.INDIVIDUAL, Category.FAMILY, Category.COUPLES)
STILL_AHEAD = (Word.SCHEDULED, Word.CONFIRMED)
ENDED = (Word.COMPLETED, Word.NO_SHOW, Word.IN_SESSION)
GONE = (Word.CANCELLED, Word.LATE_CANCELLED)

NO_CLIENT = "There is no client with this record number. Import clients first."
WITHOUT_CLIENT = "A visit of this type needs a client; an administrative type does not."
WHICH_CLIENT = "Where a visit has several rows, each names a client."
TWICE = "This client stands twice on this visit."
NOBODY = "Write a provider or a room."
CO_ALONE = "A second provider needs a first one, and somebody else."
REVERSED = "The visit must end after it starts."
TOO_LONG = "No visit is longer than a day."
TWO_LENGTHS = "This does not fit minutes. Leave one of them out."
NOT_OVER = "This visit is over, so it cannot still be scheduled. Write how it ended, or leave it empty."
NOT_BEGUN = "This visit has not begun yet, so it cannot have that outcome."
NOT_TODAY = "This visit is on a later day, so nobody can be here for it."
NOT_CANCELLED = "This visit was not cancelled. Empty this, or write the status cancelled."
NEVER_CAME = "Who came late has a time in arrived_at."
ROOM_ELSEWHERE = "This room is at another location."


@dataclass(slots=True)
class Known:
    """What the look-ups of one batch found: client record number → (id), visit number → what stands."""

    clients: Mapping[str, int]
    standing: Mapping[str, Appointment]


class Catalogue:
    """The few rows every visit refers to; read once per file."""

    def __init__(self) -> None:
        self.practice = the_practice()
        self.providers, self.places, self.types = Providers(), Places(), TypeNames()
        self.offers = {(offer.type_id, offer.provider_id): offer for offer in TypeOffer.objects.all()}

    def offer(self, kind: AppointmentType, provider_id: int | None) -> TypeOffer | None:
        return self.offers.get((kind.pk, provider_id or 0))

    @cached_property
    def zone(self) -> Any:
        return self.practice.tz


@dataclass(slots=True)
class Person:
    row: Row
    client_id: int
    word: Word


@dataclass(slots=True)
class Visit:
    """`columns`: of the Appointment, as far as the file says them. `words`: what it says of those who come."""

    rows: Sequence[Row]
    key: str
    type: AppointmentType
    starts_at: dt.datetime
    ends_at: dt.datetime
    columns: dict[str, Any]
    values: dict[str, Any]
    people: list[Person]
    words: list[Word]
    standing: Appointment | None = None

    @property
    def reason(self) -> str:
        """Why it may go past a rule."""
        return self.values.get("override_reason") or ""

    @property
    def people_ids(self) -> tuple[int | None, int | None]:
        """Provider and second provider, for the days it stands on."""
        if self.standing:
            return self.standing.provider_id, self.standing.co_provider_id
        return self.columns.get("provider_id"), self.columns.get("co_provider_id")


@dataclass(slots=True)
class Reading:
    """One visit being read. `bad` collects everything against it."""

    importing: Importing
    book: Catalogue
    known: Known
    rows: Sequence[Row]
    bad: list[tuple[Row, str, str]] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)

    def visit(self) -> Visit | None:
        """None when something is against it, which was said."""
        self._merge()
        kind = self._find("type", self.book.types.find)
        people = self._people(kind)
        standing = self.known.standing.get(self.rows[0]["visit"])
        columns = self._where(standing)
        ends_at = self._end(kind, columns, standing)
        words = [person.word for person in people] or [self._word(self.rows[0])]
        if not self.bad:
            self._check_outcome(ends_at, words)
            self._check_room(ends_at, columns)
        if self.bad or kind is None:
            self._refuse()
            return None
        return Visit(
            rows=self.rows,
            key=self.rows[0]["visit"],
            type=kind,
            starts_at=self.values["starts_at"],
            ends_at=ends_at,
            columns=self._columns(kind, columns, ends_at),
            values=self.values,
            people=people,
            words=words,
            standing=standing,
        )

    def _against(self, column: str, reason: str, row: Row | None = None) -> None:
        self.bad.append((row or self.rows[0], column, reason))

    def _refuse(self) -> None:
        for row, column, reason in self.bad:
            self.importing.refuse(row, column, reason)
        lines = {row.line for row, *_ in self.bad}
        for row in self.rows:
            if row.line not in lines:
                self.importing.refuse(row, "visit", f"Line {min(lines)} of this visit cannot be taken.")

    def _merge(self) -> None:
        """What the rows say of the visit itself; a later row may leave it empty but not say otherwise."""
        first, *others = self.rows
        self.values = dict(first.values)
        for row in others:
            for name in OF_VISIT:
                value, stands = row.get(name), self.values.get(name)
                if value in EMPTY or value == stands:
                    continue
                if stands in EMPTY:
                    self.values[name] = value
                else:
                    self._against(name, f"Line {first.line} says otherwise of the same visit.", row)

    def _find(self, column: str, find: Callable[[str], Any]) -> Any:
        cell = self.values.get(column)
        if not cell:
            return None
        try:
            return find(cell)
        except ValueError as error:
            self._against(column, str(error))
            return None

    def _word(self, row: Row) -> Word:
        return Word(row.get("status") or "")

    def _people(self, kind: AppointmentType | None) -> list[Person]:
        people: dict[str, Person] = {}
        for row in self.rows:
            number = row.get("client") or ""
            if number in people:
                self._against("client", TWICE, row)
            elif number:
                client_id = self.known.clients.get(number)
                if client_id is None:
                    self._against("client", NO_CLIENT, row)
                people[number] = Person(row, client_id or 0, self._word(row))
            elif len(self.rows) > 1:
                self._against("client", WHICH_CLIENT, row)
            elif kind and kind.category in NEEDS_A_CLIENT:
                self._against("client", WITHOUT_CLIENT, row)
        return list(people.values())

    def _where(self, standing: Appointment | None) -> dict[str, Any]:
        """Provider, room and place as columns, as far as the file has them."""
        book, values = self.book, self.values
        provider = self._find("provider", book.providers.find)
        co_provider = self._find("co_provider", book.providers.find)
        location = self._find("location", book.places.location)
        room: Room | None = self._find("room", lambda cell: book.places.room(cell, location))
        named = {"provider": provider, "co_provider": co_provider, "location": location, "room": room}
        columns = {f"{name}_id": row and row.pk for name, row in named.items() if name in values}
        if room and location is None:
            columns["location_id"] = room.location_id
        is_left_as_it_is = standing is not None and "provider" not in values
        if not (values.get("provider") or values.get("room") or is_left_as_it_is):
            self._against("provider", NOBODY)
        if co_provider and (provider is None or provider == co_provider):
            self._against("co_provider", CO_ALONE)
        return columns

    def _end(
        self, kind: AppointmentType | None, columns: Mapping[str, Any], standing: Appointment | None
    ) -> dt.datetime:
        starts_at, minutes = self.values["starts_at"], self.values.get("minutes")
        ends_at = self.values.get("ends_at")
        if ends_at is None:
            return starts_at + self._length(kind, columns, standing, minutes)
        if minutes and ends_at - starts_at != dt.timedelta(minutes=minutes):
            self._against("ends_at", TWO_LENGTHS)
        elif ends_at <= starts_at:
            self._against("ends_at", REVERSED)
        elif ends_at - starts_at > LONGEST:
            self._against("ends_at", TOO_LONG)
        return ends_at

    def _length(
        self,
        kind: AppointmentType | None,
        columns: Mapping[str, Any],
        standing: Appointment | None,
        minutes: int | None,
    ) -> dt.timedelta:
        if minutes:
            return dt.timedelta(minutes=minutes)
        if standing:
            return standing.ends_at - standing.starts_at
        offer = kind and self.book.offer(kind, columns.get("provider_id"))
        usual = kind.duration_minutes if kind else 0
        return dt.timedelta(minutes=(offer and offer.duration_minutes) or usual)

    def _check_outcome(self, ends_at: dt.datetime, words: list[Word]) -> None:
        """Only what a visit at that time can have."""
        for row, word in zip(self.rows, words, strict=True):
            if reason := self._wrong_word(word, ends_at):
                self._against("status", reason, row)
            for name in ("late_cancelled", "left_at"):
                if row.get(name) and word not in GONE:
                    self._against(name, NOT_CANCELLED, row)
            if row.get("is_late") and not row.get("arrived_at"):
                self._against("is_late", NEVER_CAME, row)
        if self.values.get("cancel_reason") and not any(word in GONE for word in words):
            self._against("cancel_reason", NOT_CANCELLED)

    def _wrong_word(self, word: Word, ends_at: dt.datetime) -> str:
        now, starts_at = self.importing.now, self.values["starts_at"]
        if ends_at <= now:
            return NOT_OVER if word in STILL_AHEAD else ""
        if starts_at > now and word in ENDED:
            return NOT_BEGUN
        is_later = starts_at > now and self._on(starts_at) > self._on(now)
        return NOT_TODAY if is_later and word == Word.ARRIVED else ""

    def _check_room(self, ends_at: dt.datetime, columns: Mapping[str, Any]) -> None:
        """Of a visit ahead the rules say it."""
        room = self.book.places.rooms.get(columns.get("room_id") or 0)
        if room and ends_at <= self.importing.now and columns.get("location_id") != room.location_id:
            self._against("room", ROOM_ELSEWHERE)

    def _on(self, moment: dt.datetime) -> dt.date:
        return moment.astimezone(self.book.zone).date()

    def _columns(
        self, kind: AppointmentType, columns: dict[str, Any], ends_at: dt.datetime
    ) -> dict[str, Any]:
        values = self.values
        columns |= {"type_id": kind.pk, "starts_at": values["starts_at"], "ends_at": ends_at}
        columns |= {COLUMN.get(name, name): values[name] for name in STRAIGHT if name in values}
        filled = ((COLUMN.get(name, name), values.get(name)) for name in WHERE_FILLED)
        return columns | {column: value for column, value in filled if value not in EMPTY}


EMPTY: tuple[Any, ...] = (None, "")
OF_VISIT = tuple(name for name in NAMES if name not in OF_PERSON and name != "visit")
COLUMN = {"buffer_before": "buffer_before_minutes", "buffer_after": "buffer_after_minutes"}
# Columns of the visit as they are; an empty cell empties them.
STRAIGHT = ("title", "note", "rate", "capacity", "changed_alone", "bundle")
# An empty cell leaves these as they are, or to the type or the room.
WHERE_FILLED = (
    "modality",
    "buffer_before",
    "buffer_after",
    "cleaning_minutes",
    "source",
    "billing_mode",
    "started_at",
    "completed_at",
)
