"""Somebody comes to a session who is no member: walked in, or to make up a session of their own group."""

from __future__ import annotations

import uuid

from core.actors import Actor
from core.refusals import Refusal
from groups.operations.acting import Sat, locked_meeting, locked_member, sat
from groups.operations.placing import refuse_apart_from_guests
from groups.permissions import may_with
from groups.queries.apart import refuse_apart
from practice.operations.acting import begin, operation
from practice.permissions import require
from scheduling import operations as visits
from scheduling.operations.marking import mark_in
from scheduling.permissions import may_act_on
from scheduling.rules.marks import Mark
from scheduling.states import Notice


@operation("group.walk_in", "meeting")
def walk_in(
    meeting_id: int,
    *,
    client_id: int,
    by: Actor,
    change_id: uuid.UUID | None = None,
    override_reason: str = "",
) -> Sat:
    """Somebody comes to a drop-in group without being enrolled, and is here.

    Raises NotAllowed, CannotJoin, SeriesBlocked, WrongState, Refusal for a group that is not drop-in or a full room.
    """
    acting = begin(
        "group.walk_in",
        change_id,
        by,
        {"meeting": meeting_id, "client": client_id, "override": override_reason},
    )
    meeting = locked_meeting(meeting_id)
    if acting.repeat:
        return Sat(change=acting.change, meeting=meeting, repeated=True)
    visit = meeting.appointment
    require(may_act_on(by, "visit.book", visit) and may_act_on(by, "visit.attend", visit))
    if not meeting.group.is_drop_in:
        raise Refusal("This group is for members.", field="client", remedy="Refer and enrol them first.")
    refuse_apart(meeting.group, client_id, by=by)
    with refuse_apart_from_guests(acting):
        people = visits.join(
            acting,
            [visit.pk],
            client_id,
            notice=Notice.NONE,
            override_reason=override_reason,
            act="walk_in",
        )
    if not people:
        raise Refusal("They are on the sheet already.", field="client", remedy="Mark them there.")
    mark_in(acting, people[0], Mark.HERE, seen_at=acting.now)
    return sat(acting, meeting)


@operation("group.make_up", "membership")
def make_up(
    membership_id: int,
    meeting_id: int,
    *,
    by: Actor,
    change_id: uuid.UUID | None = None,
    notice: str = Notice.STANDARD,
) -> Sat:
    """A member comes to one session of a sister group instead; they stay a member of their own alone.

    Raises NotAllowed, CannotJoin, SeriesBlocked, Refusal for a group of another type or a full session.
    """
    content = {"member": membership_id, "meeting": meeting_id, "notice": notice}
    acting = begin("group.make_up", change_id, by, content)
    member, meeting = locked_member(membership_id), locked_meeting(meeting_id)
    if acting.repeat:
        return Sat(change=acting.change, meeting=meeting, repeated=True)
    require(may_with(by, "group.roster", member.group) and may_act_on(by, "visit.book", meeting.appointment))
    if meeting.group.type_id != member.group.type_id or meeting.group_id == member.group_id:
        raise Refusal("That is not a sister group.", remedy="Choose a session of the same type.")
    refuse_apart(meeting.group, member.client_id, by=by)
    with refuse_apart_from_guests(acting):
        people = visits.join(acting, [meeting.appointment_id], member.client_id, notice=notice)
    if not people:
        raise Refusal("They come to that session already.", remedy="Choose another one.")
    return sat(acting, meeting)
