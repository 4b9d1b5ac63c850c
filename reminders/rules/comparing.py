"""Two sets of words compared: who confirmed of those who were asked in one, and in the other."""

from dataclasses import dataclass
from math import erfc, sqrt

# People asked in each of the two. With fewer, one answer more or less would turn the finding round.
LEAST = 100
# How likely a difference as large comes about by chance where there is none, at most.
BY_CHANCE = 0.05


@dataclass(frozen=True, slots=True)
class Side:
    """People whose visit has come, asked in these words; and how many of them confirmed, unprompted by staff."""

    asked: int
    confirmed: int

    @property
    def share(self) -> float:
        return self.confirmed / self.asked if self.asked else 0.0

    @property
    def percent(self) -> str:
        return f"{100 * self.share:.0f} %"


def chance(first: Side, second: Side) -> float:
    """How likely a difference as large is where the words make none: a two-sided test of two proportions.

    >>> round(chance(Side(200, 100), Side(200, 130)), 4)
    0.0024
    """
    if not first.asked or not second.asked:
        return 1.0
    pooled = (first.confirmed + second.confirmed) / (first.asked + second.asked)
    error = sqrt(pooled * (1 - pooled) * (1 / first.asked + 1 / second.asked))
    return erfc(abs(first.share - second.share) / error / sqrt(2)) if error else 1.0


def finding(first: Side, second: Side) -> str:
    """One sentence for staff."""
    if min(first.asked, second.asked) < LEAST:
        return f"Too few to tell: {LEAST} people each are needed."
    if chance(first, second) > BY_CHANCE:
        return "No difference to tell: one this large is often chance."
    better = "second" if second.share > first.share else "first"
    return f"The {better} words are confirmed more often. A difference this large is chance in fewer than 1 of 20."
