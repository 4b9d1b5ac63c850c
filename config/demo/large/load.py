"""Load the benchmark practice: all of it by COPY, in one transaction, under every constraint."""

import datetime as dt
from dataclasses import dataclass

from config.demo.large.scales import Scale


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What was loaded. past and ahead: appointments before and after the moment the practice opens on."""

    providers: int
    clients: int
    appointments: int
    past: int
    ahead: int
    attendances: int
    reminders: int


def load(scale: Scale, *, seed: int, now: dt.datetime, past_visits: int | None = None) -> Made:
    """`now` is the moment the practice opens on, in aware UTC; `past_visits` is the scale's own unless given."""
    raise NotImplementedError
