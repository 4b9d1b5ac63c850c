"""When to try again, and when to ask the carrier what became of an attempt. All durations in seconds."""

from datetime import datetime, timedelta

# Failures before any attempt, that is of ours: after this many a person must look.
MOST_POISONED = 3
# The first retry comes after a sixtieth of the pause: most trouble is over by then. Source: REM-6.
FIRST_SHARE = 1 / 60
# How many graces to keep asking a carrier whose list does not answer, before a person must look.
SILENT_GRACES = 4
# A message that was taken and never heard of again is asked about after these. Source: messaging-facts, section 1.
POLLS = (timedelta(minutes=30), timedelta(hours=2), timedelta(hours=24))


def retry_at(
    now: datetime,
    *,
    attempts: int,
    useful_until: datetime,
    jitter: float,
    pause: float = 3600,
    at_least: float = 0,
) -> datetime:
    """attempts: made so far. jitter: 0 to 1. at_least: what the carrier asked for.

    Near the end of its use it comes sooner, so that a retry still fits.
    """
    wait = pause * (FIRST_SHARE if attempts <= 1 else 1.0) * (0.5 + jitter / 2)
    remaining = (useful_until - now).total_seconds() / 2
    return now + timedelta(seconds=max(at_least, 0.0, min(wait, remaining)))


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


def next_poll(accepted_at: datetime, *, after: datetime) -> datetime | None:
    """When to ask about a message the carrier took; None when nobody asks any more: `sent` can be its last word."""
    return next((at for poll in POLLS if (at := accepted_at + poll) > after), None)
