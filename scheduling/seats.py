"""Places in what meets again and again, and who stands in line for one: two apps above meet here and stay strangers.

One keeps the places and the line (`keep`, in its `ready()`); another offers a place that came free and shows who is
asked (`offered_through`). Both know a set of places by an id that is opaque here. The keeper tells when something about
its places changed (`tell`), in the transaction of the act and under its own lock.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar
from uuid import UUID

from scheduling.signals import seats_changed

if TYPE_CHECKING:
    from practice.operations.acting import Acting
    from scheduling.models import Appointment


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """visit: the first session a newcomer would come to. free: places nobody has, for who comes to all that follow.

    line: client ids, who has waited longest first.
    """

    visit: Appointment | None = None
    free: int = 0
    line: Sequence[int] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeper:
    """lock(seats): before any other row but the Change; False when there is no such set of places.

    stand(seats, since): as things are, looking at sessions after `since`. Only reads.
    suits(seats, client, since): whether `give` would take them, nobody there to override anything. Only reads.
    give(acting, seats, client, since, notice): a place, and a seat on every session from `since` on. Raises Refusal.
    leave(acting, seats, client): they no longer stand in line.
    """

    lock: Callable[[UUID], bool]
    stand: Callable[[UUID, dt.datetime], Standing]
    suits: Callable[[UUID, int, dt.datetime], bool]
    give: Callable[[Acting, UUID, int, dt.datetime, str], None]
    leave: Callable[[Acting, UUID, int], None]


T = TypeVar("T")
# (seats, client ids) in; until when each of them is asked right now, out.
Offered = Callable[[UUID, Collection[int]], Mapping[int, dt.datetime]]

_keepers: list[Keeper] = []
_offered: list[Offered] = []


def keep(keeper: Keeper) -> None:
    """Raises ValueError when somebody else keeps the places. Registering the same one again is harmless."""
    _only(_keepers, keeper)


def offered_through(offered: Offered) -> None:
    _only(_offered, offered)


def keeper() -> Keeper:
    """Raises LookupError where nobody keeps any places: then nothing can have asked for them either."""
    if not _keepers:
        raise LookupError("nobody keeps places")
    return _keepers[0]


def offered(seats: UUID, client_ids: Collection[int]) -> Mapping[int, dt.datetime]:
    return _offered[0](seats, client_ids) if _offered and client_ids else {}


def tell(acting: Acting, seats: UUID, *, freed: int = 0) -> None:
    """Places were freed, taken or taken away, or the line is another. Not told of what `give` and `leave` did."""
    seats_changed.send(None, seats=seats, freed=freed, change=acting.change, now=acting.now)


def _only(registered: list[T], one: T) -> None:
    if not registered:
        registered.append(one)
    if registered[0] != one:
        raise ValueError("that is done by somebody else already")
