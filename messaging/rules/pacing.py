"""A bucket that fills steadily: how many may go now, so that no sender is faster than its carrier allows."""

from collections.abc import Iterable


def filled(tokens: float, *, per_second: float, burst: float, seconds: float) -> float:
    """Never above `burst`; a clock that went back fills nothing."""
    return min(burst, tokens + per_second * max(0.0, seconds))


def how_many(tokens: float, sizes: Iterable[int], *, burst: float) -> tuple[int, float]:
    """(how many of `sizes`, in this order, may go; what is left then). Nobody overtakes one that must wait.

    What is bigger than the whole bucket goes when the bucket is full, and leaves a debt.
    """
    count = 0
    for size in sizes:
        if tokens < min(size, burst):
            break
        tokens -= size
        count += 1
    return count, tokens
