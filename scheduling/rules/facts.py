"""What a decision is made on: one wish, and all that stands near it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from scheduling.rules.authorizations import Permit
from scheduling.rules.wishes import Place

IN_PERSON = "in_person"
Moments = tuple[dt.datetime, dt.datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class Busy:
    """A blocking neighbour. Spans are aware UTC datetimes; `blocked` and `room_span` are with their margins."""

    id: int
    people: frozenset[int]
    room_id: int | None
    client_ids: frozenset[int]
    starts_at: dt.datetime
    ends_at: dt.datetime
    blocked: Moments
    room_span: Moments
    location_id: int | None = None
    is_in_person: bool = True
    is_visit: bool = True  # desk work is none, so it counts against no maximum


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """A provider's open spans that day as (start, end, location or None), and why the rest is closed."""

    open: tuple[tuple[dt.datetime, dt.datetime, int | None], ...]
    closed: tuple[tuple[dt.datetime, dt.datetime, str], ...] = ()
    in_person: tuple[Moments, ...] = ()  # the open ones kept for people who come
    outside: tuple[Moments, ...] = ()  # busy elsewhere, by an outside calendar
    capped: tuple[
        tuple[dt.datetime, dt.datetime, int], ...
    ] = ()  # blocks with a most of visits that begin in them


@dataclass(frozen=True, slots=True, kw_only=True)
class Apart:
    """Two who must not meet: a client and another client, or a client and a provider."""

    id: int
    client_id: int
    other_client_id: int | None = None
    provider_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who comes. `region` and `language` are empty where not on file; the language is its English name."""

    id: int
    is_open: bool = True
    needs_access: bool = False
    region: str = ""
    language: str = ""
    needs_interpreter: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Giver:
    """A provider's side of it."""

    id: int
    licensed_regions: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()
    is_unsupervised: bool = False  # needs a supervisor and has none at work


@dataclass(frozen=True, slots=True, kw_only=True)
class Online:
    """What holds for a visit clients book by themselves."""

    is_offered: bool
    notice_minutes: int
    horizon_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All a decision needs, loaded in a constant number of queries. Counts exclude the visit itself."""

    place: Place
    buffer_before_minutes: int
    buffer_after_minutes: int
    cleaning_minutes: int = 0
    client_ids: frozenset[int] = frozenset()
    type_id: int = 0
    type_is_active: bool = True
    type_name: str = ""
    type_modalities: frozenset[str] = frozenset()
    is_visit: bool = True
    needs_supervisor: bool = False
    offered: dict[int, bool] = field(default_factory=dict)
    names: dict[int, str] = field(default_factory=dict)
    hours: dict[int, Hours] = field(default_factory=dict)
    neighbours: tuple[Busy, ...] = ()
    room_name: str = ""
    room_location_id: int | None = None
    room_capacity: int | None = None
    room_is_active: bool = True
    room_lacks: tuple[str, ...] = ()  # what the type needs and the room does not have
    room_outages: tuple[tuple[dt.datetime, dt.datetime, str], ...] = ()
    room_has_steps: bool = False
    heads: int = 0
    counts: dict[str, tuple[int, int]] = field(default_factory=dict)
    people: tuple[Person, ...] = ()
    givers: tuple[Giver, ...] = ()  # the main one first
    apart: tuple[Apart, ...] = ()  # every pair one of the clients is in
    apart_minutes: int = 0
    permits: dict[int, tuple[Permit, ...]] | None = None  # by client; None where the type needs none
    online: Online | None = None
    now: dt.datetime | None = None
    clock: str = "%-I:%M %p"
    zone: dt.tzinfo = dt.UTC

    @property
    def session(self) -> Moments:
        return self.place.starts_at, self.place.ends_at

    @property
    def blocked(self) -> Moments:
        return (
            self.place.starts_at - dt.timedelta(minutes=self.buffer_before_minutes),
            self.place.ends_at + dt.timedelta(minutes=self.buffer_after_minutes),
        )

    @property
    def room_span(self) -> Moments:
        return self.place.starts_at, self.place.ends_at + dt.timedelta(minutes=self.cleaning_minutes)

    @property
    def on(self) -> dt.date:
        return self.place.starts_at.astimezone(self.zone).date()

    @property
    def today(self) -> dt.date:
        return (self.now or self.place.starts_at).astimezone(self.zone).date()


def overlap(a: Moments, b: Moments) -> bool:
    return a[0] < b[1] and b[0] < a[1]


def said(facts: Facts, moment: dt.datetime) -> str:
    return moment.astimezone(facts.zone).strftime(facts.clock).lower()


def span_said(facts: Facts, busy: Busy) -> str:
    return f"from {said(facts, busy.starts_at)} to {said(facts, busy.ends_at)}"


def thing(kind: str, pk: int | None, span: Moments | tuple[dt.date, dt.date]) -> dict:
    """What is in the way, for `Problem.blocking`: which row, and from when to when. Dates where only days count."""
    return {"kind": kind, "id": pk, "starts_at": span[0].isoformat(), "ends_at": span[1].isoformat()}


def visit_in_the_way(busy: Busy) -> dict:
    return thing("appointment", busy.id, (busy.starts_at, busy.ends_at))
