"""From referral to the end of a spell: who asks for a place, who gets one, who gives it up.

What changes the roster changes the sessions still to come in the same act, and never one that has begun.
"""

from __future__ import annotations

import uuid

from core.actors import Actor
from core.refusals import Refusal
from groups.models import Group, Membership, Screening
from groups.operations.acting import (
    Grouped,
    done,
    done_before,
    locked_group,
    locked_member,
    tables_speak,
)
from groups.operations.placing import (
    cancelled_alone,
    come_to_sessions,
    end_spell,
    give_seat,
    leave_sessions,
)
from groups.permissions import may_with
from groups.queries.apart import CannotJoin, refuse_apart
from groups.rules.seats import refuse_act
from groups.states import ExitReason, GroupState, MemberState
from practice.models import Client, User
from practice.operations.acting import begin, operation
from practice.operations.images import image
from practice.permissions import require
from practice.queries import the_practice
from practice.states import ClientStatus
from scheduling.seats import tell
from scheduling.states import AttendanceState, Notice

__all__ = ["CannotJoin", "enrol", "exit_member", "hold_member", "refer", "resume", "screen", "wait_in_line"]


@operation("group.refer", "group")
def refer(group_id: int, *, client_id: int, by: Actor, change_id: uuid.UUID | None = None) -> Grouped:
    """A client asks for a place. A new spell, also for who was here before.

    Raises NotAllowed, CannotJoin, Refusal for a closed group or somebody who is in it already.
    """
    acting = begin("group.refer", change_id, by, {"group": group_id, "client": client_id})
    if acting.repeat:
        return done_before(acting)
    group = locked_group(group_id)
    require(may_with(by, "group.roster", group))
    client = _locked_client(client_id, by)
    _refuse_closed(group)
    refuse_apart(group, client.pk, by=by)
    member = Membership(group=group, client=client, referred_at=acting.now)
    with tables_speak():
        member.save(force_insert=True)
    acting.created("membership.referred", member)
    return done(acting, group, member)


@operation("group.screen", "membership")
def screen(
    membership_id: int,
    *,
    is_approved: bool,
    notes: str = "",
    by: Actor,
    edition: int | None = None,
    change_id: uuid.UUID | None = None,
) -> Grouped:
    """Clinical staff say whether the group suits. Declined, the spell has ended."""
    content = {"member": membership_id, "approved": is_approved, "notes": notes, "edition": edition}
    acting = begin("group.screen", change_id, by, content)
    if acting.repeat:
        return done_before(acting)
    member = locked_member(membership_id, edition=edition)
    require(may_with(by, "group.screen", member.group))
    refuse_act("screen", member.state)
    row = Screening.objects.create(
        membership=member,
        by=User.objects.get(pk=by.id or 0),
        on=acting.now.astimezone(the_practice().tz).date(),
        is_approved=is_approved,
        notes=notes,
    )
    acting.created("screening.made", row)
    before = image(member)
    member.state = MemberState.APPROVED if is_approved else MemberState.DECLINED
    member.ended_at = None if is_approved else acting.now
    member.edition += 1
    acting.saved("membership.screened", member, before)
    return done(acting, member.group, member)


@operation("group.enrol", "membership")
def enrol(
    membership_id: int,
    *,
    by: Actor,
    edition: int | None = None,
    change_id: uuid.UUID | None = None,
    notice: str = Notice.STANDARD,
    override_reason: str = "",
) -> Grouped:
    """A place in the group, and a seat on every session still to come.

    Raises NotAllowed, GroupFull, CannotJoin, SeriesBlocked where a session needs an override, Refusal.
    """
    content = {"member": membership_id, "edition": edition, "notice": notice, "override": override_reason}
    acting = begin("group.enrol", change_id, by, content)
    if acting.repeat:
        return done_before(acting)
    member = locked_member(membership_id, edition=edition)
    require(may_with(by, "group.roster", member.group))
    refuse_act("enrol", member.state)
    _refuse_unready(member)
    _locked_client(member.client_id, by)
    refuse_apart(member.group, member.client_id, by=by)
    give_seat(acting, member)
    count = come_to_sessions(acting, member, notice=notice, override_reason=override_reason)
    tell(acting, member.group.public_id)
    return done(acting, member.group, member, sessions=count)


@operation("group.wait", "membership")
def wait_in_line(
    membership_id: int, *, by: Actor, edition: int | None = None, change_id: uuid.UUID | None = None
) -> Grouped:
    """Into the group's own line, at its end."""
    acting = begin("group.wait", change_id, by, {"member": membership_id, "edition": edition})
    if acting.repeat:
        return done_before(acting)
    member = locked_member(membership_id, edition=edition)
    require(may_with(by, "group.roster", member.group))
    refuse_act("wait", member.state)
    _refuse_unready(member)
    before = image(member)
    member.state, member.waiting_since = MemberState.WAITING, acting.now
    member.edition += 1
    acting.saved("membership.waiting", member, before)
    tell(acting, member.group.public_id)
    return done(acting, member.group, member)


@operation("group.hold", "membership")
def hold_member(
    membership_id: int,
    *,
    by: Actor,
    edition: int | None = None,
    change_id: uuid.UUID | None = None,
    notice: str = Notice.NONE,
) -> Grouped:
    """The place stays theirs; they are excused from the sessions still to come."""
    content = {"member": membership_id, "edition": edition, "notice": notice}
    acting = begin("group.hold", change_id, by, content)
    if acting.repeat:
        return done_before(acting)
    member = locked_member(membership_id, edition=edition)
    require(may_with(by, "group.roster", member.group))
    refuse_act("hold", member.state)
    before = image(member)
    member.state, member.held_at = MemberState.HELD, acting.now
    member.edition += 1
    acting.saved("membership.held", member, before)
    count = leave_sessions(acting, member, state=AttendanceState.EXCUSED, notice=notice)
    return done(acting, member.group, member, sessions=count)


@operation("group.resume", "membership")
def resume(
    membership_id: int,
    *,
    by: Actor,
    edition: int | None = None,
    change_id: uuid.UUID | None = None,
    notice: str = Notice.STANDARD,
    override_reason: str = "",
) -> Grouped:
    """Back from hold, on every session still to come but those they cancelled themselves. Raises as `enrol`."""
    content = {"member": membership_id, "edition": edition, "notice": notice, "override": override_reason}
    acting = begin("group.resume", change_id, by, content)
    if acting.repeat:
        return done_before(acting)
    member = locked_member(membership_id, edition=edition)
    require(may_with(by, "group.roster", member.group))
    refuse_act("resume", member.state)
    refuse_apart(member.group, member.client_id, by=by)
    before = image(member)
    member.state, member.held_at = MemberState.ENROLLED, None
    member.edition += 1
    acting.saved("membership.resumed", member, before)
    away = cancelled_alone(member)
    count = come_to_sessions(acting, member, notice=notice, override_reason=override_reason, besides=away)
    return done(acting, member.group, member, sessions=count)


@operation("group.exit", "membership")
def exit_member(
    membership_id: int,
    *,
    reason: str,
    text: str = "",
    by: Actor,
    edition: int | None = None,
    change_id: uuid.UUID | None = None,
    notice: str = Notice.NONE,
) -> Grouped:
    """The spell ends, whatever it had come to; what was attended stays. Raises NotAllowed, StaleEdit, Refusal."""
    content = {"member": membership_id, "reason": reason, "text": text, "edition": edition, "notice": notice}
    acting = begin("group.exit", change_id, by, content)
    if acting.repeat:
        return done_before(acting)
    if reason not in ExitReason.values or (reason == ExitReason.OTHER and not text.strip()):
        raise Refusal("Say why they leave.", field="reason", remedy="Choose a reason.")
    member = locked_member(membership_id, edition=edition)
    require(may_with(by, "group.roster", member.group))
    refuse_act("exit", member.state)
    had_seat = member.seat is not None
    end_spell(acting, member, reason=reason, text=text)
    count = leave_sessions(acting, member, state=AttendanceState.CANCELLED, notice=notice)
    tell(acting, member.group.public_id, freed=int(had_seat))
    return done(acting, member.group, member, sessions=count)


def _locked_client(client_id: int, by: Actor) -> Client:
    seen = Client.objects.visible_to(by) if client_id else Client.objects.none()
    row = Client.objects.select_for_update(no_key=True).filter(pk=client_id).first()
    is_known = Membership.objects.filter(client=client_id, group__in=Group.objects.visible_to(by)).exists()
    if row is None or not (is_known or seen.filter(pk=client_id).exists()):
        raise Refusal("Choose a client.", field="client", remedy="Look them up again.")
    if row.status == ClientStatus.DISCHARGED:
        raise Refusal("This client was discharged.", field="client", remedy="Open their record again first.")
    return row


def _refuse_closed(group: Group) -> None:
    if group.state != GroupState.ACTIVE:
        raise Refusal("This group takes no new members.", field="client", remedy="Open it again first.")


def _refuse_unready(member: Membership) -> None:
    """Screened where the group asks for it, and the group still takes people in."""
    _refuse_closed(member.group)
    if member.group.needs_screening and member.state == MemberState.REFERRED:
        raise Refusal("This group screens before anybody joins.", remedy="Screen this client first.")
