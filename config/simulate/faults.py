"""What is wrong with a file of responses: each fault with its place, and what to write instead."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from waitlist.states import DeclineReason

FORMAT = "stillwater-responses/1"
NEEDED = {"format", "offers", "reasons", "minutes_to_answer", "arrivals_per_week", "cancellations"}
ALLOWED = NEEDED | {"note", "except", "reasons_wish_missed", "gives_up_per_week", "by_hand"}
CONDITIONS = {"wish_missed", "lead_hours_below", "lead_hours_from", "score_below"}
ANSWERS = ("accept", "decline", "silent")
MOST_ARRIVALS, MOST_CALLS = 1000, 50
MOST_MINUTES = 7 * 24 * 60  # nobody answers later
MOST_HOURS = 90 * 24  # no visit is booked longer ahead


class Fault(NamedTuple):
    """place: `offers`, `except[0].when`; empty for the whole. says: what is wrong, and the remedy."""

    place: str
    says: str


Faults = Iterator[Fault]


def faults_of(raw: Any) -> Faults:
    """All of them, in the order of the format's table."""
    if not isinstance(raw, dict):
        yield Fault("", "must hold one object: { … }.")
        return
    for name in sorted(set(raw) - ALLOWED):
        yield Fault(name, f"is not known. Leave it out, or use one of: {', '.join(sorted(ALLOWED))}.")
    for name in sorted(NEEDED - set(raw)):
        yield Fault(name, "is missing. Add it; docs/simulation.md shows how.")
    for name, check in CHECKS.items():
        if name in raw:
            yield from check(raw[name], name)


def _format(found: Any, place: str) -> Faults:
    if found != FORMAT:
        yield Fault(place, f"must be “{FORMAT}”, not {found!r}.")


def _answers(found: Any, place: str, *, besides: frozenset[str] = frozenset()) -> Faults:
    if not isinstance(found, dict) or set(found) - besides != set(ANSWERS):
        yield Fault(place, "must have accept, decline and silent, and nothing else.")
        return
    yield from _sums({f"{place}.{name}": found[name] for name in ANSWERS}, place)


def _specials(found: Any, place: str) -> Faults:
    if not isinstance(found, list):
        yield Fault(place, "must be a list: [ … ].")
        return
    for number, one in enumerate(found):
        yield from _special(one, f"{place}[{number}]")


def _special(one: Any, place: str) -> Faults:
    when = one.get("when") if isinstance(one, dict) else None
    if not isinstance(when, dict) or not when or set(when) - CONDITIONS:
        yield Fault(f"{place}.when", f"must name one or more of: {', '.join(sorted(CONDITIONS))}.")
        return
    if not isinstance(when.get("wish_missed", True), bool):
        yield Fault(f"{place}.when.wish_missed", "must be true or false.")
    for name, value in when.items():
        if name != "wish_missed":
            yield from _number(value, f"{place}.when.{name}")
    yield from _answers(one, place, besides=frozenset({"when"}))


def _reasons(found: Any, place: str) -> Faults:
    if not isinstance(found, dict) or not found or set(found) - set(DeclineReason.values):
        yield Fault(place, f"may only name: {', '.join(DeclineReason.values)}.")
        return
    yield from _sums({f"{place}.{name}": share for name, share in found.items()}, place)


def _minutes(found: Any, place: str) -> Faults:
    names = ("half_within", "nine_in_ten_within")
    if not isinstance(found, dict) or set(found) != set(names):
        yield Fault(place, "must have half_within and nine_in_ten_within, and nothing else.")
        return
    wrong = [fault for name in names for fault in _number(found[name], f"{place}.{name}", most=MOST_MINUTES)]
    yield from wrong
    if not wrong and not 0 < found["half_within"] < found["nine_in_ten_within"]:
        yield Fault(place, "nine_in_ten_within must be more than half_within, and both more than 0.")


def _cancellations(found: Any, place: str) -> Faults:
    if not isinstance(found, dict) or set(found) != {"share", "hours_before"}:
        yield Fault(place, "must have share and hours_before, and nothing else.")
        return
    yield from _share(found["share"], f"{place}.share")
    pairs, where = found["hours_before"], f"{place}.hours_before"
    is_list = isinstance(pairs, list) and pairs and all(isinstance(p, list) and len(p) == 2 for p in pairs)
    if not is_list:
        yield Fault(where, "must be a list of [hours, share].")
        return
    for number, (hours, _) in enumerate(pairs):
        if not _is_number(hours) or not 0 < hours <= MOST_HOURS:
            yield Fault(
                f"{where}[{number}][0]", f"must be hours above 0, at most {MOST_HOURS}, not {hours!r}."
            )
    yield from _sums({f"{where}[{number}][1]": share for number, (_, share) in enumerate(pairs)}, where)


def _by_hand(found: Any, place: str) -> Faults:
    if not isinstance(found, dict) or set(found) != {"calls", "minutes_per_call"}:
        yield Fault(place, "must have calls and minutes_per_call, and nothing else.")
        return
    calls = found["calls"]
    if not isinstance(calls, int) or isinstance(calls, bool) or not 0 <= calls <= MOST_CALLS:
        yield Fault(f"{place}.calls", f"must be a whole number from 0 to {MOST_CALLS}, not {calls!r}.")
    yield from _number(found["minutes_per_call"], f"{place}.minutes_per_call", most=MOST_MINUTES)


def _share(found: Any, place: str) -> Faults:
    if not _is_number(found) or found > 1:
        yield Fault(place, f"must be a number from 0 to 1, not {found!r}.")


def _number(found: Any, place: str, *, most: float = math.inf) -> Faults:
    if not _is_number(found) or found > most:
        said = "of 0 or more" if most == math.inf else f"from 0 to {most}"
        yield Fault(place, f"must be a number {said}, not {found!r}.")


def _arrivals(found: Any, place: str) -> Faults:
    yield from _number(found, place, most=MOST_ARRIVALS)


def _note(found: Any, place: str) -> Faults:
    if not isinstance(found, str):
        yield Fault(place, "must be text, in quotes.")


def _sums(shares: dict[str, Any], place: str) -> Faults:
    """shares: by place."""
    wrong = [fault for where, share in shares.items() for fault in _share(share, where)]
    yield from wrong
    if not wrong and not math.isclose(sum(shares.values()), 1, abs_tol=0.001):
        yield Fault(
            place, f"the shares must come to 1, and come to {sum(shares.values()):g}. Change one of them."
        )


def _is_number(found: Any) -> bool:
    return isinstance(found, int | float) and not isinstance(found, bool) and 0 <= found < math.inf


CHECKS: dict[str, Callable[[Any, str], Faults]] = {
    "format": _format,
    "offers": _answers,
    "except": _specials,
    "reasons": _reasons,
    "reasons_wish_missed": _reasons,
    "minutes_to_answer": _minutes,
    "gives_up_per_week": _share,
    "arrivals_per_week": _arrivals,
    "cancellations": _cancellations,
    "by_hand": _by_hand,
    "note": _note,
}
