"""Which of many openings a client is shown: few enough for a thumb, spread over the day."""

from collections.abc import Sequence

STEPS = (15, 30, 60, 120)
MOST_A_DAY = 9


def thinned(minutes: Sequence[int], *, most: int = MOST_A_DAY, kept: int | None = None) -> list[int]:
    """Epoch minutes, ascending. `kept` stays whatever the step: it is the one already chosen.

    The smallest step that leaves few enough; where even the largest leaves too many, the first ones.
    """
    if len(minutes) <= most:
        return list(minutes)
    for step in STEPS:
        fewer = [minute for minute in minutes if minute % step == 0 or minute == kept]
        if 0 < len(fewer) <= most:
            return fewer
    first = set(minutes[:most])
    return sorted(first | {kept} if kept is not None and kept in minutes else first)
