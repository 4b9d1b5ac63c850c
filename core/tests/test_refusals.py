import pytest

from core.actors import SYSTEM, Actor, ActorKind
from core.refusals import AlreadyUsed, Blocked, NotAllowed, Problem, Refusal, Severity, SlotTaken, StaleEdit

BUSY = Problem(code="busy", severity=Severity.BLOCKER, message="Busy then.", field="starts_at")
CAP = Problem(code="cap", severity=Severity.NEEDS_OVERRIDE, message="Day is full.")
NEAR = Problem(code="near", severity=Severity.WARNING, message="Client has another visit.", field="client")


@pytest.mark.parametrize(
    ("refusal", "code"),
    [(Refusal, "refused"), (NotAllowed, "not_allowed"), (StaleEdit, "stale"), (AlreadyUsed, "already_used")],
)
def test_a_refusal_is_one_blocker_with_its_field_and_remedy(refusal, code):
    no = refusal("Not now.", field="on", remedy="Choose another day.")

    assert str(no) == "Not now."
    assert no.problems == [
        Problem(
            code=code,
            severity=Severity.BLOCKER,
            message="Not now.",
            field="on",
            remedy="Choose another day.",
        )
    ]


def test_a_taken_slot_points_at_the_start_and_says_what_is_taken():
    taken = SlotTaken("The room is in use.", what="room")

    assert (taken.what, taken.field, taken.code) == ("room", "starts_at", "slot_taken")


def test_blocked_says_what_is_against_it_and_hands_over_warnings_too():
    no = Blocked([NEAR, CAP, BUSY])

    assert no.message == "Day is full. Busy then."
    assert no.field == "starts_at"
    assert no.problems == [NEAR, CAP, BUSY]


def test_every_no_is_a_refusal():
    assert all(issubclass(kind, Refusal) for kind in (NotAllowed, StaleEdit, AlreadyUsed, SlotTaken, Blocked))


@pytest.mark.parametrize(
    ("actor", "words", "is_staff"),
    [
        (Actor(kind=ActorKind.USER, id=3), "user:3", True),
        (Actor(kind=ActorKind.CLIENT, id=4), "client:4", False),
        (SYSTEM, "system", False),
    ],
)
def test_an_actor_is_written_by_kind_and_id(actor, words, is_staff):
    assert (str(actor), actor.is_staff) == (words, is_staff)
