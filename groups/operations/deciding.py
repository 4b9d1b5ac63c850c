"""What becomes of a session whose facilitator cannot come."""

from __future__ import annotations

import uuid
from dataclasses import replace

from core.actors import Actor
from core.refusals import Refusal
from groups.models import Meeting
from groups.operations.acting import Sat, locked_meeting, refuse_stale, sat
from groups.permissions import may_with
from groups.states import Flag
from practice.operations.acting import Acting, begin, operation
from practice.operations.images import image
from practice.permissions import require
from scheduling import operations as visits
from scheduling.queries.problems import wish_of
from scheduling.rules.wishes import Place
from scheduling.states import AppointmentState, Notice


@operation("group.report_absent", "meeting")
def report_absent(
    meeting_id: int, *, by: Actor, edition: int | None = None, change_id: uuid.UUID | None = None
) -> Sat:
    """The facilitator cannot come: the session waits for somebody to decide."""
    acting = begin("group.report_absent", change_id, by, {"meeting": meeting_id, "edition": edition})
    return _flagged(acting, meeting_id, Flag.FACILITATOR_ABSENT, edition)


@operation("group.keep_session", "meeting")
def keep_session(
    meeting_id: int, *, by: Actor, edition: int | None = None, change_id: uuid.UUID | None = None
) -> Sat:
    """It takes place as planned after all."""
    acting = begin("group.keep_session", change_id, by, {"meeting": meeting_id, "edition": edition})
    return _flagged(acting, meeting_id, Flag.NONE, edition)


def _flagged(acting: Acting, meeting_id: int, flag: Flag, edition: int | None) -> Sat:
    meeting = locked_meeting(meeting_id)
    if acting.repeat:
        return Sat(change=acting.change, meeting=meeting, repeated=True)
    require(may_with(acting.by, "group.roster", meeting.group))
    refuse_stale(meeting, edition)
    if meeting.appointment.state != AppointmentState.SCHEDULED:
        raise Refusal("This session is not ahead any more.", remedy="Look at it again.")
    _set_flag(acting, meeting, flag)
    return sat(acting, meeting)


@operation("group.lead_alone", "meeting")
def lead_alone(
    meeting_id: int, *, by: Actor, edition: int | None = None, change_id: uuid.UUID | None = None
) -> Sat:
    """Who leads together with the facilitator leads this one session; members come as planned and are told nothing.

    Raises as `move` does, and Refusal where nobody leads with them.
    """
    meeting = locked_meeting(meeting_id)
    visit = meeting.appointment
    require(may_with(by, "group.roster", meeting.group))
    if visit.co_provider_id is None and change_id is None:
        raise Refusal("Nobody leads this session with them.", remedy="Move it, or cancel it.")
    own = wish_of(visit)
    to = Place(
        provider_id=visit.co_provider_id or visit.provider_id,
        starts_at=own.starts_at,
        minutes=own.minutes,
        room_id=own.room_id,
        location_id=own.location_id,
        modality=own.modality,
    )
    # Who leads it together with somebody may leave it to them, without reach over their calendar otherwise.
    both = replace(by, supervisee_ids=by.supervisee_ids | set(visit.people))
    acted = visits.move(visit.pk, to=to, by=both, edition=None, change_id=change_id, notice=Notice.NONE)
    if not acted.repeated:
        _set_flag(Acting(acted.change, by, acted.change.at, repeat=False), meeting, Flag.NONE)
    return Sat(change=acted.change, meeting=meeting, repeated=acted.repeated)


def _set_flag(acting: Acting, meeting: Meeting, flag: Flag) -> None:
    before = image(meeting)
    meeting.flag = flag
    meeting.edition += 1
    acting.saved("meeting.flagged" if flag else "meeting.decided", meeting, before)
