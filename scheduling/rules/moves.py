"""Which act is allowed in which state. One table; the operations and the buttons both read it."""

from core.refusals import Refusal
from scheduling.states import AppointmentState as A
from scheduling.states import AttendanceState as P

VISIT_ACTS: dict[str, frozenset[str]] = {
    "move": frozenset({A.HELD, A.REQUESTED, A.SCHEDULED}),
    "cancel": frozenset({A.REQUESTED, A.SCHEDULED}),
    "add_person": frozenset({A.REQUESTED, A.SCHEDULED}),
    "walk_in": frozenset({A.SCHEDULED, A.IN_SESSION}),
    "restore": frozenset({A.CANCELLED}),
    "release": frozenset({A.HELD}),
    "confirm_hold": frozenset({A.HELD}),
    "start": frozenset({A.SCHEDULED}),
    "complete": frozenset({A.SCHEDULED, A.IN_SESSION}),
    "reopen": frozenset({A.COMPLETED}),
}
PERSON_ACTS: dict[str, frozenset[str]] = {
    "confirm": frozenset({P.EXPECTED}),
    "unconfirm": frozenset({P.EXPECTED}),
    "check_in": frozenset({P.EXPECTED}),
    "take_back_check_in": frozenset({P.ARRIVED}),
    "mark_absent": frozenset({P.EXPECTED, P.ARRIVED}),
    "take_back_absent": frozenset({P.ABSENT}),
    "cancel_person": frozenset({P.EXPECTED}),
    "put_back": frozenset({P.CANCELLED, P.EXCUSED}),
}
# On a visit that is done a mark is corrected, between these.
CORRECTABLE = frozenset({P.ATTENDED, P.ABSENT, P.EXCUSED})
# A person's acts are open while the visit itself is in one of these.
PERSON_ACTS_WHILE = frozenset({A.SCHEDULED, A.IN_SESSION})

_WORDS = {
    A.HELD: "is only held",
    A.REQUESTED: "is only requested",
    A.SCHEDULED: "is still scheduled",
    A.IN_SESSION: "is in session",
    A.COMPLETED: "is done",
    A.CANCELLED: "was cancelled",
    A.RELEASED: "was given up",
    P.EXPECTED: "is still expected",
    P.ARRIVED: "has arrived",
    P.ATTENDED: "was here",
    P.ABSENT: "did not come",
    P.EXCUSED: "was excused",
}


class WrongState(Refusal):
    code = "wrong_state"


def refuse_visit_act(act: str, state: str) -> None:
    """Raises WrongState when a visit in `state` cannot take `act`."""
    if state not in VISIT_ACTS[act]:
        raise WrongState(f"This visit {_WORDS[A(state)]}.", remedy="Look at it again.")


def refuse_person_act(act: str, visit_state: str, state: str) -> None:
    """Raises WrongState when somebody's attendance in `state` cannot take `act`."""
    if visit_state not in PERSON_ACTS_WHILE:
        raise WrongState(f"This visit {_WORDS[A(visit_state)]}.", remedy="Look at it again.")
    if state not in PERSON_ACTS[act]:
        word = "was taken off this visit" if state == P.CANCELLED else _WORDS[P(state)]
        raise WrongState(f"The client {word}.", remedy="Look at it again.")


def refuse_correction(visit_state: str, state: str, to: str) -> None:
    """Raises WrongState when the mark of somebody in `state` cannot be made `to`."""
    if visit_state != A.COMPLETED:
        raise WrongState(f"This visit {_WORDS[A(visit_state)]}.", remedy="Mark who is here and who is not.")
    if to not in CORRECTABLE or state not in CORRECTABLE or state == to:
        word = "was taken off this visit" if state == P.CANCELLED else _WORDS[P(state)]
        raise WrongState(f"The client {word}.", remedy="Look at it again.")
