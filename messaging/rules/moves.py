"""Which state a message may enter from which. Source: architecture, "Everything later is a row"."""

from messaging.states import MessageState as S

BEFORE_CARRIER = frozenset({S.DUE, S.CLAIMED, S.SENDING, S.VERIFYING})
# Ended without a carrier, as far as we knew. A carrier's proof of the contrary is the truth and moves them on.
ENDED_UNSENT = frozenset({S.SKIPPED, S.EXPIRED, S.DEAD})
ENDS = {S.SKIPPED, S.EXPIRED, S.DEAD}

ALLOWED: dict[str, frozenset[str]] = {
    S.DUE: frozenset({S.CLAIMED, S.ACCEPTED, *ENDS}),
    S.CLAIMED: frozenset({S.DUE, S.SENDING, S.ACCEPTED, *ENDS}),
    S.SENDING: frozenset({S.DUE, S.VERIFYING, S.ACCEPTED, S.EXPIRED, S.DEAD}),
    S.VERIFYING: frozenset({S.DUE, S.ACCEPTED, S.EXPIRED, S.DEAD}),
    S.ACCEPTED: frozenset({S.DELIVERED, S.UNDELIVERED}),
    S.DELIVERED: frozenset(),
    S.UNDELIVERED: frozenset({S.DELIVERED}),
    S.SKIPPED: frozenset({S.ACCEPTED}),
    S.EXPIRED: frozenset({S.ACCEPTED}),
    S.DEAD: frozenset({S.ACCEPTED}),
}


def may_enter(old: str, new: str) -> bool:
    return new in ALLOWED[old]
