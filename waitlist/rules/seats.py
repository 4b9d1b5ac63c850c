"""Whose turn it is when a place comes free: whoever has waited longest, but for those who may not be asked now."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from waitlist.states import OfferState

WEEK = dt.timedelta(days=7)
# Asked about a session and in these states, nobody is asked about the same one again.
SETTLED = (OfferState.DECLINED, OfferState.EXPIRED, OfferState.UNSENT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """One offer somebody had. is_same: of a place in the same line; is_here: and of the very session."""

    state: str
    made_at: dt.datetime
    ended_at: dt.datetime | None
    is_same: bool
    is_here: bool


def turns(
    line: Sequence[int],
    had: Mapping[int, Collection[Before]],
    now: dt.datetime,
    *,
    week_cap: int,
    cool_hours: int,
) -> list[int]:
    """Those of the line who may be asked now, in its order. Nobody is moved up or down."""
    return [
        one for one in line if not why_not(had.get(one, ()), now, week_cap=week_cap, cool_hours=cool_hours)
    ]


def why_not(had: Collection[Before], now: dt.datetime, *, week_cap: int, cool_hours: int) -> str:
    """Why somebody with these offers behind them is not asked now; empty if they may be. week_cap: 0 for no limit."""
    lately = sum(one.made_at > now - WEEK and one.state != OfferState.UNSENT for one in had)
    reasons = (
        ("Is being asked", any(one.state == OfferState.OUT for one in had)),
        ("Was asked for this session", any(one.is_here and one.state in SETTLED for one in had)),
        ("Rests after a no", any(one.is_same and _rests(one, now, cool_hours) for one in had)),
        ("Was asked often enough this week", bool(week_cap) and lately >= week_cap),
    )
    return next((words for words, is_so in reasons if is_so), "")


def _rests(one: Before, now: dt.datetime, cool_hours: int) -> bool:
    """A no rests as long as the settings say, silence half as long."""
    cool = dt.timedelta(hours=cool_hours)
    rests = {OfferState.DECLINED: cool, OfferState.EXPIRED: cool / 2}.get(OfferState(one.state))
    return rests is not None and one.ended_at is not None and one.ended_at + rests > now
