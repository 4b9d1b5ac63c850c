"""Loads the facts a booking decision needs, in a constant number of queries, and asks the rules."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Q

from availability.queries import day_hours
from availability.rules.days import DayHours
from core.actors import Actor
from core.refusals import Problem
from practice.models import Practice, Provider, Room, RoomOutage
from practice.queries import the_practice
from practice.states import Modality
from scheduling.models import Appointment, AppointmentType, Attendance, TypeOffer
from scheduling.queries.care import about_clients, care_facts
from scheduling.querysets import AppointmentQuerySet
from scheduling.rules.facts import Busy, Facts, Hours
from scheduling.rules.problems import problems
from scheduling.rules.wishes import Place, Wish
from scheduling.states import UNCOUNTED, AppointmentState, Category

# No visit with its buffers reaches further than this, so an index range on starts_at finds every neighbour.
REACH = dt.timedelta(days=1)


def problems_with(
    wish: Wish,
    *,
    appointment_id: int | None = None,
    by: Actor,
    now: dt.datetime,
    ignoring: frozenset[int] = frozenset(),
    setting: Setting | None = None,
) -> list[Problem]:
    """Why this may not be booked, or with `appointment_id` why that visit may not move there.

    `ignoring`: visits that move in the same act and so are not in the way.
    """
    away = ignoring | ({appointment_id} if appointment_id else frozenset())
    return problems(facts_for(wish, ignoring=away, now=now, setting=setting))


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What a wish names, read once: the practice, the type, who gives it and on what terms, the room."""

    practice: Practice
    kind: AppointmentType
    providers: Mapping[int, Provider]
    offers: Mapping[int, TypeOffer]
    room: Room | None

    @classmethod
    def of(cls, wish: Wish) -> Setting:
        offers = TypeOffer.objects.filter(type=wish.type_id, provider__in=wish.people)
        return cls(
            practice=the_practice(),
            kind=AppointmentType.objects.get(pk=wish.type_id),
            providers=Provider.objects.select_related("supervisor").in_bulk(wish.people),
            offers={offer.provider_id: offer for offer in offers},
            room=Room.objects.get(pk=wish.room_id) if wish.room_id else None,
        )


def wish_of(appointment: Appointment, to: Place | None = None) -> Wish:
    """A standing visit as a wish, at its own place or at another."""
    attending = [a.client_id for a in appointment.attendances.all() if a.state not in UNCOUNTED]
    own = Wish(
        type_id=appointment.type_id,
        provider_id=appointment.provider_id,
        co_provider_id=appointment.co_provider_id,
        starts_at=appointment.starts_at,
        minutes=appointment.minutes,
        room_id=appointment.room_id,
        location_id=appointment.location_id,
        modality=appointment.modality,
        client_ids=tuple(attending),
        buffer_before_minutes=appointment.buffer_before_minutes,
        buffer_after_minutes=appointment.buffer_after_minutes,
        capacity=appointment.capacity,
    )
    if to is None:
        return own
    return replace(own, **{name: getattr(to, name) for name in Place.__dataclass_fields__})


def facts_for(
    wish: Wish, *, ignoring: frozenset[int], now: dt.datetime, setting: Setting | None = None
) -> Facts:
    setting = setting or Setting.of(wish)
    practice, kind, room = setting.practice, setting.kind, setting.room
    care = about_clients(wish.client_ids, with_permits=kind.requires_authorization, ignoring=ignoring)
    givers = [setting.providers[pk] for pk in wish.people]
    return Facts(
        place=wish,
        buffer_before_minutes=_or(wish.buffer_before_minutes, kind.buffer_before_minutes),
        buffer_after_minutes=_or(wish.buffer_after_minutes, kind.buffer_after_minutes),
        cleaning_minutes=room.cleaning_minutes if room else 0,
        client_ids=frozenset(wish.client_ids),
        type_is_active=kind.is_active,
        type_name=kind.name,
        type_modalities=frozenset(kind.modalities),
        offered={pk: pk in setting.offers for pk in wish.people[:1]},
        names={pk: provider.name for pk, provider in setting.providers.items()},
        hours=_hours(wish, practice),
        neighbours=neighbours(wish, ignoring=ignoring, now=now, besides=care.kept_from(wish.client_ids)),
        room_name=room.name if room else "",
        room_location_id=room.location_id if room else None,
        room_capacity=room.capacity if room else None,
        **room_facts(room, kind),
        room_outages=_outages(wish) if room else (),
        heads=wish.heads,
        counts=_counts(wish, setting, ignoring=ignoring, now=now),
        **care_facts(care, wish, kind, givers, practice),
        now=now,
        clock="%H:%M" if practice.clock_24h else "%-I:%M %p",
        zone=practice.tz,
    )


def _or(value: int | None, default: int) -> int:
    return default if value is None else value


def room_facts(room: Room | None, kind: AppointmentType) -> dict[str, Any]:
    """What a room is, measured by what the type needs; when it is out of use comes apart."""
    if room is None:
        return {}
    return {
        "room_is_active": room.is_active,
        "room_lacks": tuple(need for need in kind.room_needs if need not in room.equipment),
        "room_has_steps": not room.is_accessible,
    }


def _outages(wish: Wish) -> tuple[tuple[dt.datetime, dt.datetime, str], ...]:
    near = RoomOutage.objects.filter(
        room=wish.room_id, starts_at__lt=wish.ends_at + REACH, ends_at__gt=wish.starts_at - REACH
    )
    return tuple(near.values_list("starts_at", "ends_at", "reason"))


def _hours(wish: Place, practice: Practice) -> dict[int, Hours]:
    if not wish.people:
        return {}
    days = day_hours(wish.people, wish.starts_at.astimezone(practice.tz).date(), own=practice.tz)
    return {pk: hours_of(day) for pk, day in days.items()}


def hours_of(day: DayHours) -> Hours:
    return Hours(
        open=tuple((_at(s.start), _at(s.end), s.location_id) for s in day.open),
        closed=tuple((_at(s.start), _at(s.end), s.reason) for s in day.closed),
        in_person=tuple((_at(s.start), _at(s.end)) for s in day.open if not s.telehealth_ok),
        outside=tuple((_at(start), _at(end)) for start, end in day.outside),
        capped=tuple((_at(start), _at(end), most) for start, end, most in day.capped),
    )


def _at(minute: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(minute * 60, tz=dt.UTC)


def neighbours(
    wish: Wish, *, ignoring: frozenset[int], now: dt.datetime, besides: Collection[int] = ()
) -> tuple[Busy, ...]:
    """What blocks near the wish for its people, room or clients; holds past their deadline do not.

    besides: clients who are none of the wish's, but must not be met.
    """
    near = Appointment.objects.blocking().filter(
        starts_at__gt=wish.starts_at - REACH,
        starts_at__lt=wish.ends_at + REACH,
        ends_at__gt=wish.starts_at - REACH,
    )
    shared = Q(provider__in=wish.people) | Q(co_provider__in=wish.people)
    if wish.room_id:
        shared |= Q(room=wish.room_id)
    if clients := {*wish.client_ids, *besides}:
        coming = Attendance.objects.counted().filter(
            client__in=clients, appointment__starts_at__gt=wish.starts_at - REACH
        )
        shared |= Q(
            pk__in=coming.filter(appointment__starts_at__lt=wish.ends_at + REACH).values("appointment")
        )
    rows = (
        near.filter(shared).exclude(pk__in=ignoring).exclude(state=AppointmentState.HELD, hold_until__lt=now)
    )
    return tuple(busy_of(rows.order_by("starts_at", "id")))


_BUSY = (
    "pk",
    "provider",
    "co_provider",
    "room",
    "clients",
    "starts_at",
    "ends_at",
    "blocked",
    "room_span",
    "location",
    "modality",
    "type__category",
)


def busy_of(rows: AppointmentQuerySet) -> Iterator[Busy]:
    """As columns: a booking looks at a day of neighbours, and whole rows with their attendances cost thrice that."""
    theirs = Attendance.objects.counted().filter(appointment=OuterRef("pk")).values("client")
    for row in rows.annotate(clients=ArraySubquery(theirs)).values_list(*_BUSY, named=True):
        yield Busy(
            id=row.pk,
            people=frozenset({row.provider, row.co_provider} - {None}),
            room_id=row.room,
            client_ids=frozenset(row.clients),
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            blocked=(row.blocked.lower, row.blocked.upper),
            room_span=(row.room_span.lower, row.room_span.upper),
            location_id=row.location,
            is_in_person=row.modality == Modality.IN_PERSON,
            is_visit=row.type__category != Category.ADMINISTRATIVE,
        )


def _counts(
    wish: Wish, setting: Setting, *, ignoring: frozenset[int], now: dt.datetime
) -> dict[str, tuple[int, int]]:
    """How many count against each cap that is set, as (taken, most). One query per cap, none without caps.

    Desk work is no visit: it neither counts nor is counted.
    """
    practice, kind = setting.practice, setting.kind
    if kind.category == Category.ADMINISTRATIVE:
        return {}
    day = wish.starts_at.astimezone(practice.tz).date()
    monday = day - dt.timedelta(days=day.weekday())
    standing = (
        Appointment.objects.blocking()
        .exclude(pk__in=ignoring)
        .exclude(type__category=Category.ADMINISTRATIVE)
        .exclude(state=AppointmentState.HELD, hold_until__lt=now)
    )
    today = standing.filter(_on(day, day, practice))
    provider = setting.providers.get(wish.provider_id or 0)
    own = Q(provider=wish.provider_id) | Q(co_provider=wish.provider_id)
    caps = {
        "provider_day": (provider and provider.max_per_day, today.filter(own)),
        "provider_week": (
            provider and provider.max_per_week,
            standing.filter(own).filter(_on(monday, monday + dt.timedelta(days=6), practice)),
        ),
        "type_provider_day": (provider and kind.max_per_day_provider, today.filter(own, type=kind)),
        "type_practice_day": (kind.max_per_day_practice, today.filter(type=kind)),
    }
    return {name: (rows.count(), most) for name, (most, rows) in caps.items() if most}


def _on(first: dt.date, last: dt.date, practice: Practice) -> Q:
    start = dt.datetime.combine(first, dt.time(), practice.tz)
    end = dt.datetime.combine(last + dt.timedelta(days=1), dt.time(), practice.tz)
    return Q(starts_at__gte=start, starts_at__lt=end)
