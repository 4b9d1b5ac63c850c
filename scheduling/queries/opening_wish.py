"""From an opening that was chosen to the visit wished for there."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

from availability.queries import day_hours
from core.walltime import epoch_minutes, local_date
from practice.models import Practice, Provider
from practice.states import Modality
from scheduling.models import AppointmentType
from scheduling.queries.filling import free_room, values_of
from scheduling.queries.openings import Search
from scheduling.queries.rooms import fit_rooms
from scheduling.rules.wishes import Wish


def wish_at(
    search: Search, provider: Provider, starts_at: dt.datetime, *, practice: Practice, now: dt.datetime
) -> Wish | None:
    """What the search meant there: the place the provider keeps hours at, a fitting room where one was asked for.

    None when the type is gone.
    """
    kind = AppointmentType.objects.filter(pk=search.type_id, is_active=True).first()
    if kind is None:
        return None
    wish = Wish(
        type_id=kind.pk,
        provider_id=provider.pk,
        starts_at=starts_at,
        minutes=search.minutes or values_of(kind, provider.pk).minutes,
        client_ids=search.client_ids,
        location_id=search.location_id,
        room_id=search.room_id,
        modality=search.modality or kind.modalities[0],
        source=search.source,
    )
    if wish.location_id is None and wish.modality == Modality.IN_PERSON:
        wish = replace(wish, location_id=_kept_at(provider, wish, practice))
    return _in_some_room(wish, now) if search.any_room else wish


def _kept_at(provider: Provider, wish: Wish, practice: Practice) -> int | None:
    """The one place of the hours it lies in."""
    hours = day_hours([provider.pk], local_date(wish.starts_at, practice.tz), own=practice.tz)[provider.pk]
    start, end = epoch_minutes(wish.starts_at), epoch_minutes(wish.ends_at)
    places = {span.location_id for span in hours.open if span.start < end and start < span.end} - {None}
    return places.pop() if len(places) == 1 else None


def _in_some_room(wish: Wish, now: dt.datetime) -> Wish:
    """Without a room where none is free: the rules then say so."""
    places: Sequence[int | None] = [wish.location_id]
    if wish.location_id is None:
        heads = wish.heads
        rooms = fit_rooms(type_id=wish.type_id, heads=heads, client_ids=wish.client_ids)
        places = sorted({room.location_id for room in rooms})
    for place in places:
        there = replace(wish, location_id=place)
        if room_id := free_room(there, now=now):
            return replace(there, room_id=room_id)
    return wish
