"""Giving places out, and what that means for the sessions still to come. Parts of an act; the group is locked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator
from contextlib import contextmanager

from core.refusals import Blocked, Refusal
from groups.models import Membership
from groups.operations.acting import tables_speak
from groups.queries.apart import CannotJoin
from groups.queries.sessions import ahead_of, has_begun
from groups.rules.seats import free_seat
from groups.states import ExitReason, MemberState
from practice.operations.acting import Acting
from practice.operations.images import image
from practice.permissions import may
from scheduling.models import Attendance
from scheduling.operations import join, leave
from scheduling.states import AttendanceState


class GroupFull(Refusal):
    code = "group_full"


def give_seat(acting: Acting, member: Membership) -> None:
    """The lowest free place. Raises GroupFull, Refusal for a closed group that has begun."""
    group = member.group
    taken = set(group.memberships.seated().values_list("seat", flat=True))
    seat = free_seat(taken, group.capacity)
    if seat is None:
        raise GroupFull(
            f"All {group.capacity} places are taken.",
            remedy="Put them in line: whoever waits longest is offered the next place.",
        )
    if not group.is_open and has_begun(group, acting.now):
        raise Refusal(
            "This is a closed group and it has begun.",
            remedy="Let new members join in the group's settings, or choose another group.",
        )
    before = image(member)
    member.state, member.seat, member.enrolled_at = MemberState.ENROLLED, seat, acting.now
    member.edition += 1
    with tables_speak():
        acting.saved("membership.enrolled", member, before)


def come_to_sessions(
    acting: Acting,
    member: Membership,
    *,
    notice: str,
    override_reason: str,
    besides: Collection[int] = (),
    since: dt.datetime | None = None,
) -> int:
    """On every session ahead but `besides` and what begins before `since`. How many it became."""
    ahead = [visit for visit in ahead_of(member.group, acting.now) if not since or visit.starts_at >= since]
    wanted = [visit.pk for visit in ahead if visit.pk not in set(besides)]
    with refuse_apart_from_guests(acting):
        return len(join(acting, wanted, member.client_id, notice=notice, override_reason=override_reason))


@contextmanager
def refuse_apart_from_guests(acting: Acting) -> Iterator[None]:
    """The engine of bookings says that people are kept apart; here it is said to those who may know it only."""
    try:
        yield
    except Blocked as refusal:
        if any(p.code in ("kept_apart_together", "kept_apart_provider") for p in refusal.problems):
            raise _apart(acting) from refusal
        raise


def _apart(acting: Acting) -> Refusal:
    """Somebody on one session, who need not be a member."""
    if may(acting.by, "apart.reason"):
        return CannotJoin(
            "This client is kept apart from somebody on a session ahead.",
            field="client",
            remedy="Look at who comes.",
        )
    return CannotJoin(
        "This client cannot be placed in this group.",
        field="client",
        remedy="Ask who leads the group, or choose another group.",
    )


def end_spell(acting: Acting, member: Membership, *, reason: str, text: str = "") -> None:
    """Whatever it had come to; the sessions are the caller's to see to."""
    before = image(member)
    member.state, member.ended_at = MemberState.EXITED, acting.now
    member.seat, member.held_at = None, None
    member.exit_reason, member.exit_text = ExitReason(reason), text.strip()
    member.edition += 1
    acting.saved("membership.exited", member, before)


def leave_sessions(acting: Acting, member: Membership, *, state: AttendanceState, notice: str) -> int:
    ahead = [visit.pk for visit in ahead_of(member.group, acting.now)]
    return len(leave(acting, ahead, member.client_id, state=state, notice=notice))


def cancelled_alone(member: Membership) -> set[int]:
    """Sessions this client called off; coming back from hold does not put them on again."""
    rows = Attendance.objects.filter(
        appointment__meeting__group=member.group,
        client=member.client_id,
        state=AttendanceState.CANCELLED,
    )
    return set(rows.values_list("appointment_id", flat=True))
