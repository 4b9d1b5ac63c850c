"""What the list achieves, by the definitions that stand on its page."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Of a period. closed: entries that ended booked from an offer, expired or given up."""

    booked_from_offer: int = 0
    expired: int = 0
    gave_up: int = 0
    accepted: int = 0
    declined: int = 0
    mismatched: int = 0
    unanswered: int = 0
    spans_filled: int = 0
    spans_ended: int = 0


def share(part: int, whole: int) -> float | None:
    """None where there is nothing to speak of."""
    return part / whole if whole else None


def conversion(counts: Counts) -> float | None:
    """Entries that end in a booked visit from an offer ÷ entries closed: booked, expired, gave up."""
    return share(counts.booked_from_offer, counts.booked_from_offer + counts.expired + counts.gave_up)


def acceptance(counts: Counts) -> float | None:
    """Accepted ÷ offers that were answered or ran out."""
    return share(counts.accepted, counts.accepted + counts.declined + counts.unanswered)


def match_accuracy(counts: Counts) -> float | None:
    """1 − declines for wrong time, provider, insurance or modality ÷ answered."""
    wrong = share(counts.mismatched, counts.accepted + counts.declined)
    return None if wrong is None else 1 - wrong


def fill_rate(counts: Counts) -> float | None:
    """Freed times filled from the list ÷ freed times that could be offered."""
    return share(counts.spans_filled, counts.spans_ended)
