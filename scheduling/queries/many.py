"""The facts of `queries.problems` for many wishes at once, in a number of queries that does not grow with them.

The wishes are decided one after another: `took` makes one that was accepted stand in the way of the next.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db import connection

from availability.queries import hours_of_days
from practice.models import Practice, Provider, Room, RoomOutage
from practice.states import Modality
from scheduling.models import Appointment, AppointmentType
from scheduling.queries.care import Care, about_clients, care_facts
from scheduling.queries.many_sql import COUNTED, NEAR
from scheduling.queries.problems import REACH, busy_of, hours_of, room_facts
from scheduling.rules.authorizations import Permit, fitting
from scheduling.rules.facts import Busy, Facts, Hours
from scheduling.rules.wishes import Wish
from scheduling.states import BLOCKING, UNCOUNTED, Category

PRACTICE = 0  # counts as a provider whose visits are everybody's
WEEK = dt.timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A wish with its buffers filled in."""

    wish: Wish
    cleaning_minutes: int = 0

    @property
    def since(self) -> dt.datetime:
        return self.wish.starts_at - dt.timedelta(minutes=self.wish.buffer_before_minutes or 0)

    @property
    def until(self) -> dt.datetime:
        return self.wish.ends_at + dt.timedelta(minutes=self.wish.buffer_after_minutes or 0)

    @property
    def cleaned(self) -> dt.datetime:
        return self.wish.ends_at + dt.timedelta(minutes=self.cleaning_minutes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """The few rows all wishes refer to. offered: (type, provider)."""

    practice: Practice
    types: Mapping[int, AppointmentType]
    providers: Mapping[int, Provider]
    rooms: Mapping[int, Room]
    offered: Collection[tuple[int, int]]


class Ledger:
    """ignoring: visits that give up their places in the same act, so they keep no session of an authorization."""

    def __init__(
        self, asked: Sequence[Asked], book: Book, *, now: dt.datetime, ignoring: Collection[int] = ()
    ) -> None:
        self.asked, self.book, self.now = asked, book, now
        self.hours = self._hours()
        self.care = self._care(ignoring)
        self.drawn: Counter[int] = Counter()  # sessions by authorization that wishes before this one keep
        self.permits_of: dict[int, dict[int, int]] = {}  # by place of the wish: client → authorization
        self.standing = self._standing()
        self.own: dict[tuple[str, int], list[Busy]] = defaultdict(list)
        self.counts = self._counts()
        self.outages = self._outages()

    def facts(self, place: int) -> Facts:
        """Twin: `queries.problems.facts_for`; a test holds both to the same problems."""
        one = self.asked[place]
        wish, kind = one.wish, self.book.types[one.wish.type_id]
        room = self.book.rooms[wish.room_id] if wish.room_id else None
        return Facts(
            place=wish,
            buffer_before_minutes=wish.buffer_before_minutes or 0,
            buffer_after_minutes=wish.buffer_after_minutes or 0,
            cleaning_minutes=one.cleaning_minutes,
            client_ids=frozenset(wish.client_ids),
            type_is_active=kind.is_active,
            type_name=kind.name,
            type_modalities=frozenset(kind.modalities),
            offered={pk: (kind.pk, pk) in self.book.offered for pk in wish.people[:1]},
            names={pk: self.book.providers[pk].name for pk in wish.people},
            hours={pk: self.hours[pk, self._on(wish)] for pk in wish.people},
            neighbours=self._neighbours(place),
            room_name=room.name if room else "",
            room_location_id=room.location_id if room else None,
            room_capacity=room.capacity if room else None,
            **room_facts(room, kind),
            room_outages=self._near_outages(wish),
            heads=wish.heads,
            counts=self._caps(wish, kind),
            **self._care_facts(wish, kind),
            now=self.now,
            clock="%H:%M" if self.book.practice.clock_24h else "%-I:%M %p",
            zone=self.book.practice.tz,
        )

    def took(self, place: int) -> None:
        """This one stands now."""
        one = self.asked[place]
        wish = one.wish
        busy = Busy(
            id=-place - 1,
            people=frozenset(wish.people),
            room_id=wish.room_id,
            client_ids=frozenset(wish.client_ids),
            starts_at=wish.starts_at,
            ends_at=wish.ends_at,
            blocked=(one.since, one.until),
            room_span=(wish.starts_at, one.cleaned),
            location_id=wish.location_id or self._room_place(wish),
            is_in_person=wish.modality == Modality.IN_PERSON,
            is_visit=self.book.types[wish.type_id].category != Category.ADMINISTRATIVE,
        )
        self._draw(place, wish)
        for key in _keys(wish):
            self.own[key].append(busy)
        if self.book.types[wish.type_id].category != Category.ADMINISTRATIVE:
            for provider_id in (*wish.people, PRACTICE):
                self.counts[provider_id, self._on(wish), wish.type_id] += 1

    def _draw(self, place: int, wish: Wish) -> None:
        """Each client's fitting authorization keeps one session for this wish."""
        if not self.book.types[wish.type_id].requires_authorization:
            return
        drawn = {pk: fitting(self._permits(pk), self._on(wish)) for pk in wish.client_ids}
        self.permits_of[place] = {pk: permit.id for pk, permit in drawn.items() if permit}
        self.drawn.update(self.permits_of[place].values())

    def _permits(self, client_id: int) -> tuple[Permit, ...]:
        return tuple(replace(one, left=one.left - self.drawn[one.id]) for one in self.care.permits[client_id])

    def _room_place(self, wish: Wish) -> int | None:
        return self.book.rooms[wish.room_id].location_id if wish.room_id else None

    def _care(self, ignoring: Collection[int]) -> Care:
        wishes = [one.wish for one in self.asked]
        return about_clients(
            (pk for wish in wishes for pk in wish.client_ids),
            with_permits=any(self.book.types[wish.type_id].requires_authorization for wish in wishes),
            ignoring=ignoring,
        )

    def _care_facts(self, wish: Wish, kind: AppointmentType) -> dict[str, Any]:
        givers = [self.book.providers[pk] for pk in wish.people]
        facts = care_facts(self.care, wish, kind, givers, self.book.practice)
        if facts["permits"] is not None:
            facts["permits"] = {pk: self._permits(pk) for pk in wish.client_ids}
        return facts

    def _counted(self, wish: Wish) -> tuple[dt.datetime | None, dt.datetime | None]:
        """The block with a most of visits it begins in; blocks of one provider do not overlap."""
        if wish.provider_id is None:
            return None, None
        blocks = self.hours[wish.provider_id, self._on(wish)].capped
        found = ((start, end) for start, end, _ in blocks if start <= wish.starts_at < end)
        return next(found, (None, None))

    def _on(self, wish: Wish) -> dt.date:
        return wish.starts_at.astimezone(self.book.practice.tz).date()

    def _neighbours(self, place: int) -> tuple[Busy, ...]:
        wish = self.asked[place].wish
        apart = (("client", pk) for pk in self.care.kept_from(wish.client_ids))
        own = {busy.id: busy for key in (*_keys(wish), *apart) for busy in self.own[key]}
        near = [*self.standing[place], *own.values()]
        return tuple(sorted(near, key=lambda busy: (busy.starts_at, busy.id)))

    def _hours(self) -> dict[tuple[int, dt.date], Hours]:
        days = hours_of_days((pk, self._on(one.wish)) for one in self.asked for pk in one.wish.people)
        return {key: hours_of(day) for key, day in days.items()}

    def _standing(self) -> dict[int, list[Busy]]:
        wishes = [one.wish for one in self.asked]
        comes = [
            (place, pk)
            for place, wish in enumerate(wishes)
            for pk in {*wish.client_ids, *self.care.kept_from(wish.client_ids)}
        ]
        counted = [self._counted(wish) for wish in wishes]
        with connection.cursor() as cursor:
            cursor.execute(
                NEAR,
                {
                    "places": list(range(len(wishes))),
                    "providers": [wish.provider_id for wish in wishes],
                    "co_providers": [wish.co_provider_id for wish in wishes],
                    "rooms": [wish.room_id for wish in wishes],
                    "starts": [wish.starts_at for wish in wishes],
                    "ends": [wish.ends_at for wish in wishes],
                    "since": [one.since for one in self.asked],
                    "until": [one.until for one in self.asked],
                    "cleaned": [one.cleaned for one in self.asked],
                    "counted_since": [since for since, _ in counted],
                    "counted_until": [until for _, until in counted],
                    "wait": 2 * self.book.practice.keep_apart_minutes,
                    "comes": [place for place, _ in comes],
                    "clients": [pk for _, pk in comes],
                    "uncounted": [state.value for state in UNCOUNTED],
                    "blocking": [state.value for state in BLOCKING],
                    "now": self.now,
                },
            )
            near = cursor.fetchall()
        rows = Appointment.objects.filter(pk__in={pk for _, pk in near})
        busy = {one.id: one for one in busy_of(rows)}
        found: dict[int, list[Busy]] = defaultdict(list)
        for place, pk in near:
            found[place].append(busy[pk])
        return found

    def _counts(self) -> Counter[tuple[int, dt.date, int]]:
        """(provider or PRACTICE, day, type) → how many; only where some cap asks."""
        spans = sorted({span for one in self.asked for span in self._spans(one.wish)})
        counts: Counter[tuple[int, dt.date, int]] = Counter()
        if spans:
            with connection.cursor() as cursor:
                cursor.execute(
                    COUNTED,
                    {
                        "zone": str(self.book.practice.tz),
                        "providers": [pk for pk, *_ in spans],
                        "starts": [self._midnight(start) for _, start, _ in spans],
                        "ends": [self._midnight(until) for *_, until in spans],
                        "blocking": [state.value for state in BLOCKING],
                        "now": self.now,
                    },
                )
                for provider_id, on, type_id, count in cursor.fetchall():
                    counts[provider_id, on, type_id] = count
        return counts

    def _spans(self, wish: Wish) -> Iterator[tuple[int, dt.date, dt.date]]:
        """(whose visits, first day, the day after the last) that caps on this wish count."""
        on, kind = self._on(wish), self.book.types[wish.type_id]
        provider = self.book.providers.get(wish.provider_id or 0)
        monday = on - dt.timedelta(days=on.weekday())
        if provider and (provider.max_per_day or provider.max_per_week or kind.max_per_day_provider):
            yield provider.pk, monday, monday + WEEK
        if kind.max_per_day_practice:
            yield PRACTICE, on, on + dt.timedelta(days=1)

    def _midnight(self, on: dt.date) -> dt.datetime:
        return dt.datetime.combine(on, dt.time(), self.book.practice.tz)

    def _caps(self, wish: Wish, kind: AppointmentType) -> dict[str, tuple[int, int]]:
        if kind.category == Category.ADMINISTRATIVE:
            return {}
        on, pk = self._on(wish), wish.provider_id or 0
        provider = self.book.providers.get(pk)
        monday = on - dt.timedelta(days=on.weekday())
        week = [monday + dt.timedelta(days=n) for n in range(7)]
        caps = {
            "provider_day": (provider and provider.max_per_day, pk, [on], None),
            "provider_week": (provider and provider.max_per_week, pk, week, None),
            "type_provider_day": (provider and kind.max_per_day_provider, pk, [on], kind.pk),
            "type_practice_day": (kind.max_per_day_practice, PRACTICE, [on], kind.pk),
        }
        return {
            name: (self._count(whose, days, type_id), most)
            for name, (most, whose, days, type_id) in caps.items()
            if most
        }

    def _count(self, whose: int, days: Collection[dt.date], type_id: int | None) -> int:
        types: Iterable[int] = self.book.types if type_id is None else [type_id]
        return sum(self.counts.get((whose, on, one), 0) for on in days for one in types)

    def _outages(self) -> dict[int, list[tuple[dt.datetime, dt.datetime, str]]]:
        """By room. No query where no wish names one."""
        wishes = [one.wish for one in self.asked if one.wish.room_id]
        found: dict[int, list[tuple[dt.datetime, dt.datetime, str]]] = defaultdict(list)
        if wishes:
            rows = RoomOutage.objects.filter(
                room__in={wish.room_id for wish in wishes},
                starts_at__lt=max(wish.ends_at for wish in wishes) + REACH,
                ends_at__gt=min(wish.starts_at for wish in wishes) - REACH,
            )
            for room_id, start, end, why in rows.values_list("room_id", "starts_at", "ends_at", "reason"):
                found[room_id].append((start, end, why))
        return found

    def _near_outages(self, wish: Wish) -> tuple[tuple[dt.datetime, dt.datetime, str], ...]:
        since, until = wish.starts_at - REACH, wish.ends_at + REACH
        return tuple(
            one for one in self.outages.get(wish.room_id or 0, ()) if one[0] < until and one[1] > since
        )


def _keys(wish: Wish) -> Iterator[tuple[str, int]]:
    """By what two visits can be in each other's way."""
    yield from (("person", pk) for pk in wish.people)
    yield from (("client", pk) for pk in wish.client_ids)
    if wish.room_id:
        yield "room", wish.room_id
