"""Both runs, each in a transaction that is rolled back: nothing of it stays, and nothing leaves the house."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from config.demo.chance import Chance
from config.simulate.life import Life, Tally
from config.simulate.responses import Responses
from config.simulate.world import make_world

FIRST_ON = dt.date(2027, 1, 4)  # a Monday, in a year without surprises; the clocks change in March


def run(responses: Responses, *, seed: int, weeks: int, providers: int, with_list: bool) -> Tally:
    """The same seed gives the same cancellations, arrivals and characters in both runs."""
    with transaction.atomic():
        now = dt.datetime.combine(FIRST_ON, dt.time(), dt.UTC)
        world = make_world(Chance(seed), first=FIRST_ON, weeks=weeks + 1, providers=providers, now=now)
        life = Life(world, responses, FIRST_ON, weeks, seed, with_list)
        tally = life.go()
        transaction.set_rollback(True)
    return tally
