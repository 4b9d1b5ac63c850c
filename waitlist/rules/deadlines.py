"""How long somebody may think, and how many are asked at once."""

from __future__ import annotations

import datetime as dt
import math

HOUR = dt.timedelta(hours=1)
# (at least so long until the visit, so long to answer), the longest lead first.
LADDER = (
    (72 * HOUR, 4 * HOUR),
    (24 * HOUR, 2 * HOUR),
    (6 * HOUR, HOUR / 2),
    (2 * HOUR, HOUR / 4),
    (HOUR, HOUR / 6),
)
# Nothing is offered later than this before the visit: nobody could come.
LAST_CALL = LADDER[-1][0]
BEFORE_VISIT = HOUR / 2  # an answer later than this is of no use
LOOK_AGAIN = HOUR  # nobody fits now: people's visits, consents and hours change
MOMENT = dt.timedelta(seconds=10)  # never again at once: a tick would not end
SURE_ENOUGH = 0.8  # the chance of a yes a round of asking aims at
# As if so many had been asked before anybody was, and so many had said yes.
PRIOR_ASKED, PRIOR_YES = 6, 2


def time_to_answer(lead: dt.timedelta) -> dt.timedelta | None:
    """None when it is too late to ask anybody."""
    return next((answer for least, answer in LADDER if lead >= least), None)


def deadline(starts_at: dt.datetime, now: dt.datetime) -> dt.datetime | None:
    """When an offer made now ends. None when it is too late to ask."""
    answer = time_to_answer(starts_at - now)
    return None if answer is None else min(now + answer, starts_at - BEFORE_VISIT)


def acceptance(asked: int, accepted: int) -> float:
    """The share that says yes, drawn towards one in three while few have been asked."""
    return (accepted + PRIOR_YES) / (asked + PRIOR_ASKED)


def wave_size(
    lead: dt.timedelta, *, asked: int, accepted: int, answers_in: dt.timedelta | None, most: int
) -> int:
    """How many are asked at once: one, unless asking one by one would run out of time before a likely yes.

    answers_in: how soon people usually answer; None while nobody knows, then everybody takes as long as they may.
    """
    answer = time_to_answer(lead)
    if answer is None:
        return 0
    each = min(answer, answers_in) if answers_in else answer
    rounds = max(1, int((lead - LAST_CALL / 2) / max(each, dt.timedelta(minutes=1))))
    share = min(acceptance(asked, accepted), 0.99)
    needed = math.ceil(math.log(1 - SURE_ENOUGH) / math.log(1 - share))
    return max(1, min(most, math.ceil(needed / rounds)))
