"""Who may do what with visits: the verb from the practice's matrix, the reach from what the actor may see."""

import datetime as dt
from collections.abc import Iterable

from core.actors import Actor, ActorKind
from practice.models import ClientContact
from practice.permissions import may
from practice.queries import contacts_closed
from practice.states import Role
from scheduling.models import Appointment, Attendance
from scheduling.rules.wishes import Place
from scheduling.states import UNCOUNTED, AppointmentState, Category


def _reaches(by: Actor, provider_ids: Iterable[int | None]) -> bool:
    """Desk and admins reach every calendar, a provider the own one and the supervisees'."""
    if by.kind == ActorKind.SYSTEM or by.roles & {Role.FRONT_DESK, Role.ADMIN}:
        return True
    own = {by.provider_id, *by.supervisee_ids} - {None}
    return any(pk in own for pk in provider_ids)


def may_schedule(by: Actor, verb: str, *provider_ids: int | None) -> bool:
    """`verb` on the calendars of these providers, all of which must be in reach where one is named."""
    named = [pk for pk in provider_ids if pk is not None]
    return may(by, verb) and (_reaches(by, named) if named else _reaches(by, [None]))


def may_act_on(by: Actor, verb: str, visit: Appointment) -> bool:
    return may_schedule(by, verb, visit.provider_id, visit.co_provider_id)


def may_settle(by: Actor) -> bool:
    """Complete in bulk what others marked; on its own calendar anybody who attends may do so anyway."""
    return may(by, "visit.settle") and Role.BILLING in by.roles


def may_answer_for(by: Actor, right: str, attendance: Attendance, now: dt.datetime) -> bool:
    """A client for their own attendance; a contact with `right` (may_confirm, may_cancel) that holds now."""
    if by.kind == ActorKind.CLIENT:
        return attendance.client_id == by.id
    if by.kind != ActorKind.CONTACT or by.id is None or attendance.is_confidential:
        return False
    is_theirs = ClientContact.objects.filter(pk=by.id, client=attendance.client_id).exists()
    return is_theirs and not contacts_closed([by.id], now, right=right)


def may_answer_for_all(by: Actor, right: str, visit: Appointment, now: dt.datetime) -> bool:
    """One of several cannot decide for the others."""
    people = [a for a in visit.attendances.all() if a.state not in UNCOUNTED]
    return bool(people) and all(may_answer_for(by, right, a, now) for a in people)


def may_move_own(by: Actor, visit: Appointment, now: dt.datetime, *, to: Place | None = None) -> bool:
    """In time only: with whom, where and how long stay as they are. Groups meet when the group meets."""
    if visit.state != AppointmentState.SCHEDULED or visit.type.category == Category.GROUP:
        return False
    kept = ("provider_id", "co_provider_id", "room_id", "location_id", "modality", "minutes")
    same = to is None or all(getattr(visit, name) == getattr(to, name) for name in kept)
    return same and may_answer_for_all(by, "may_cancel", visit, now)
