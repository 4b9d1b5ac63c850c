"""What the operations of groups share: the locked group, and what they answer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import IntegrityError, transaction

from core.refusals import Refusal, StaleEdit
from groups.models import Group, Meeting, Membership
from practice.models import Change
from practice.operations.acting import Acting


@dataclass(frozen=True, slots=True, kw_only=True)
class Grouped:
    """What an act did. `repeated`: this very change was made before; nothing happened now."""

    change: Change
    group: Group
    member: Membership | None = None
    sessions: int = 0
    repeated: bool = False


def done(acting: Acting, group: Group, member: Membership | None = None, *, sessions: int = 0) -> Grouped:
    acting.close({"group": group.pk, "member": member.pk if member else None, "sessions": sessions})
    return Grouped(change=acting.change, group=group, member=member, sessions=sessions)


def done_before(acting: Acting) -> Grouped:
    """The first answer to the same form. What was undone stays undone."""
    result = acting.change.result
    group = Group.objects.filter(pk=result["group"]).first()
    member = Membership.objects.filter(pk=result["member"]).first() if result["member"] else None
    if group is None or (result["member"] and member is None):
        raise Refusal("This was already taken back.", remedy="Open a new form to do it again.")
    return Grouped(
        change=acting.change, group=group, member=member, sessions=result["sessions"], repeated=True
    )


def locked_group(group_id: int, *, edition: int | None = None) -> Group:
    """The first lock after the Change, before clients and providers: whoever gives places out holds it.

    Raises Refusal for one that is gone, StaleEdit when `edition` is not the row's.
    """
    row = Group.objects.select_for_update(no_key=True).filter(pk=group_id).first()
    if row is None:
        raise Refusal("This group no longer exists.", remedy="Look at the list again.")
    refuse_stale(row, edition)
    return row


def locked_member(membership_id: int, *, edition: int | None = None) -> Membership:
    """With its group, locked first."""
    group_id = Membership.objects.filter(pk=membership_id).values_list("group_id", flat=True).first()
    if group_id is None:
        raise Refusal("This is no longer in the group.", remedy="Look at the group again.")
    group = locked_group(group_id)
    row = Membership.objects.select_for_update(no_key=True).get(pk=membership_id)
    row.group = group
    refuse_stale(row, edition)
    return row


@dataclass(frozen=True, slots=True, kw_only=True)
class Sat:
    """What an act on a session did."""

    change: Change
    meeting: Meeting
    repeated: bool = False


def locked_meeting(meeting_id: int) -> Meeting:
    rows = Meeting.objects.select_for_update(no_key=True, of=("self",))
    meeting = rows.select_related("group", "appointment__type").filter(pk=meeting_id).first()
    if meeting is None:
        raise Refusal("This session no longer exists.", remedy="Look at the group again.")
    return meeting


def sat(acting: Acting, meeting: Meeting) -> Sat:
    acting.close({"meeting": meeting.pk})
    return Sat(change=acting.change, meeting=meeting)


def refuse_stale(row: Group | Membership | Meeting, edition: int | None) -> None:
    if edition is not None and row.edition != edition:
        raise StaleEdit(
            "Somebody changed this since you opened it.", remedy="Look at what it says now, then try again."
        )


_SPEAKS = {
    "groups_group_name_once": ("There is already a group with this name.", "name"),
    "groups_membership_one_open_spell": ("This client is in the group already.", "client"),
    "groups_membership_one_on_a_seat": ("This place has been given to somebody else.", ""),
    "groups_membership_within_capacity": ("Every place of this group is taken.", "capacity"),
}


@contextmanager
def tables_speak() -> Iterator[None]:
    """The database has the last word on places and spells; its refusal is translated outside the block it broke."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        name = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None)
        if name not in _SPEAKS:
            raise
        message, field = _SPEAKS[name]
        raise Refusal(message, field=field, remedy="Look at the group again.") from error
