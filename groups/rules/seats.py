"""Places of a group, and which act a member in which state is open to: one table for operations and buttons."""

from collections.abc import Collection

from core.refusals import Refusal
from groups.states import GroupState, MemberState, Status

ACTS: dict[str, frozenset[str]] = {
    "screen": frozenset({MemberState.REFERRED}),
    "enrol": frozenset({MemberState.REFERRED, MemberState.APPROVED, MemberState.WAITING}),
    "wait": frozenset({MemberState.REFERRED, MemberState.APPROVED}),
    "hold": frozenset({MemberState.ENROLLED}),
    "resume": frozenset({MemberState.HELD}),
    "exit": frozenset(
        {
            MemberState.REFERRED,
            MemberState.APPROVED,
            MemberState.WAITING,
            MemberState.ENROLLED,
            MemberState.HELD,
        }
    ),
}
_WORDS = {
    MemberState.REFERRED: "was only referred so far",
    MemberState.APPROVED: "was screened, and is not in the group yet",
    MemberState.WAITING: "is waiting for a place",
    MemberState.ENROLLED: "is in the group",
    MemberState.HELD: "is on hold",
    MemberState.DECLINED: "was declined",
    MemberState.EXITED: "has left the group",
}


class WrongState(Refusal):
    code = "wrong_state"


def refuse_act(act: str, state: str) -> None:
    """Raises WrongState when a member in `state` cannot take `act`."""
    if state not in ACTS[act]:
        raise WrongState(f"This client {_WORDS[MemberState(state)]}.", remedy="Look at the group again.")


def acts_for(state: str) -> list[str]:
    return [act for act, states in ACTS.items() if state in states]


def free_seat(taken: Collection[int], capacity: int) -> int | None:
    """The lowest place nobody has; None when the group is full."""
    return next((seat for seat in range(1, capacity + 1) if seat not in taken), None)


def status_of(state: str, taken: int, capacity: int) -> Status:
    """Twin: `GroupQuerySet.with_counts`."""
    if state == GroupState.ARCHIVED:
        return Status.ARCHIVED
    if state == GroupState.CLOSED:
        return Status.CLOSED
    return Status.FULL if taken >= capacity else Status.ACTIVE
