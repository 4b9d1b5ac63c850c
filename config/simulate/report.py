"""Two runs side by side."""

from __future__ import annotations

import statistics
from collections.abc import Iterable
from typing import Any

from config.simulate.life import Tally
from waitlist.rules import figures


def figures_of(tally: Tally, other: Tally) -> dict[str, Any]:
    """Shares from 0 to 1, minutes; None where there is nothing to speak of.

    other: the run beside it, of the same weeks. Whoever fills more also fills what takes longer, so `…_both` is of the
    times that both filled.
    """
    both = tally.waits.keys() & other.waits.keys()
    counts = figures.Counts(
        booked_from_offer=tally.booked,
        expired=tally.expired,
        gave_up=tally.gave_up,
        accepted=tally.accepted,
        declined=tally.declined,
        mismatched=tally.mismatched,
        spans_filled=tally.filled,
        spans_ended=tally.freed,
    )
    return {
        "conversion": _rounded(figures.conversion(counts)),
        "match_accuracy": _rounded(figures.match_accuracy(counts)),
        "fill_rate": _rounded(figures.fill_rate(counts)),
        "median_minutes_to_fill": _median(tally.waits.values()),
        "median_minutes_to_fill_both": _median(tally.waits[number] for number in both),
        "calls_by_staff": tally.calls,
        "freed": tally.freed,
        "filled": tally.filled,
        "booked": tally.booked,
        "gave_up": tally.gave_up,
        "expired": tally.expired,
        "asked": tally.asked,
        "accepted": tally.accepted,
        "declined": tally.declined,
    }


def _median(minutes: Iterable[float]) -> float | None:
    known = list(minutes)
    return round(statistics.median(known), 1) if known else None


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def table(whole: dict[str, Any]) -> str:
    """Aligned for people."""
    with_list, without = whole["with_waitlist"], whole["without_waitlist"]
    rows = [(name.replace("_", " "), _said(with_list[name]), _said(without[name])) for name in with_list]
    widths = [max(len(row[n]) for row in (*rows, ("", "with waitlist", "without"))) for n in range(3)]
    head = f"{'':{widths[0]}}  {'with waitlist':>{widths[1]}}  {'without':>{widths[2]}}"
    return "\n".join([head, *(f"{a:{widths[0]}}  {b:>{widths[1]}}  {c:>{widths[2]}}" for a, b, c in rows)])


def _said(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:.1%}" if isinstance(value, float) and value <= 1 else f"{value:g}"
