"""How people respond, read from a file somebody wrote: checked whole, and what is wrong is said plainly.

The format stands in docs/simulation.md.
"""

from __future__ import annotations

import json
import math
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from waitlist.states import DeclineReason

FORMAT = "stillwater-responses/1"
NEEDED = {"format", "offers", "reasons", "minutes_to_answer", "arrivals_per_week", "cancellations"}
ALLOWED = NEEDED | {"note", "except", "reasons_wish_missed", "gives_up_per_week", "by_hand"}
CONDITIONS = {"wish_missed", "lead_hours_below", "lead_hours_from", "score_below"}
ANSWERS = ("accept", "decline", "silent")
NINE_IN_TEN = 1.2815515655446004  # of a normal distribution, in standard deviations


class BadResponses(Exception):
    """`faults`: one sentence each, with the place in the file."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What an offer is like for who gets it."""

    wish_missed: bool
    lead_hours: float
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Special:
    """Shares that hold where every condition does."""

    when: Mapping[str, Any]
    shares: tuple[float, float, float]

    def fits(self, at: Situation) -> bool:
        tests = {
            "wish_missed": lambda wanted: at.wish_missed == wanted,
            "lead_hours_below": lambda most: at.lead_hours < most,
            "lead_hours_from": lambda least: at.lead_hours >= least,
            "score_below": lambda most: at.score < most,
        }
        return all(tests[name](value) for name, value in self.when.items())


@dataclass(frozen=True, slots=True, kw_only=True)
class Responses:
    """shares: accept, decline, silent. Reasons and hours as (value, share)."""

    shares: tuple[float, float, float]
    special: tuple[Special, ...]
    reasons: tuple[tuple[str, float], ...]
    reasons_missed: tuple[tuple[str, float], ...]
    half_within: float
    nine_in_ten_within: float
    gives_up_per_week: float
    arrivals_per_week: float
    cancel_share: float
    cancel_hours: tuple[tuple[float, float], ...]
    calls: int
    minutes_per_call: float

    def answer(self, at: Situation, dice: random.Random) -> tuple[str, str, float]:
        """(accept, decline or silent; the reason of a decline; minutes until it comes)."""
        shares = next((one.shares for one in self.special if one.fits(at)), self.shares)
        what = dice.choices(ANSWERS, shares)[0]
        reasons = self.reasons_missed if at.wish_missed else self.reasons
        reason = dice.choices([name for name, _ in reasons], [share for _, share in reasons])[0]
        spread = math.log(self.nine_in_ten_within / self.half_within) / NINE_IN_TEN
        minutes = math.exp(math.log(self.half_within) + spread * dice.gauss(0, 1))
        return what, reason if what == "decline" else "", minutes


def read(path: Path) -> Responses:
    """Raises BadResponses for a file that cannot be read or does not say what it has to."""
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadResponses([f"{path} cannot be read: {error.strerror}."]) from None
    except UnicodeDecodeError:
        raise BadResponses([f"{path} is not a text file in UTF-8."]) from None
    except json.JSONDecodeError as error:
        raise BadResponses([f"{path}, line {error.lineno}, column {error.colno}: {error.msg}."]) from None
    faults = list(_faults(raw))
    if faults:
        raise BadResponses(faults)
    return _responses(raw)


def _responses(raw: Mapping[str, Any]) -> Responses:
    reasons = tuple(raw["reasons"].items())
    by_hand = raw.get("by_hand", {"calls": 0, "minutes_per_call": 30})
    return Responses(
        shares=_shares(raw["offers"]),
        special=tuple(Special(when=one["when"], shares=_shares(one)) for one in raw.get("except", ())),
        reasons=reasons,
        reasons_missed=tuple(raw.get("reasons_wish_missed", raw["reasons"]).items()),
        half_within=raw["minutes_to_answer"]["half_within"],
        nine_in_ten_within=raw["minutes_to_answer"]["nine_in_ten_within"],
        gives_up_per_week=raw.get("gives_up_per_week", 0),
        arrivals_per_week=raw["arrivals_per_week"],
        cancel_share=raw["cancellations"]["share"],
        cancel_hours=tuple((hours, share) for hours, share in raw["cancellations"]["hours_before"]),
        calls=by_hand["calls"],
        minutes_per_call=by_hand["minutes_per_call"],
    )


def _shares(found: Mapping[str, float]) -> tuple[float, float, float]:
    return (found["accept"], found["decline"], found["silent"])


def _faults(raw: Any) -> Iterator[str]:
    if not isinstance(raw, dict):
        yield "The file must hold one object: {…}."
        return
    for name in sorted(set(raw) - ALLOWED):
        yield f"“{name}” is not known. Known are: {', '.join(sorted(ALLOWED))}."
    for name in sorted(NEEDED - set(raw)):
        yield f"“{name}” is missing."
    if raw.get("format", FORMAT) != FORMAT:
        yield f"“format” must be “{FORMAT}”, not {raw['format']!r}."
    for name, check in CHECKS.items():
        if name in raw:
            yield from check(raw[name], name)


def _answers(found: Any, where: str, *, besides: frozenset[str] = frozenset()) -> Iterator[str]:
    if not isinstance(found, dict) or set(found) - besides != set(ANSWERS):
        yield f"“{where}” must have accept, decline and silent, and nothing else."
        return
    yield from _sums([found[name] for name in ANSWERS], where)


def _specials(found: Any, where: str) -> Iterator[str]:
    if not isinstance(found, list):
        yield f"“{where}” must be a list."
        return
    for number, one in enumerate(found):
        place = f"{where}[{number}]"
        when = one.get("when") if isinstance(one, dict) else None
        if not isinstance(when, dict) or not when or set(when) - CONDITIONS:
            yield f"“{place}.when” must name one or more of: {', '.join(sorted(CONDITIONS))}."
            continue
        if not isinstance(when.get("wish_missed", True), bool):
            yield f"“{place}.when.wish_missed” must be true or false."
        for name, value in when.items():
            if name != "wish_missed" and not _is_number(value):
                yield f"“{place}.when.{name}” must be a number of 0 or more."
        yield from _answers(one, place, besides=frozenset({"when"}))


def _reasons(found: Any, where: str) -> Iterator[str]:
    if not isinstance(found, dict) or not found or set(found) - set(DeclineReason.values):
        yield f"“{where}” may only name: {', '.join(DeclineReason.values)}."
        return
    yield from _sums(list(found.values()), where)


def _minutes(found: Any, where: str) -> Iterator[str]:
    names = {"half_within", "nine_in_ten_within"}
    if not isinstance(found, dict) or set(found) != names or not all(map(_is_number, found.values())):
        yield f"“{where}” must have the numbers half_within and nine_in_ten_within."
    elif not 0 < found["half_within"] < found["nine_in_ten_within"]:
        yield f"“{where}”: nine_in_ten_within must be more than half_within, and both more than 0."


def _cancellations(found: Any, where: str) -> Iterator[str]:
    if not isinstance(found, dict) or set(found) != {"share", "hours_before"}:
        yield f"“{where}” must have share and hours_before, and nothing else."
        return
    yield from _share(found["share"], f"{where}.share")
    pairs = found["hours_before"]
    is_list = isinstance(pairs, list) and pairs and all(isinstance(p, list) and len(p) == 2 for p in pairs)
    if not is_list or not all(_is_number(hours) and hours > 0 for hours, _ in pairs):
        yield f"“{where}.hours_before” must be a list of [hours, share] with hours above 0."
        return
    yield from _sums([share for _, share in pairs], f"{where}.hours_before")


def _by_hand(found: Any, where: str) -> Iterator[str]:
    if not isinstance(found, dict) or set(found) != {"calls", "minutes_per_call"}:
        yield f"“{where}” must have calls and minutes_per_call, and nothing else."
    elif not isinstance(found["calls"], int) or isinstance(found["calls"], bool) or found["calls"] < 0:
        yield f"“{where}.calls” must be a whole number of 0 or more."
    elif not _is_number(found["minutes_per_call"]):
        yield f"“{where}.minutes_per_call” must be a number of 0 or more."


def _share(found: Any, where: str) -> Iterator[str]:
    if not _is_number(found) or found > 1:
        yield f"“{where}” must be a number from 0 to 1."


def _number(found: Any, where: str) -> Iterator[str]:
    if not _is_number(found):
        yield f"“{where}” must be a number of 0 or more."


def _note(found: Any, where: str) -> Iterator[str]:
    if not isinstance(found, str):
        yield f"“{where}” must be text."


def _sums(shares: list[Any], where: str) -> Iterator[str]:
    if not all(_is_number(share) and share <= 1 for share in shares):
        yield f"The shares of “{where}” must be numbers from 0 to 1."
    elif not math.isclose(sum(shares), 1, abs_tol=0.001):
        yield f"The shares of “{where}” must come to 1, and come to {sum(shares):g}."


def _is_number(found: Any) -> bool:
    return isinstance(found, int | float) and not isinstance(found, bool) and 0 <= found < math.inf


CHECKS = {
    "offers": _answers,
    "except": _specials,
    "reasons": _reasons,
    "reasons_wish_missed": _reasons,
    "minutes_to_answer": _minutes,
    "gives_up_per_week": _share,
    "arrivals_per_week": _number,
    "cancellations": _cancellations,
    "by_hand": _by_hand,
    "note": _note,
}
