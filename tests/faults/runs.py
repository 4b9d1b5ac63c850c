"""One function per fault: it makes it happen while reminders are being sent, and returns what came of it."""

import datetime as dt
import os
import random
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass

import time_machine

from tests.faults.crew import Crew, kills_itself_at
from tests.faults.house import GRACE, Found, House, crew, house
from tests.faults.naive import naive


@dataclass(frozen=True, slots=True)
class Size:
    """rows: to send. seed: of the carrier's dice and of the killer's."""

    rows: int = 60
    seed: int = 1


Run = Callable[[Size], Found]


def killed_at(point: str, *, one_in: int) -> Run:
    def run(size: Size) -> Found:
        began = time.monotonic()
        with house(size.rows, seed=size.seed) as at:
            at.run(crew(3, arm=kills_itself_at(point, one_in=one_in)))
            return at.judge(began)

    return run


def _killed_in_a_bad_carrier(at: House, size: Size, workers: Crew) -> None:
    at.carrier.behave(drop=0.02, broken_after=0.02, busy=0.03, broken=0.02)
    at.run(workers, kill_every=max(0.4, 10 / (1 + size.rows / 100)))


def killed_at_random(size: Size) -> Found:
    began = time.monotonic()
    with house(size.rows, seed=size.seed) as at:
        _killed_in_a_bad_carrier(at, size, crew(4))
        return at.judge(began)


def naive_sender(size: Size) -> Found:
    """The same faults, and a sender that sends first and marks afterwards."""
    began = time.monotonic()
    with house(size.rows, seed=size.seed) as at:
        _killed_in_a_bad_carrier(at, size, Crew(4, naive))
        return at.judge(began)


def carrier_fails(**conduct: float) -> Run:
    def run(size: Size) -> Found:
        began = time.monotonic()
        with house(size.rows, seed=size.seed) as at:
            at.carrier.behave(**conduct)
            at.run(crew(2))
            return at.judge(began)

    return run


def list_is_down(size: Size) -> Found:
    """Never a second try on a guess: what cannot be accounted for is given to a person."""
    began = time.monotonic()
    with house(size.rows, seed=size.seed) as at:
        at.carrier.behave(drop=0.3, list_is_down=True)
        at.run(crew(2))
        return at.judge(began)


def refused(size: Size) -> Found:
    """Nobody listens at first."""
    began = time.monotonic()
    with house(size.rows, seed=size.seed) as at:
        at.carrier.process.send_signal(signal.SIGSTOP)
        at.run(crew(2), meanwhile=lambda turn: turn == 15 and at.carrier.process.send_signal(signal.SIGCONT))
        return at.judge(began)


def revoked(size: Size) -> Found:
    """Our credentials are refused in the middle, and again valid some seconds later."""
    began = time.monotonic()
    with house(size.rows, seed=size.seed, latency_ms=40) as at:

        def meanwhile(turn: int) -> None:
            if turn in (3, 30):
                at.carrier.behave(is_revoked=turn == 3)

        at.run(crew(2), meanwhile=meanwhile)
        return at.judge(began)


def clock_jumps(size: Size) -> Found:
    """Each sender's own machine is hours wrong, and differently each time it starts; the database's clock decides."""
    began = time.monotonic()
    with house(size.rows, seed=size.seed) as at:
        at.carrier.behave(drop=0.1)
        at.run(crew(3, arm=lives_in_another_hour), kill_every=1.5)
        return at.judge(began)


def lives_in_another_hour() -> None:
    hours = random.Random(os.getpid()).choice([-2, 2])
    time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(hours=hours), tick=True).start()


def told_to_stop(size: Size) -> Found:
    """SIGTERM with requests under way: they are finished, and nothing is left to be verified."""
    began = time.monotonic()
    with house(size.rows, seed=size.seed, latency_ms=100) as at:
        workers = crew(2)
        workers.look_after()
        codes = []
        while not codes or not at.is_done():
            time.sleep(1.5)
            codes += workers.stop(signal.SIGTERM, patience_seconds=15)
            workers.look_after()
        workers.stop()
        at.killed = sum(code != 0 for code in codes)
        return at.judge(began)


def two_dispatchers(size: Size) -> Found:
    began = time.monotonic()
    with house(size.rows, seed=size.seed) as at:
        at.run(crew(5))
        return at.judge(began)


RUNS: dict[str, Run] = {
    "F1 kill -9 after the claim": killed_at("after the claim", one_in=3),
    "F1 kill -9 after the intent was committed": killed_at("after the intent was committed", one_in=3),
    "F1 kill -9 after the carrier accepted": killed_at("after the carrier accepted", one_in=25),
    "F1 kill -9 before the outcome is committed": killed_at("before the outcome is committed", one_in=4),
    "F1 kill -9 at random, F5 carrier faults": killed_at_random,
    "F2 five dispatchers at once": two_dispatchers,
    "F5 drop after accept": carrier_fails(drop=0.15),
    "F5 503 after accept": carrier_fails(broken_after=0.15),
    "F5 hang, taken or not": carrier_fails(hang_after=0.06, hang=0.06),
    "F5 500": carrier_fails(broken=0.15),
    "F5 429 with Retry-After": carrier_fails(busy=0.15),
    "F5 a carrier that stands still": refused,
    "F6 the list lags, below the grace": carrier_fails(drop=0.2, list_lag_seconds=GRACE - 1),
    "F6 the list is down": list_is_down,
    "F8 the clock jumps": clock_jumps,
    "F13 credentials revoked": revoked,
    "F18 SIGTERM with requests under way": told_to_stop,
}
NAIVE = "naive: send, then mark"
