"""Who came first, where several took the same time."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import TypeAlias

# Whom or what it takes (ids of providers, or of a room), from, until.
Taking: TypeAlias = tuple[Collection[int], dt.datetime, dt.datetime]


def second_comers(takings: Sequence[Taking], taken: Collection[int]) -> set[int]:
    """Places in `takings` that overlap what stands (`taken`: places known to) or one before them that came first.

    What is left out stands free of overlap; what is in overlaps something that stands.
    """
    second: set[int] = set()
    standing: dict[int, list[tuple[dt.datetime, dt.datetime]]] = defaultdict(list)
    for place, (takes, start, end) in enumerate(takings):
        near = (span for one in takes for span in standing[one])
        if place in taken or any(start < until and since < end for since, until in near):
            second.add(place)
            continue
        for one in takes:
            standing[one].append((start, end))
    return second
