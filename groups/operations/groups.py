"""Groups are set up, edited, closed and archived."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import asdict, dataclass, fields
from decimal import Decimal

from core.actors import Actor
from core.refusals import Refusal
from groups.models import Group
from groups.operations.acting import Grouped, done, done_before, locked_group, tables_speak
from groups.permissions import may_lead, may_with
from groups.queries.sessions import ahead_of
from groups.states import BillingMode, GroupState, Kind, Often, SheetNames
from practice.models import Room
from practice.operations.acting import Acting, begin, operation
from practice.operations.images import image
from practice.permissions import require
from scheduling.models import AppointmentType
from scheduling.operations import set_capacity
from scheduling.seats import tell
from scheduling.states import Category


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupFacts:
    """What the form says of a group; the names are those of the columns."""

    name: str
    facilitator_id: int
    type_id: int
    at: dt.time
    starts_on: dt.date
    description: str = ""
    kind: str = Kind.THERAPY
    co_facilitator_id: int | None = None
    capacity: int = 10
    is_open: bool = True
    is_drop_in: bool = False
    needs_screening: bool = True
    modality: str = "in_person"
    room_id: int | None = None
    location_id: int | None = None
    often: str = Often.WEEKLY
    weekday: int = 0
    nth: int = 1
    minutes: int = 90
    ends_on: dt.date | None = None
    billing_mode: str = BillingMode.PER_MEMBER
    rate: Decimal | None = None
    sheet_names: str = SheetNames.FIRST_AND_INITIAL


class CapacityBelow(Refusal):
    """`taken`: the least the group can have as it stands."""

    code = "capacity_below"

    def __init__(self, taken: int, wanted: int) -> None:
        self.taken = taken
        super().__init__(
            f"{taken} places are taken, so {wanted} cannot be the most.",
            field="capacity",
            remedy=(
                f"Keep {taken} and close the group to new members, so that places fall away as people leave; "
                "or end some memberships first."
            ),
        )


@operation("group.save", "group")
def save_group(
    group_id: int | None,
    facts: GroupFacts,
    *,
    by: Actor,
    edition: int | None = None,
    change_id: uuid.UUID | None = None,
) -> Grouped:
    """A new group, or with `group_id` that one as the form says.

    Sessions already planned keep their time, people and place; only their number of places follows.
    Raises NotAllowed, StaleEdit, CapacityBelow, Refusal for a name that is taken or a room too small.
    """
    acting = begin("group.save", change_id, by, {"group": group_id, "edition": edition, **asdict(facts)})
    if acting.repeat:
        return done_before(acting)
    _refuse_wrong(facts)
    require(may_lead(by, tuple(pk for pk in (facts.facilitator_id, facts.co_facilitator_id) if pk)))
    if group_id is None:
        return done(acting, _made(acting, facts))
    row = locked_group(group_id, edition=edition)
    require(may_with(by, "group.change", row))
    return done(acting, row, sessions=_edited(acting, row, facts))


def _made(acting: Acting, facts: GroupFacts) -> Group:
    row = Group(**asdict(facts))
    with tables_speak():
        row.save(force_insert=True)
    acting.created("group.made", row)
    return row


def _edited(acting: Acting, row: Group, facts: GroupFacts) -> int:
    """How many sessions ahead have another number of places now."""
    before, old_capacity = image(row), row.capacity
    for column in fields(facts):
        setattr(row, column.name, getattr(facts, column.name))
    if row.capacity < old_capacity:
        _seat_closer(acting, row)
    row.edition += 1
    with tables_speak():
        acting.saved("group.edited", row, before)
    ahead = ahead_of(row, acting.now) if row.capacity != old_capacity else []
    if ahead:
        set_capacity(acting, [visit.pk for visit in ahead], row.capacity)
    tell(acting, row.public_id, freed=max(row.capacity - old_capacity, 0))
    return len(ahead)


def _seat_closer(acting: Acting, row: Group) -> None:
    """Fewer places: whoever sits beyond them takes a free one below. Raises CapacityBelow."""
    seated = list(row.memberships.seated().select_for_update(no_key=True).order_by("seat"))
    if len(seated) > row.capacity:
        raise CapacityBelow(len(seated), row.capacity)
    free = [n for n in range(1, row.capacity + 1) if n not in {member.seat for member in seated}]
    for member in (one for one in seated if (one.seat or 0) > row.capacity):
        before = image(member)
        member.seat = free.pop(0)
        member.edition += 1
        acting.saved("membership.seat_changed", member, before)


@operation("group.set_state", "group")
def set_group_state(
    group_id: int,
    *,
    state: str,
    by: Actor,
    edition: int | None = None,
    change_id: uuid.UUID | None = None,
) -> Grouped:
    """Close a group to new members, archive it, or open it again. Raises NotAllowed, StaleEdit, Refusal."""
    acting = begin("group.set_state", change_id, by, {"group": group_id, "state": state, "edition": edition})
    if acting.repeat:
        return done_before(acting)
    row = locked_group(group_id, edition=edition)
    require(may_with(by, "group.change", row))
    if row.state == state:
        raise Refusal("The group says so already.", remedy="Look at it again.")
    if state == GroupState.ARCHIVED:
        _refuse_alive(row, acting.now)
    before = image(row)
    row.state = GroupState(state)
    row.edition += 1
    with tables_speak():
        acting.saved(f"group.{state}", row, before)
    tell(acting, row.public_id)
    return done(acting, row)


def _refuse_alive(row: Group, now: dt.datetime) -> None:
    if count := len(ahead_of(row, now)):
        raise Refusal(
            f"{count} {'session is' if count == 1 else 'sessions are'} still ahead.",
            remedy="Close the group to new members instead, or cancel its sessions first.",
        )
    if row.memberships.open().exists():
        raise Refusal("It still has members.", remedy="End their memberships first, or close the group.")


def _refuse_wrong(facts: GroupFacts) -> None:
    """What the database would refuse too, said in words; and what it cannot know."""
    if facts.co_facilitator_id == facts.facilitator_id:
        raise Refusal("Two different people lead a group.", field="co_facilitator", remedy="Choose another.")
    if facts.ends_on and facts.ends_on < facts.starts_on:
        raise Refusal("It ends before it begins.", field="ends_on", remedy="Choose a later day.")
    kind = AppointmentType.objects.filter(pk=facts.type_id).first()
    if kind is None or kind.category != Category.GROUP:
        raise Refusal("Choose a type for groups.", field="type", remedy="Admins add types in the settings.")
    room = Room.objects.filter(pk=facts.room_id).first() if facts.room_id else None
    heads = facts.capacity + 1 + bool(facts.co_facilitator_id)
    if room and room.capacity < heads:
        raise Refusal(
            f"{room.name} holds {room.capacity}; with everybody who leads it, {heads} would come.",
            field="room",
            remedy="Choose a larger room or fewer places.",
        )
