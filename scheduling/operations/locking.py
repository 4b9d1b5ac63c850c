"""Locks, always in this order: clients, providers, rooms, appointments, attendances, authorizations, ProviderDay; each
in id order.

Fifty contenders for one slot then queue on the provider's row: one books, the rest are refused in milliseconds.
Without it the exclusion constraint alone makes them deadlock.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db import connection
from django.db.models import Model

from core.refusals import Refusal, StaleEdit
from practice.models import Client, Provider, Room
from scheduling.models import Appointment, Attendance
from scheduling.rules.wishes import Place

TRIES = 5

# In the order the arrays come in.
RAISE_DAYS = """
INSERT INTO scheduling_providerday (provider_id, "on", n)
SELECT day.provider_id, day."on", 1
FROM unnest(%s::bigint[], %s::date[]) WITH ORDINALITY AS day (provider_id, "on", place)
ORDER BY day.place
ON CONFLICT (provider_id, "on") DO UPDATE SET n = scheduling_providerday.n + 1
"""


def lock_rows(model: type[Model], ids: Iterable[int | None]) -> None:
    wanted = sorted({pk for pk in ids if pk is not None})
    if wanted:
        list(
            model._default_manager.select_for_update(no_key=True)
            .filter(pk__in=wanted)
            .order_by("pk")
            .values_list("pk")
        )


def lock_places(places: Iterable[Place | Appointment], client_ids: Iterable[int] = ()) -> None:
    """Clients first, then every provider and room any of the places takes or leaves."""
    all_places = list(places)
    lock_rows(Client, client_ids)
    lock_rows(Provider, [pk for p in all_places for pk in (p.provider_id, p.co_provider_id)])
    lock_rows(Room, [p.room_id for p in all_places])


def locked(
    appointment_id: int,
    *,
    to: Place | None = None,
    edition: int | None = None,
    client_ids: Iterable[int] = (),
) -> Appointment:
    """The fresh row, with its provider, room and clients locked, and those of `to`, and `client_ids` who join it.

    Reads it unlocked to learn whom to lock, then starts again if somebody moved it meanwhile.
    Raises StaleEdit when `edition` is not the row's.
    """
    for _ in range(TRIES):
        seen = _find(appointment_id)
        clients = list(Attendance.objects.filter(appointment=seen).values_list("client_id", flat=True))
        lock_places([seen, *([to] if to else [])], [*clients, *client_ids])
        lock_rows(Appointment, [appointment_id])
        fresh = _find(appointment_id)
        if _holders(fresh) == _holders(seen):
            refuse_stale(fresh, edition)
            return fresh
    raise StaleEdit("Somebody else is changing this visit right now.", remedy="Look at it again.")


def _find(appointment_id: int) -> Appointment:
    try:
        return (
            Appointment.objects.select_related("type").prefetch_related("attendances").get(pk=appointment_id)
        )
    except Appointment.DoesNotExist:
        raise Refusal("This visit no longer exists.", remedy="Look at the calendar again.") from None


def _holders(visit: Appointment) -> tuple:
    people = tuple(sorted(a.client_id for a in visit.attendances.all()))
    return (visit.provider_id, visit.co_provider_id, visit.room_id, people)


def refuse_stale(row: Appointment | Attendance, edition: int | None) -> None:
    if edition is not None and row.edition != edition:
        raise StaleEdit(
            "Somebody changed this since you opened it.", remedy="Look at what it says now, then try again."
        )


def locked_attendance(attendance_id: int, *, edition: int | None = None) -> Attendance:
    """Only the visit's own row and the person's: an attendance act takes no time from anybody."""
    try:
        visit_id = Attendance.objects.values_list("appointment_id", flat=True).get(pk=attendance_id)
    except Attendance.DoesNotExist:
        raise Refusal("This visit no longer exists.", remedy="Look at the calendar again.") from None
    lock_rows(Appointment, [visit_id])
    lock_rows(Attendance, [attendance_id])
    row = Attendance.objects.select_related("appointment", "appointment__type").get(pk=attendance_id)
    refuse_stale(row, edition)
    return row


def raise_days(days: Iterable[tuple[int | None, dt.date]]) -> None:
    """`n = n + 1` for each (provider or None, practice-local date), in a fixed order. The last lock of an act."""
    wanted = sorted(set(days), key=lambda d: (d[0] or 0, d[1]))
    if wanted:
        with connection.cursor() as cursor:
            cursor.execute(RAISE_DAYS, [[pk for pk, _ in wanted], [on for _, on in wanted]])
