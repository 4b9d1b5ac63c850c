"""The waiting list's part of every tick: one freed time at a time, so that messages are sent in between."""

import datetime as dt

from waitlist.operations.filling import fill_due

AT_ONCE = 1  # the tick comes back as long as there was something to do


def promote(now: dt.datetime, limit: int) -> int:
    return fill_due(now, min(limit, AT_ONCE))
