"""Which ways are open to a visit whose provider is away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.refusals import Blocked, Problem, Severity
from scheduling.states import UNCOUNTED, AppointmentState, Way

if TYPE_CHECKING:
    from scheduling.models import Appointment


def ways_of(visit: Appointment, *, away: int) -> frozenset[str]:
    """`attendances` with their clients, and `type`, should be loaded.

    Who is to be called first is called, and may then have agreed to anything; several people are not asked by link,
    because one cannot decide for the others.
    """
    if visit.state == AppointmentState.HELD:
        return frozenset({Way.RELEASE})
    people = [person for person in visit.attendances.all() if person.state not in UNCOUNTED]
    ways = {Way.CANCEL}
    if visit.provider_id == away:
        ways |= {Way.COVER, Way.MOVE}
    if people:
        ways.add(Way.CALL)
    if len(people) == 1 and not people[0].client.call_before_closing:
        ways.add(Way.ASK)
    if "telehealth" in visit.type.modalities and visit.modality != "telehealth" and people:
        ways.add(Way.TELEHEALTH)
    if visit.co_provider_id is not None:
        ways.add(Way.WITHOUT)
    return frozenset(ways)


def must_call(visit: Appointment) -> bool:
    """Nothing is settled for them without a voice."""
    return any(
        person.client.call_before_closing
        for person in visit.attendances.all()
        if person.state not in UNCOUNTED
    )


def refuse_way(way: str, visit: Appointment, *, away: int, is_agreed: bool) -> None:
    """Raises Blocked."""
    said = ""
    if way not in ways_of(visit, away=away):
        said = "That is not possible for this visit."
    elif must_call(visit) and way != Way.CALL and not is_agreed:
        said = "They are to be called first. Call, or say that they agreed."
    if said:
        raise Blocked([Problem(code="way", severity=Severity.BLOCKER, message=said)])
