"""Rates and streaks of somebody's attendance, from their marks in order of time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from scheduling.rules.marks import Mark

CAME = (Mark.HERE, Mark.LATE)
# How a mark stands in a table: a sign, and the word it is read as.
LETTERS = {
    Mark.HERE: ("✓", "here"),
    Mark.LATE: ("late", "late"),
    Mark.ABSENT: ("✕", "absent"),
    Mark.EXCUSED: ("exc.", "excused"),
    Mark.NONE: ("?", "nothing said"),
    None: ("", "not on it"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """rate: of the sessions somebody was to come to, excused ones aside; None where there is none.

    streak: how many of the last ones in a row they came to; negative for as many missed. Excused ones do not break it.
    """

    here: int
    late: int
    absent: int
    excused: int
    open: int
    rate: float | None
    streak: int

    @property
    def came(self) -> int:
        return self.here + self.late

    @property
    def percent(self) -> str:
        return "" if self.rate is None else f"{round(100 * self.rate)}%"


def tally(cells: Sequence[Mark | None]) -> Tally:
    counts = Counter(cells)
    came = counts[Mark.HERE] + counts[Mark.LATE]
    due = came + counts[Mark.ABSENT]
    return Tally(
        here=counts[Mark.HERE],
        late=counts[Mark.LATE],
        absent=counts[Mark.ABSENT],
        excused=counts[Mark.EXCUSED],
        open=counts[Mark.NONE],
        rate=came / due if due else None,
        streak=streak([cell for cell in cells if cell in (*CAME, Mark.ABSENT)]),
    )


def streak(decided: Sequence[Mark | None]) -> int:
    if not decided:
        return 0
    came = decided[-1] in CAME
    length = 0
    for cell in reversed(decided):
        if (cell in CAME) != came:
            break
        length += 1
    return length if came else -length
