"""What a client or a contact does with a visit by themselves: only what holds online, and only where they may."""

import datetime as dt
import uuid

from core import clock
from core.actors import Actor
from core.refusals import SlotTaken, StaleEdit
from core.walltime import epoch_minutes
from practice.permissions import require
from practice.queries import the_practice
from scheduling.models import Attendance
from scheduling.operations.acting import Acted
from scheduling.operations.changing import move
from scheduling.permissions import may_move_own
from scheduling.queries.client_times import times_for
from scheduling.rules.wishes import Place
from scheduling.states import Notice


def move_own(
    attendance_id: int,
    *,
    starts_at: dt.datetime,
    occurrence: int,
    by: Actor,
    change_id: uuid.UUID | None = None,
) -> Acted | None:
    """The same visit at another of the times offered; None when it is there already, as after a second press.

    occurrence: what the reader was looking at. Raises NotAllowed, StaleEdit, SlotTaken, and as `move` does.
    """
    now, practice = clock.now(), the_practice()
    wanted = Attendance.objects.select_related("client", "appointment__provider", "appointment__type")
    person = wanted.get(pk=attendance_id)
    visit = person.appointment
    require(may_move_own(by, visit, now))
    if visit.starts_at == starts_at:
        return None
    if visit.occurrence != occurrence:
        raise StaleEdit("The visit has moved since this page was opened.", remedy="Look at its new time.")
    day = starts_at.astimezone(practice.tz).date()
    offered = times_for(person, first=day, last=day, practice=practice, now=now)
    if epoch_minutes(starts_at) not in offered.get(day, ()):
        raise SlotTaken("That time is not open any more.", remedy="Choose another time.")
    return move(
        visit.pk, to=_at(person, starts_at), by=by, edition=visit.edition, change_id=change_id,
        notice=Notice.STANDARD, agreed_with_client=True,
    )  # fmt: skip


def _at(person: Attendance, starts_at: dt.datetime) -> Place:
    visit = person.appointment
    return Place(
        provider_id=visit.provider_id,
        co_provider_id=visit.co_provider_id,
        starts_at=starts_at,
        minutes=visit.minutes,
        room_id=visit.room_id,
        location_id=visit.location_id,
        modality=visit.modality,
    )
