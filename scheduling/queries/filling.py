"""What a form fills in by itself: a type's values, the usual type, a free room, the next free times."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import islice

from django.db.models import Count

from core.refusals import Severity
from practice.models import Location, Practice, Room
from scheduling.models import Appointment, AppointmentType, TypeOffer
from scheduling.rules.problems import Facts, overlap, problems
from scheduling.rules.wishes import Wish
from scheduling.states import Category

AUTO_ROOM = -1
REACH = DAY = dt.timedelta(days=1)
USUAL_DAYS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeValues:
    """What choosing a type fills in, the provider's own offer of it going first."""

    minutes: int
    buffer_before: int
    buffer_after: int
    rate: Decimal | None
    modality: str


def values_of(kind: AppointmentType, provider_id: int | None) -> TypeValues:
    offer = TypeOffer.objects.filter(type=kind, provider=provider_id).first() if provider_id else None
    return TypeValues(
        minutes=(offer and offer.duration_minutes) or kind.duration_minutes,
        buffer_before=kind.buffer_before_minutes,
        buffer_after=kind.buffer_after_minutes,
        rate=offer.rate if offer and offer.rate is not None else kind.rate,
        modality=kind.modalities[0],
    )


def usual_type(provider_id: int | None, now: dt.datetime) -> AppointmentType | None:
    """The type this provider (or the practice) books most, else the first that is not administrative."""
    lately = Appointment.objects.blocking().filter(
        starts_at__gt=now - dt.timedelta(days=USUAL_DAYS), starts_at__lt=now + dt.timedelta(days=USUAL_DAYS)
    )
    lately = lately.exclude(type__category__in=[Category.ADMINISTRATIVE, Category.GROUP]).filter(
        type__is_active=True
    )
    if provider_id:
        lately = lately.filter(provider=provider_id)
    most = (
        lately.values("type")
        .annotate(n=Count("pk"))
        .order_by("-n", "type")
        .values_list("type", flat=True)
        .first()
    )
    kinds = AppointmentType.objects.filter(is_active=True)
    if most:
        return kinds.get(pk=most)
    offered = kinds.filter(offers__provider=provider_id) if provider_id else kinds.none()
    return (
        offered.exclude(category=Category.ADMINISTRATIVE).first()
        or kinds.filter(category=Category.INDIVIDUAL).first()
    )


def usual_location(provider_id: int | None) -> int | None:
    """Where the provider works, or the practice's only place; a guess the form shows and the user may change."""
    places = Location.objects.filter(is_active=True, is_telehealth=False)
    if provider_id is None:
        only = list(places.values_list("pk", flat=True)[:2])
        return only[0] if len(only) == 1 else None
    return places.filter(providers=provider_id).values_list("pk", flat=True).first()


def free_room(wish: Wish, *, needs: list[str], now: dt.datetime) -> Room | None:
    """The first room at the wish's location that fits and is free then. Two queries."""
    if wish.location_id is None:
        return None
    heads = len(wish.client_ids) + len(wish.people)
    rooms = Room.objects.filter(
        location=wish.location_id, is_active=True, capacity__gte=heads, equipment__contains=needs
    ).order_by("name")
    taken = Appointment.objects.blocking().filter(
        room__location=wish.location_id,
        starts_at__gt=wish.starts_at - REACH,
        starts_at__lt=wish.ends_at + REACH,
    )
    spans = [(row.room_id, (row.room_span.lower, row.room_span.upper)) for row in taken]
    return next((room for room in rooms if not _is_taken(room, wish, spans)), None)


def _is_taken(room: Room, wish: Wish, spans: list[tuple]) -> bool:
    own = (wish.starts_at, wish.ends_at + dt.timedelta(minutes=room.cleaning_minutes))
    return any(room_id == room.pk and overlap(own, span) for room_id, span in spans)


def next_free(facts: Facts, *, practice: Practice, now: dt.datetime, count: int = 3) -> list[dt.datetime]:
    """The starts on the practice's grid that day nearest to the one wished for, that nothing speaks against.

    `facts` were loaded for that start; neighbours, hours and caps hold for the whole local day, so no query.
    """
    wished = facts.place.starts_at
    midnight = dt.datetime.combine(wished.astimezone(practice.tz).date(), dt.time(), practice.tz).astimezone(
        dt.UTC
    )
    step = dt.timedelta(minutes=practice.grid_minutes)
    starts = (midnight + n * step for n in range(DAY // step))
    near = sorted((at for at in starts if at > now and at != wished), key=lambda at: abs(at - wished))
    free = (at for at in near if _is_free(replace(facts, place=replace(facts.place, starts_at=at))))
    return sorted(islice(free, count))


def _is_free(facts: Facts) -> bool:
    return all(problem.severity == Severity.WARNING for problem in problems(facts))
