"""What a form fills in by itself: a type's values, the usual type, a free room, the next free times."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import islice

from django.db.models import Count

from core.intervals import clip
from core.refusals import Severity
from core.walltime import epoch_minutes
from practice.models import Location, Practice
from scheduling.models import Appointment, AppointmentType, TypeOffer
from scheduling.queries.rooms import fit_rooms, rooms_taken
from scheduling.rules.facts import Facts
from scheduling.rules.problems import problems
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


def free_room(wish: Wish, *, now: dt.datetime, ignoring: Sequence[int] = ()) -> int | None:
    """The first room at the wish's location that fits and is free then. Two queries.

    ignoring: visits that are not in the way, such as the hold this one takes the place of.
    """
    if wish.location_id is None:
        return None
    rooms = fit_rooms(
        type_id=wish.type_id,
        heads=wish.heads,
        client_ids=wish.client_ids,
        location_id=wish.location_id,
    )
    taken = rooms_taken(rooms, wish.starts_at - REACH, wish.ends_at + REACH, now=now, ignoring=ignoring)
    start, end = epoch_minutes(wish.starts_at), epoch_minutes(wish.ends_at)
    free = (room.id for room in rooms if not clip(taken.get(room.id, []), start, end + room.cleaning))
    return next(free, None)


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
