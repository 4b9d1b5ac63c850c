"""Many processes at one gate. Whoever is let through is told what became of its attempt, and when."""

import multiprocessing
import os
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from celery import current_app
from django.db import connection, connections

from core.refusals import Refusal

BOOKED, REFUSED, MUTE = "booked", "refused", "mute"
GATE_SECONDS = 120
BROKEN = -1  # in place of a round


@dataclass(frozen=True, slots=True)
class Told:
    """`what`: BOOKED, REFUSED with a message, MUTE without one, or a traceback. Times are the machine's, in seconds."""

    round: int
    what: str
    began: float
    ended: float


def race(
    attempt: Callable[[int, int], Any], *, contenders: int, rounds: int, in_step: bool = True
) -> list[Told]:
    """`attempt(me, round)` in `contenders` processes, `rounds` times, all at once each time.

    in_step: False lets all begin together and then go on at their own pace.
    """
    context = multiprocessing.get_context("fork")
    gate, told = context.Barrier(contenders), context.Queue()
    _let_go()
    processes = [
        context.Process(target=_contend, args=(attempt, me, rounds, gate, told), kwargs={"in_step": in_step})
        for me in range(contenders)
    ]
    for process in processes:
        process.start()
    try:
        return _hear(told, contenders * rounds)
    finally:
        for process in processes:
            process.join(5)
            process.kill()  # one that is still here waits for a gate nobody opens any more


def _let_go() -> None:
    """No connection survives a fork: fifty processes on one socket to the broker read each other's answers.

    The pools are filled anew: whoever races goes on afterwards, and would wait for ever at an empty one.
    """
    connections.close_all()
    for pool in (current_app.producer_pool, current_app.pool):
        pool.resize(pool.limit, ignore_errors=True, reset=True)


def _hear(told: Any, expected: int) -> list[Told]:
    """Raises RuntimeError when a contender broke down outside its attempt, instead of waiting for the others."""
    heard: list[Told] = []
    while len(heard) < expected:
        heard.append(told.get(timeout=GATE_SECONDS))
        if heard[-1].round == BROKEN:
            raise RuntimeError(heard[-1].what)
    return heard


def _contend(
    attempt: Callable[[int, int], Any], me: int, rounds: int, gate: Any, told: Any, *, in_step: bool
) -> None:
    try:
        _take_part(attempt, me, rounds, gate, told, in_step=in_step)
    except Exception:
        gate.abort()
        told.put(Told(BROKEN, traceback.format_exc(), 0, 0))
    connections.close_all()
    told.close()
    told.join_thread()
    os._exit(0)  # clean-up (pytest's, say) belongs to the parent


def _take_part(
    attempt: Callable[[int, int], Any], me: int, rounds: int, gate: Any, told: Any, *, in_step: bool
) -> None:
    connection.ensure_connection()  # as a web process has one already
    for number in range(rounds):
        if in_step or number == 0:
            gate.wait(GATE_SECONDS)
        began = time.monotonic()
        what = _outcome(attempt, me, number)
        told.put(Told(number, what, began, time.monotonic()))


def _outcome(attempt: Callable[[int, int], Any], me: int, number: int) -> str:
    try:
        attempt(me, number)
    except Refusal as refusal:
        return REFUSED if refusal.message else MUTE
    except Exception:
        return traceback.format_exc()
    return BOOKED
