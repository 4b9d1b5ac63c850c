"""Faults of the servers beneath: they need servers of their own, so only the long form has them."""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.faults.house import Found, crew, house
from tests.faults.runs import Run, Size
from tests.faults.servers import Celery, Servers


def database_crashes(servers: Servers) -> Run:
    def run(size: Size) -> Found:
        began = time.monotonic()
        with house(size.rows, seed=size.seed) as at:
            at.carrier.behave(drop=0.02, broken_after=0.02, busy=0.02)

            def meanwhile(turn: int) -> None:
                if turn in (6, 25):
                    servers.crash_database()

            at.run(crew(4), meanwhile=meanwhile, kill_every=1.5)
            return at.judge(began)

    return run


def _with_celery(size: Size, disturb: Callable[[int, Celery], None]) -> Found:
    began = time.monotonic()
    with house(size.rows, seed=size.seed) as at, tempfile.TemporaryDirectory() as folder:
        team = Celery(Path(folder))
        at.carrier.behave(drop=0.02, busy=0.02)
        try:
            # Nobody is forked here: the crew is Celery's.
            at.run(crew(0), meanwhile=lambda turn: disturb(turn, team))
            return at.judge(began)
        finally:
            team.stop()


def beats_and_workers_die(size: Size) -> Found:
    """Two beats and two workers; one of each is killed, the others go on."""

    def disturb(turn: int, team: Celery) -> None:
        if turn == 40:
            team.beats[0].kill()
            team.workers[0].kill()

    return _with_celery(size, disturb)


def broker_fails(servers: Servers) -> Run:
    """FLUSHALL, then gone for some seconds, then back and empty. A dispatcher without a broker is not needed."""

    def run(size: Size) -> Found:
        def disturb(turn: int, team: Celery) -> None:
            if turn in (25, 35):
                servers.flush_broker()
            if turn == 40:
                servers.stop_broker()
            if turn == 55:
                servers.start_broker()

        return _with_celery(size, disturb)

    return run


def broker_is_gone(servers: Servers) -> Run:
    """P14: with no Redis at all the command-line dispatcher does the same work."""

    def run(size: Size) -> Found:
        began = time.monotonic()
        servers.stop_broker()
        try:
            with house(size.rows, seed=size.seed) as at:
                at.carrier.behave(drop=0.02, busy=0.02)
                at.run(crew(3), kill_every=2)
                return at.judge(began)
        finally:
            servers.start_broker()

    return run


def long_runs(servers: Servers) -> dict[str, Run]:
    return {
        "F2 two beats, two workers, one of each killed": beats_and_workers_die,
        "F3 Redis FLUSHALL, stop, restart": broker_fails(servers),
        "F4 PostgreSQL immediate restart, kill -9": database_crashes(servers),
        "P14 no Redis at all, kill -9": broker_is_gone(servers),
    }
