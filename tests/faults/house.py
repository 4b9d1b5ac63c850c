"""A practice with people to write to, its senders, and what the carrier's ledger says afterwards."""

import datetime as dt
import os
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import DatabaseError, connection, connections
from django.test import override_settings

from core import clock
from messaging.models import Message
from messaging.states import AttemptState, MessageState
from messaging.tests.standin import ACCOUNT, SECRET
from practice.models import Practice
from reminders.models import Reminder
from reminders.states import ReminderState
from tests.faults import people
from tests.faults.carrier import Outside, outside
from tests.faults.crew import Crew, dispatches

LEASE, GRACE, TIMEOUT = 6, 4, 2
OPEN = (MessageState.DUE, MessageState.CLAIMED, MessageState.SENDING, MessageState.VERIFYING)
SHORT = {
    "MESSAGE_LEASE_SECONDS": LEASE,
    "MESSAGE_GRACE_SECONDS": GRACE,
    "TWILIO_TIMEOUT_SECONDS": TIMEOUT,
    "MESSAGE_REAP_SECONDS": 1,
    "MESSAGE_TICK_SECONDS": 1,
    "MESSAGE_BREAKER_SECONDS": 2,
    "MESSAGE_SENDERS": 8,
    "REHEARSAL": False,
    "TWILIO_ACCOUNT_SID": ACCOUNT,
    "TWILIO_AUTH_TOKEN": SECRET,
    "TWILIO_FROM_NUMBER": "+12025550100",
    "PUBLIC_BASE_URL": "https://desk.example.org",
}


@dataclass(frozen=True, slots=True)
class Found:
    """The ledger against our tables. `twice`: texts too many; `worst`: most to one number.

    lost: neither accepted nor ended with a reason. wrong: we believe it was taken, and it was not.
    """

    rows: int
    accepted: int
    twice: int
    worst: int
    lost: int
    wrong: int
    ended: int
    adopted: int
    absent: int
    killed: int
    seconds: float

    @property
    def is_well(self) -> bool:
        return not (self.twice or self.lost or self.wrong)


@dataclass
class House:
    carrier: Outside
    numbers: list[str]
    dice: random.Random
    killed: int = 0

    def run(
        self,
        crew: Crew,
        *,
        meanwhile: Callable[[int], None] = lambda turn: None,
        kill_every: float = 0,
        patience_seconds: float = 600,
    ) -> None:
        """Until everything has ended, or patience has. meanwhile: called about five times a second."""
        deadline, next_kill, turn = time.monotonic() + patience_seconds, time.monotonic() + kill_every, 0
        try:
            while not self.is_done() and time.monotonic() < deadline:
                crew.look_after()
                if kill_every and time.monotonic() > next_kill:
                    crew.kill_one(self.dice)
                    next_kill = time.monotonic() + kill_every * (0.5 + self.dice.random())
                meanwhile(turn)
                turn += 1
                time.sleep(0.2)
        finally:
            crew.look_after()
            self.killed += crew.killed
            crew.stop()

    def is_done(self) -> bool:
        with suppress(DatabaseError):
            return not (
                Reminder.objects.filter(state=ReminderState.PLANNED).exists()
                or Message.objects.filter(state__in=OPEN).exists()
            )
        connection.close()
        return False

    def judge(self, began: float) -> Found:
        connections.close_all()
        taken, ours = self.carrier.taken(), people.messages()
        believed = (MessageState.ACCEPTED, MessageState.DELIVERED)
        states = {number: ours[number].state if number in ours else "" for number in self.numbers}
        ended = {n for n, state in states.items() if state and state not in (*believed, *OPEN)}
        attempts = [a for m in Message.objects.prefetch_related("attempts") for a in m.attempts.all()]
        return Found(
            rows=len(self.numbers),
            accepted=sum(1 for number in self.numbers if taken[number]),
            twice=sum(max(0, taken[number] - 1) for number in self.numbers),
            worst=max((taken[number] for number in self.numbers), default=0),
            lost=sum(
                1 for n in self.numbers if not taken[n] and n not in ended and states[n] not in believed
            ),
            wrong=sum(1 for n in self.numbers if not taken[n] and states[n] in believed),
            ended=len(ended),
            adopted=sum(attempt.state == AttemptState.ADOPTED for attempt in attempts),
            absent=sum(attempt.state == AttemptState.ABSENT for attempt in attempts),
            killed=self.killed,
            seconds=round(time.monotonic() - began, 1),
        )


def at_ten() -> dt.timedelta:
    """From now to the next Tuesday at ten in New York: whole seconds, so that the carrier can follow."""
    real = dt.datetime.now(dt.UTC)
    local = real.astimezone(ZoneInfo("America/New_York"))
    day = local.date() + dt.timedelta((1 - local.weekday()) % 7 or 7)
    then = dt.datetime.combine(day, dt.time(10), local.tzinfo)
    return dt.timedelta(seconds=int((then - real).total_seconds()))


@contextmanager
def house(rows: int, *, seed: int = 1, latency_ms: float = 10, **changed: int) -> Iterator[House]:
    """Needs a database of its own: processes of ours write to it, and its clock is moved."""
    offset = at_ten()
    clock.set_offset(offset)
    connections.close_all()
    with tempfile.TemporaryDirectory() as folder, outside(Path(folder), latency_ms=latency_ms) as carrier:
        carrier.behave(seed=seed, clock_offset=offset.total_seconds())
        with override_settings(**(SHORT | changed), TWILIO_API_BASE_URL=carrier.url), as_children_see_it():
            Practice.objects.filter(pk=1).delete()
            yield House(carrier, people.plan(rows), random.Random(seed))
            connections.close_all()


@contextmanager
def as_children_see_it() -> Iterator[None]:
    """Celery's processes are started, not forked: they read the same from their environment."""
    names = [*SHORT, "TWILIO_API_BASE_URL"]
    before = dict(os.environ)
    os.environ.update({name: _written(getattr(settings, name)) for name in names})
    os.environ["DEBUG"] = "1"
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _written(value: object) -> str:
    return str(int(value)) if isinstance(value, bool) else str(value)


def crew(size: int = 2, **how) -> Crew:
    return Crew(size, dispatches(**how))
