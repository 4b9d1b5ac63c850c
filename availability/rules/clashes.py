"""No provider keeps two blocks at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from itertools import pairwise

from availability.rules.expansion import Block, dates_of, wall_span

# Long enough to meet every pairing of odd and even weeks under every offset of the zones involved.
ONE_YEAR = dt.timedelta(weeks=54)


def first_clash(blocks: Sequence[Block], first: dt.date) -> tuple[Block, Block] | None:
    """Two blocks that overlap on some date from `first` on; compared in real time, since zones may differ."""
    last = max([first, *(block.from_on for block in blocks)]) + ONE_YEAR
    spans = sorted(
        (*span, index)
        for index, block in enumerate(blocks)
        for on in dates_of(block, first, last)
        if (span := wall_span(on, block.starts_at, block.ends_at, block.zone))[0] < span[1]
    )
    for (_, end, one), (start, _, other) in pairwise(spans):
        if start < end:
            return blocks[one], blocks[other]
    return None
