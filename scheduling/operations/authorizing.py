"""Sessions of an insurer's authorization: kept for a visit that is booked, used when it is done, given back.

No counter is stored: what is used is counted from the attendances. Whoever reads or writes them holds the lock of
the client, then of their authorizations, so the last session goes to one visit only.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence

from django.db.models import Count, F, Q

from core.refusals import Refusal
from practice.models import Authorization
from practice.operations.acting import Acting
from practice.operations.images import image
from practice.queries import the_practice
from scheduling.models import Appointment, AppointmentType, Attendance
from scheduling.operations.locking import lock_rows
from scheduling.queries.care import about_clients
from scheduling.rules.authorizations import Permit, fitting
from scheduling.states import PENDING


def lock_authorizations(kind: AppointmentType, client_ids: Iterable[int]) -> None:
    """After appointments and attendances, before ProviderDay; the clients are locked already."""
    if kind.requires_authorization:
        lock_rows(
            Authorization, Authorization.objects.filter(client__in=client_ids).values_list("pk", flat=True)
        )


def permits_on(kind: AppointmentType, client_ids: Sequence[int], starts_at: dt.datetime) -> dict[int, int]:
    """{client: authorization} of a new visit; nobody where the type needs none."""
    if not kind.requires_authorization or not client_ids:
        return {}
    permits, on = _permits(client_ids), _on(starts_at)
    found = {pk: fitting(permits.get(pk, ()), on) for pk in client_ids}
    return {pk: permit.id for pk, permit in found.items() if permit}


def keep_sessions(acting: Acting, visit: Appointment) -> None:
    """Everybody who may still come keeps a session valid on the day the visit now has."""
    if not visit.type.requires_authorization:
        return
    people = list(visit.attendances.filter(state__in=PENDING).order_by("pk"))
    lock_authorizations(visit.type, [person.client_id for person in people])
    permits = _permits([person.client_id for person in people], besides=visit.pk)
    give(acting, people, {p.pk: _chosen(p, permits.get(p.client_id, ()), visit) for p in people})


def give(acting: Acting, people: Iterable[Attendance], wanted: Mapping[int, int | None]) -> None:
    """wanted: {attendance: authorization}."""
    for person in people:
        if person.authorization_id != wanted[person.pk]:
            before = image(person)
            person.authorization_id = wanted[person.pk]
            person.edition += 1
            acting.saved("attendance.authorization", person, before)


def draws(visit: Appointment, people: Iterable[Attendance]) -> bool:
    """Whether completing it asks for sessions at all."""
    return visit.type.requires_authorization or any(person.authorization_id for person in people)


def use_sessions(visit: Appointment, people: Sequence[Attendance]) -> None:
    """Marks who used one, of people about to be written as having come. Without a fitting one nobody is marked."""
    drawing = [p for p in people if visit.type.requires_authorization or p.authorization_id]
    if not drawing:
        return
    ids = [person.client_id for person in drawing]
    lock_rows(Authorization, Authorization.objects.filter(client__in=ids).values_list("pk", flat=True))
    permits = _permits(ids, besides=visit.pk)
    for person in drawing:
        person.authorization_id = _chosen(person, permits.get(person.client_id, ()), visit)
        person.authorization_used = person.authorization_id is not None


def _chosen(person: Attendance, permits: Sequence[Permit], visit: Appointment) -> int | None:
    """The one it has, while that is valid and not used up; else another that fits."""
    on = _on(visit.starts_at)
    own = [p for p in permits if p.id == person.authorization_id and p.is_valid(on) and p.left > 0]
    found = own[0] if own else fitting(permits, on)
    return found.id if found else None


def _permits(client_ids: Iterable[int], besides: int | None = None) -> dict[int, list[Permit]]:
    ignoring = [besides] if besides else []
    return about_clients(client_ids, with_permits=True, ignoring=ignoring).permits


def _on(starts_at: dt.datetime) -> dt.date:
    return starts_at.astimezone(the_practice().tz).date()


def refuse_overuse(authorization_ids: Iterable[int]) -> None:
    """Undo may bring a use back only while the session is still there. The rows are locked."""
    used = Count("attendances", filter=Q(attendances__authorization_used=True))
    rows = Authorization.objects.filter(pk__in=set(authorization_ids)).annotate(used=used + F("used_before"))
    if rows.filter(used__gt=F("sessions")).exists():
        raise Refusal(
            "The authorization's session has been used for another visit since.",
            remedy="Add an authorization, then complete the visit again.",
        )
