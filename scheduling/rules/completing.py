"""Who came to a visit that is over, and what keeps it from being completed."""

from __future__ import annotations

from collections.abc import Sequence

from core.refusals import Refusal
from scheduling.states import UNCOUNTED, AttendanceState

CAME = (AttendanceState.ARRIVED, AttendanceState.EXPECTED)


def refuse_unmarked(states: Sequence[str], *, says_who_came: bool = True) -> None:
    """`states`: of everybody on the visit. A single client nothing was said of counts as here, if the one who
    completes may say so. Raises Refusal.
    """
    counted = [state for state in states if state not in UNCOUNTED]
    waiting = AttendanceState.EXPECTED in counted
    if waiting and len(counted) > 1:
        raise Refusal("Say for each person whether they came.", remedy="Mark who is here and who is not.")
    if waiting and not says_who_came:
        raise Refusal("Nobody said whether the client came.", remedy="The desk or the provider can.")
    if counted and not any(state in CAME for state in counted):
        raise Refusal("Nobody came to this visit.", remedy="It stays marked as not attended.")
