"""Who fits a free time, and how well: hard constraints first, then a score from 0 to 1 in thousandths with its parts.

Plain integers, since one pass looks at ten thousand entries. What is not here cannot be weighed: neither risk nor
attendance history is among the facts (RISK-4, `tests/test_matching_property.py`).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from waitlist.rules.priority import FULL, Part

# How a wish stands to what is free.
NO, ANY, YES = 0, 1, 2
# What each part can add or, against an explicit wish, take away.
PROVIDER, PROVIDER_ANY, PROVIDER_NOT = 300, 240, -100
DAY, DAY_ANY, DAY_NOT = 200, 180, -200
TIME, TIME_ANY, TIME_NEAR, TIME_NOT = 200, 180, 50, -200
PLACE, PLACE_ANY, PLACE_NOT = 100, 90, -200
PRIORITY = 200
NEAR_MINUTES = 60
BAND = 50  # scores within one band are equally good: then turns decide


class Candidate(NamedTuple):
    """One entry beside one free time. Minutes of the day are local, -1 where no wish was made.

    minutes: the visit in full; least: the shortest it may be. place and is_licensed are for `modality`.
    turn: when their turn last came, or when they joined, in microseconds.
    earlier_than: epoch minute of the visit they want to move up, 0 for none.
    """

    entry: int
    client: int
    type: int
    minutes: int
    least: int
    before: int
    after: int
    modality: str
    provider: int
    is_own: bool
    day: int
    from_minute: int
    until_minute: int
    place: int
    priority: int
    turn: int
    is_pinned: bool
    is_licensed: bool
    is_insured: bool
    is_apart: bool
    is_quick: bool
    is_asked: bool
    is_cooling: bool
    week_offers: int
    earlier_than: int


class Free(NamedTuple):
    """The free time itself. midnight: of its local day, in epoch minutes. is_short_notice: for who comes at once."""

    midnight: int
    is_short_notice: bool
    week_cap: int


class Match(NamedTuple):
    """start: epoch minute. score in thousandths."""

    candidate: Candidate
    start: int
    minutes: int
    score: int


Starts = Callable[[int, int, int], Sequence[int]]  # minutes, before, after → epoch minutes, ascending


def why_not(one: Candidate, free: Free) -> str:
    """The first hard constraint that stands against it, apart from the length; empty when none does."""
    against = (
        (not one.is_licensed, "No licence where the client lives"),
        (not one.is_insured, "The insurance is not taken"),
        (one.is_apart, "Not with this provider"),
        (one.is_asked, "Was asked about this time already"),
        (one.is_cooling, "Said no a short while ago"),
        (bool(free.week_cap) and one.week_offers >= free.week_cap, "Had the week's offers"),
        (free.is_short_notice and not one.is_quick, "Needs more notice"),
    )
    return next((reason for applies, reason in against if applies), "")


def fits(one: Candidate, free: Free) -> bool:
    """Whether no hard constraint stands against it, apart from the length. Twin: `why_not`, which takes four times as
    long to say which.
    """
    return (
        one.is_licensed
        and one.is_insured
        and not (one.is_apart or one.is_asked or one.is_cooling)
        and (one.is_quick or not free.is_short_notice)
        and (one.week_offers < free.week_cap or not free.week_cap)
    )


def matches(candidates: Iterable[Candidate], free: Free, starts: Starts, *, threshold: int) -> list[Match]:
    """Everybody who fits and scores at least `threshold`, the one whose turn it is first."""
    found = [match for one in candidates if (match := match_of(one, free, starts)) is not None]
    return sorted((m for m in found if m.score >= threshold), key=turn_key)


def match_of(one: Candidate, free: Free, starts: Starts) -> Match | None:
    """None where a hard constraint stands against it. In full length if it fits, else as short as it may be."""
    if not fits(one, free):
        return None
    for minutes in (one.minutes,) if one.least >= one.minutes else (one.minutes, one.least):
        possible = starts(minutes, one.before, one.after)
        if one.earlier_than:
            possible = possible[: bisect_left(possible, one.earlier_than)]
        if possible:
            start = best_start(possible, one, free.midnight)
            return Match(one, start, minutes, score(one, start - free.midnight))
    return None


def best_start(possible: Sequence[int], one: Candidate, midnight: int) -> int:
    """The first inside the hours they wished for, else the first of all. `possible` is not empty."""
    if one.from_minute < 0:
        return possible[0]
    at = bisect_left(possible, midnight + one.from_minute)
    inside = at < len(possible) and possible[at] < midnight + one.until_minute
    return possible[at] if inside else possible[0]


def turn_key(match: Match) -> tuple[bool, int, int, int]:
    """Pinned, then the better band, then whose turn is longest ago. See `docs/waitlist.md` for what this promises."""
    one = match.candidate
    return (not one.is_pinned, -(match.score // BAND), one.turn, one.entry)


def score(one: Candidate, minute: int) -> int:
    """0 to 1000. minute: of the local day."""
    total = _provider(one) + _day(one) + _time(one, minute) + _place(one) + PRIORITY * one.priority // FULL
    return max(0, min(FULL, total))


def score_parts(one: Candidate, minute: int) -> tuple[Part, ...]:
    """The lines of the sum, as they are shown. They add up to `score` before it is cut off at 0 and 1."""
    return (
        Part(_SAID_PROVIDER[one.provider, one.is_own], _provider(one)),
        Part(("Not a day they asked for", "Any day", "A day they asked for")[one.day], _day(one)),
        Part(_SAID_TIME[_time(one, minute)], _time(one, minute)),
        Part(("Another place", "Any place", "The place they asked for")[one.place], _place(one)),
        Part(f"Priority {one.priority / FULL:.2f}", PRIORITY * one.priority // FULL),
    )


_SAID_PROVIDER = {
    (NO, False): "Not who they asked for",
    (NO, True): "Not who they asked for, but on their care team",
    (ANY, False): "Any provider",
    (ANY, True): "Their own provider",
    (YES, False): "The provider they asked for",
    (YES, True): "The provider they asked for",
}
_SAID_TIME = {
    TIME: "Inside the hours they asked for",
    TIME_ANY: "Any time of day",
    TIME_NEAR: "Near the hours they asked for",
    TIME_NOT: "Outside the hours they asked for",
}


def _provider(one: Candidate) -> int:
    if one.provider == ANY:
        return PROVIDER if one.is_own else PROVIDER_ANY
    return PROVIDER if one.provider == YES else PROVIDER_NOT


def _day(one: Candidate) -> int:
    return (DAY_NOT, DAY_ANY, DAY)[one.day]


def _time(one: Candidate, minute: int) -> int:
    if one.from_minute < 0:
        return TIME_ANY
    if one.from_minute <= minute < one.until_minute:
        return TIME
    off = one.from_minute - minute if minute < one.from_minute else minute - one.until_minute + 1
    return TIME_NEAR if off <= NEAR_MINUTES else TIME_NOT


def _place(one: Candidate) -> int:
    return (PLACE_NOT, PLACE_ANY, PLACE)[one.place]
