"""Which rooms would do for a visit, and when each of them is taken. Two queries, and only where a room is asked for."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db import connection

from core.intervals import Span, merge
from scheduling.rules.openings import Shape, starts_in_any
from scheduling.states import BLOCKING, AppointmentState


class FitRoom(NamedTuple):
    id: int
    location_id: int
    cleaning: int  # minutes after the session


# Large enough, equipped as the type wants it, and accessible where somebody needs that.
_FIT = """
SELECT r.id, r.location_id, r.cleaning_minutes
  FROM practice_room r
 WHERE r.is_active AND r.capacity >= %(heads)s
   AND r.equipment @> (SELECT t.room_needs FROM scheduling_appointmenttype t WHERE t.id = %(type)s)
   AND (r.is_accessible OR NOT EXISTS (
        SELECT 1 FROM practice_client c WHERE c.id = ANY(%(clients)s) AND c.accessibility_needs <> ''))
   AND (%(room)s::bigint IS NULL OR r.id = %(room)s) AND (%(place)s::bigint IS NULL OR r.location_id = %(place)s)
 ORDER BY r.name, r.id
"""
_TAKEN = """
SELECT room_id, floor(date_part('epoch', lower(room_span)) / 60)::bigint,
       ceil(date_part('epoch', upper(room_span)) / 60)::bigint
  FROM scheduling_appointment
 WHERE room_id = ANY(%(ids)s) AND starts_at > %(since)s AND starts_at < %(until)s AND state = ANY(%(blocking)s)
   AND (state <> %(held)s OR hold_until >= %(now)s) AND id <> ALL(%(ignoring)s)
UNION ALL
SELECT room_id, floor(date_part('epoch', starts_at) / 60)::bigint, ceil(date_part('epoch', ends_at) / 60)::bigint
  FROM practice_roomoutage
 WHERE room_id = ANY(%(ids)s) AND starts_at < %(until)s AND ends_at > %(since)s
"""


def fit_rooms(
    *,
    type_id: int,
    heads: int,
    client_ids: Sequence[int] = (),
    location_id: int | None = None,
    room_id: int | None = None,
) -> list[FitRoom]:
    """By name. heads: everybody in the room, the provider too."""
    values: dict[str, Any] = {
        "type": type_id,
        "heads": heads,
        "clients": list(client_ids),
        "room": room_id,
        "place": location_id,
    }
    with connection.cursor() as cursor:
        cursor.execute(_FIT, values)
        return [FitRoom(*row) for row in cursor.fetchall()]


def rooms_taken(
    rooms: Sequence[FitRoom],
    since: dt.datetime,
    until: dt.datetime,
    *,
    now: dt.datetime,
    ignoring: Sequence[int] = (),
) -> dict[int, list[Span]]:
    """Per room id the epoch minutes in use, cleaning included, or out of use. ignoring: visits not in the way."""
    values: dict[str, Any] = {
        "ids": [room.id for room in rooms],
        "since": since,
        "until": until,
        "blocking": list(BLOCKING),
        "held": AppointmentState.HELD,
        "now": now,
        "ignoring": list(ignoring),
    }
    found: dict[int, list[Span]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(_TAKEN, values)
        for pk, start, end in cursor.fetchall():
            found[pk].append((start, end))
    return {pk: merge(spans) for pk, spans in found.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomTimes:
    """The rooms of a search, by location. within: the minutes looked at."""

    by_place: dict[int, list[FitRoom]]
    taken: dict[int, list[Span]]
    within: Span

    def free_starts(self, shape: Shape) -> dict[int, list[Span]]:
        """Per location the starts for which some room of it is free."""
        return {
            place: starts_in_any(
                [(self.taken.get(room.id, []), room.cleaning) for room in rooms], shape, self.within
            )
            for place, rooms in self.by_place.items()
        }


def by_place(rooms: Sequence[FitRoom]) -> dict[int, list[FitRoom]]:
    found: dict[int, list[FitRoom]] = defaultdict(list)
    for room in rooms:
        found[room.location_id].append(room)
    return dict(found)
