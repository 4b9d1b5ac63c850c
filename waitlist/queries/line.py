"""One freed time and who stands in line for it, as a page shows them; with why the others do not."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from core.walltime import day_bounds, from_epoch_minutes, local_date
from practice.models import Practice
from waitlist.models import FreedSpan, Offer, WaitlistEntry
from waitlist.queries.candidates import candidates, free_time
from waitlist.queries.policy import the_policy
from waitlist.rules.matching import Match, matches, score_parts, why_not
from waitlist.rules.priority import FULL, Part

SHOWN = 25
NO_ROOM = "The time is too short, or taken"
TOO_LOW = "Scores below the threshold"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Somebody in line."""

    entry: WaitlistEntry
    match: Match
    starts_at: dt.datetime
    score: float
    parts: Sequence[Part]
    is_enough: bool
    change_id: uuid.UUID  # each button is an act of its own


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """whys: (reason, how many) of those who do not stand in it, the commonest first."""

    standing: Sequence[Standing]
    fit: int
    whys: Sequence[tuple[str, int]]
    threshold: float


def line_of(span: FreedSpan, *, practice: Practice, now: dt.datetime, shown: int = SHOWN) -> Line:
    """Those below the threshold too: staff may offer to anybody who fits."""
    policy = the_policy()
    time = free_time(span, policy=policy, practice=practice, now=now)
    found = candidates(span, practice=practice, now=now, only_auto=False)
    ranked = matches(found, time.free, time.starts, threshold=0)
    fitting = {match.candidate.entry for match in ranked}
    whys = Counter(why_not(one, time.free) or NO_ROOM for one in found if one.entry not in fitting)
    top = ranked[:shown]
    entries = WaitlistEntry.objects.select_related("client", "type").in_bulk([m.candidate.entry for m in top])
    midnight = day_bounds(local_date(span.starts_at, practice.tz), practice.tz)[0]
    return Line(
        standing=[
            _standing(match, entries[match.candidate.entry], midnight, policy.threshold) for match in top
        ],
        fit=sum(match.score >= policy.threshold for match in ranked),
        whys=whys.most_common(),
        threshold=policy.threshold / FULL,
    )


def _standing(match: Match, entry: WaitlistEntry, midnight: int, threshold: int) -> Standing:
    return Standing(
        entry=entry,
        match=match,
        starts_at=from_epoch_minutes(match.start),
        score=match.score / FULL,
        parts=[part for part in score_parts(match.candidate, match.start - midnight) if part.permille],
        is_enough=match.score >= threshold,
        change_id=uuid.uuid4(),
    )


def offers_of(span: FreedSpan) -> list[Offer]:
    """The latest first."""
    rows = Offer.objects.filter(span=span).select_related("client", "entry__type", "appointment")
    return list(rows.order_by("-made_at", "-pk"))
