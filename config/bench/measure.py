"""What a list of measurements comes to. By sorted list: every percentile is a time that was really measured."""

import math
import statistics
from collections.abc import Iterable, Sequence


def percentile(values: Iterable[float], share: float) -> float:
    """Nearest rank: the smallest value that `share` (0 to 1) of all values do not exceed."""
    ordered = sorted(values)
    return ordered[max(math.ceil(share * len(ordered)), 1) - 1]


def times(milliseconds: Sequence[float]) -> dict[str, float]:
    return {
        "n": len(milliseconds),
        "median_ms": round(statistics.median(milliseconds), 1),
        "p95_ms": round(percentile(milliseconds, 0.95), 1),
        "p99_ms": round(percentile(milliseconds, 0.99), 1),
    }


def whole(number: float) -> float:
    """1 rather than 1.0, where it is one."""
    return int(number) if number == int(number) else round(number, 2)
