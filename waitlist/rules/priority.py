"""How pressing an entry is, from 0 to 1, in thousandths so that sums are exact.

Reads how long somebody has waited, what they or their referrer said, and how often they said no to an offer.
Never whether they came to other visits, nor how likely they are to come (RISK-4).
"""

from __future__ import annotations

from dataclasses import dataclass

FULL = 1000
WAITING, URGENCY, REFERRAL = 450, 350, 200  # the most each part can add
DECLINE, DECLINES = 100, 300  # what each no takes away, and the most they take together
USUAL_WAIT_DAYS = 60  # after which waiting counts in full, where no limit is set
_URGENCY = {"routine": 0, "soon": 500, "urgent": FULL}
_REFERRAL = {"hospital": FULL, "physician": 600, "school": 400, "self": 0, "other": 0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressing:
    waited_days: int
    max_wait_days: int | None
    urgency: str
    referral: str
    declines: int


@dataclass(frozen=True, slots=True)
class Part:
    """One line of a sum, in thousandths; negative where it takes away."""

    label: str
    permille: int

    @property
    def said(self) -> str:
        return f"{'−' if self.permille < 0 else '+'}{abs(self.permille) / FULL:.2f}"


def parts(facts: Pressing) -> tuple[Part, ...]:
    """The lines in the order they are shown; those that say nothing are left out."""
    days = min(max(facts.waited_days, 0), limit_of(facts))
    lines = (
        Part(f"Waiting {facts.waited_days} of {limit_of(facts)} days", WAITING * days // limit_of(facts)),
        Part(f"Urgency: {facts.urgency}", URGENCY * _URGENCY[facts.urgency] // FULL),
        Part(f"Referred by: {facts.referral}", REFERRAL * _REFERRAL[facts.referral] // FULL),
        Part(f"Declined {facts.declines} times", -min(DECLINE * facts.declines, DECLINES)),
    )
    return tuple(line for line in lines if line.permille)


def priority(facts: Pressing) -> int:
    """0 to 1000: the sum of the parts, never below nothing."""
    return max(0, min(FULL, sum(part.permille for part in parts(facts))))


def limit_of(facts: Pressing) -> int:
    return max(facts.max_wait_days or USUAL_WAIT_DAYS, 1)
