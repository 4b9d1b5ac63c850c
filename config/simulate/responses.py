"""How people respond, read from a file somebody wrote: checked whole, and what is wrong is said plainly.

The format stands in docs/simulation.md; `faults` checks it, `places` knows on which line each thing stands.
"""

from __future__ import annotations

import json
import math
import random
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from config.simulate.faults import ANSWERS, MOST_MINUTES, faults_of
from config.simulate.places import line_of, lines_of

NINE_IN_TEN = 1.2815515655446004  # of a normal distribution, in standard deviations


class BadResponses(Exception):
    """`faults`: one each, with the line, the field and what to do."""

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
        minutes = math.exp(
            min(math.log(self.half_within) + spread * dice.gauss(0, 1), math.log(MOST_MINUTES))
        )
        return what, reason if what == "decline" else "", minutes


def read(path: Path) -> Responses:
    """Raises BadResponses for a file that cannot be read or does not say what it has to."""
    try:
        text = path.read_text(encoding="utf-8-sig")
        raw = json.loads(text, object_pairs_hook=_once)
    except OSError as error:
        raise BadResponses([f"{path} cannot be read: {error.strerror}. Name a file that is there."]) from None
    except UnicodeDecodeError:
        raise BadResponses([f"{path} is not a text file in UTF-8. Save it as UTF-8."]) from None
    except json.JSONDecodeError as error:
        where = f"{path.name}, line {error.lineno}, column {error.colno}"
        raise BadResponses([f"{where}: {error.msg}. The file must be JSON."]) from None
    except (_Twice, ValueError, RecursionError) as error:
        raise BadResponses([f"{path.name}: {error}"]) from None
    found = list(faults_of(raw))
    if found:
        lines = lines_of(text)
        raise BadResponses([_said(path, line_of(one.place, lines), one.place, one.says) for one in found])
    return _responses(raw)


class _Twice(Exception):
    pass


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """JSON would let the last of two win, in silence."""
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise _Twice(f"“{twice}” stands twice in one object. Leave one out.")
    return found


def _said(path: Path, line: int, place: str, says: str) -> str:
    return f"{path.name}, line {line}, {f'“{place}”' if place else 'the whole file'}: {says}"


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
