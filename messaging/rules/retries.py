"""When to try again, and when to ask the carrier what became of an attempt. All durations in seconds."""

from datetime import datetime, timedelta

MOST_ATTEMPTS = 3
FIRST_WAIT, LONGEST_WAIT = 60, 30 * 60
CONFIGURATION_WAIT = 5 * 60
# How many graces to keep asking a carrier whose list does not answer, before a person must look.
SILENT_GRACES = 4


def retry_at(now: datetime, *, attempts: int, useful_until: datetime, jitter: float) -> datetime:
    """jitter: 0 to 1. Doubles per attempt; near the end it comes sooner, so that a retry still fits."""
    wait = min(FIRST_WAIT * 2 ** (attempts - 1), LONGEST_WAIT) * (0.5 + jitter / 2)
    remaining = (useful_until - now).total_seconds() / 2
    return now + timedelta(seconds=max(0.0, min(wait, remaining)))


def proof_at(started_at: datetime, *, lease: int, grace: int) -> datetime:
    """From when on absence from the carrier's list proves that an attempt never arrived.

    The POST begins no later than half a lease after `started_at` and ends before the lease does; the grace on top
    covers the carrier's slow list and a process that stood still.
    """
    return started_at + timedelta(seconds=lease + grace)


def look_again_at(now: datetime, started_at: datetime, *, lease: int, grace: int) -> datetime:
    """Soon at first, then ever more rarely, and once more exactly when absence becomes proof."""
    proof = proof_at(started_at, lease=lease, grace=grace)
    waited = max((now - started_at).total_seconds(), grace / 5)
    later = now + timedelta(seconds=min(waited, grace))
    return min(later, proof) if now < proof else later
