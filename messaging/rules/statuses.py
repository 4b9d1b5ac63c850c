"""What the carrier says about a message it took, and how far each word is."""

from messaging.states import MessageState

# One total order, so that callbacks in any order and number leave the same row. Twilio may contradict itself
# at the end; proof of delivery then outweighs a claim of failure, and among failures the more definite stays.
RANKS = {
    "accepted": 1,
    "scheduled": 2,
    "queued": 3,
    "sending": 4,
    "sent": 5,
    "canceled": 6,
    "failed": 7,
    "undelivered": 8,
    "partially_delivered": 9,
    "delivered": 10,
    "read": 11,
}
FAILED = frozenset({"canceled", "failed", "undelivered"})
ARRIVED = frozenset({"partially_delivered", "delivered", "read"})


def rank(status: str) -> int:
    """0 for a word we do not know (Twilio adds some without notice): it moves nothing."""
    return RANKS.get(status, 0)


def state_for(status: str) -> MessageState:
    """`queued` is the carrier's queue, never our DUE; `sent` may be the last word a carrier ever says."""
    if status in ARRIVED:
        return MessageState.DELIVERED
    return MessageState.UNDELIVERED if status in FAILED else MessageState.ACCEPTED
