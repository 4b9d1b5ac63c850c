"""Dispatchers in processes of their own, forked so that a hundred of them can be killed in a minute."""

import contextlib
import io
import multiprocessing
import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from django.core.management import call_command
from django.db import connections

from config.local.processes import die_with_parent
from messaging import carriers
from messaging.operations import claiming, dispatch, posting, sending, settling

Arm = Callable[[], None]
_fork = multiprocessing.get_context("fork")


def unarmed() -> None:
    pass


def kills_itself_at(point: str, *, one_in: int) -> Arm:
    """kill -9 at exactly this point of the sender, one time in so many."""
    place, name, comes_after = POINTS[point]

    def arm() -> None:
        random.seed(os.getpid())
        whole = getattr(place, name)

        def fatal(*args, **kwargs):
            answer = whole(*args, **kwargs) if comes_after else None
            if random.randrange(one_in) == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return answer if comes_after else whole(*args, **kwargs)

        setattr(place, name, fatal)

    return arm


# Where in the sender, and whether after or before what is done there.
POINTS = {
    "after the claim": (claiming, "claim", True),
    "after the intent was committed": (sending, "begin", True),
    "after the carrier accepted": (carriers.TwilioCarrier, "send", True),
    "before the outcome is committed": (settling, "_write_accepted", True),
}


def dispatches(arm: Arm = unarmed) -> Callable[[], None]:
    """The real command, as it runs without a broker."""

    def work() -> None:
        arm()
        call_command("dispatch", json=True, stdout=io.StringIO())

    return work


@dataclass
class Crew:
    """`size` of them at any time; whoever dies is replaced. `killed` counts deaths by signal 9."""

    size: int
    work: Callable[[], None]
    killed: int = 0
    running: list = field(default_factory=list)

    def look_after(self) -> None:
        for process in [one for one in self.running if not one.is_alive()]:
            process.join()
            self.killed += process.exitcode == -signal.SIGKILL
            self.running.remove(process)
        while len(self.running) < self.size:
            self.running.append(_start(self.work))

    def kill_one(self, dice: random.Random) -> None:
        if self.running:
            with contextlib.suppress(ProcessLookupError):
                os.kill(dice.choice(self.running).pid, signal.SIGKILL)

    def stop(self, sign: signal.Signals = signal.SIGKILL, *, patience_seconds: float = 30) -> list[int]:
        """Exit codes."""
        for process in self.running:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process.pid, sign)
        deadline = time.monotonic() + patience_seconds
        for process in self.running:
            process.join(max(0.0, deadline - time.monotonic()))
        codes = [process.exitcode for process in self.running]
        for process in self.running:
            process.kill()
        self.running.clear()
        return codes


def _start(work: Callable[[], None]):
    # A connection must not be shared with a child: the child's death would end it for us.
    connections.close_all()
    posting._pool.cache_clear()
    process = _fork.Process(target=_child, args=(work,), daemon=True)
    process.start()
    return process


def _child(work: Callable[[], None]) -> None:
    if die := die_with_parent():
        die()
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, signal.SIG_DFL)
    work()


@contextlib.contextmanager
def at_work(crew: Crew) -> Iterator[Crew]:
    try:
        crew.look_after()
        yield crew
    finally:
        crew.stop()


__all__ = ["Crew", "at_work", "dispatch", "dispatches", "kills_itself_at", "unarmed"]
