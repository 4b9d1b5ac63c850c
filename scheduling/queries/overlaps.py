"""Which of many visits overlap what stands, asked the way the two exclusion constraints ask, so their indexes serve."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection

from scheduling.models import Appointment
from scheduling.models.guards import People
from scheduling.rules.overlaps import Taking, second_comers
from scheduling.states import BLOCKING

# The conditions are those of the constraints word for word, or PostgreSQL would not take their partial indexes.
_STATES = ", ".join(f"'{state.value}'" for state in BLOCKING)
_THEIRS = People.template % {"provider": "standing.provider_id", "co": "standing.co_provider_id"}
_OURS = People.template % {"provider": "ours.provider", "co": "ours.co"}

PROVIDERS_TAKEN = f"""
SELECT ours.place
FROM unnest(%s::int[], %s::bigint[], %s::bigint[], %s::bigint[], %s::timestamptz[], %s::timestamptz[])
    AS ours (place, id, provider, co, since, until)
WHERE (
    SELECT TRUE FROM scheduling_appointment AS standing
    WHERE {_THEIRS} && {_OURS}
    AND standing.blocked && tstzrange(ours.since, ours.until)
    AND standing.provider_id IS NOT NULL
    AND standing.state IN ({_STATES})
    AND NOT standing.overbooked_provider
    AND standing.id <> ours.id
    LIMIT 1
)
"""  # noqa: S608  of our own names
ROOMS_TAKEN = f"""
SELECT ours.place
FROM unnest(%s::int[], %s::bigint[], %s::bigint[], %s::timestamptz[], %s::timestamptz[])
    AS ours (place, id, room, since, until)
WHERE (
    SELECT TRUE FROM scheduling_appointment AS standing
    WHERE int8range(standing.room_id, standing.room_id, '[]') = int8range(ours.room, ours.room, '[]')
    AND standing.room_span && tstzrange(ours.since, ours.until)
    AND standing.room_id IS NOT NULL
    AND standing.state IN ({_STATES})
    AND NOT standing.overbooked_room
    AND standing.id <> ours.id
    LIMIT 1
)
"""  # noqa: S608  of our own names


def flag_overlaps(rows: Sequence[Appointment]) -> None:
    """Sets the overbooked flags of rows not yet written (or of one that is, for its new place).

    In their order: who overlaps what stands unflagged, here or in the table, is flagged, and nobody else.
    """
    blocking = [row for row in rows if row.state in BLOCKING]
    for row in rows:
        row.overbooked_provider = row.overbooked_room = False
    with_people = [row for row in blocking if row.provider_id]
    takings: list[Taking] = [(row.people, *row.blocked_span) for row in with_people]
    for place in second_comers(takings, _providers_taken(with_people)):
        with_people[place].overbooked_provider = True
    with_room = [row for row in blocking if row.room_id]
    takings = [((row.room_id or 0,), *row.room_taken) for row in with_room]
    for place in second_comers(takings, _rooms_taken(with_room)):
        with_room[place].overbooked_room = True


def _providers_taken(rows: Sequence[Appointment]) -> set[int]:
    spans = [row.blocked_span for row in rows]
    people = [row.provider_id for row in rows], [row.co_provider_id for row in rows]
    return _places(PROVIDERS_TAKEN, rows, *people, *([span[end] for span in spans] for end in (0, 1)))


def _rooms_taken(rows: Sequence[Appointment]) -> set[int]:
    spans = [row.room_taken for row in rows]
    rooms = [row.room_id for row in rows]
    return _places(ROOMS_TAKEN, rows, rooms, *([span[end] for span in spans] for end in (0, 1)))


def _places(sql: str, rows: Sequence[Appointment], *columns: list) -> set[int]:
    if not rows:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(sql, [list(range(len(rows))), [row.pk or 0 for row in rows], *columns])
        return {place for (place,) in cursor.fetchall()}
