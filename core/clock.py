"""The only clock. Its source is the database, so every process agrees, and a demo or a test can move it.

One read per operation or tick, at its top; rules and SQL get `now` as a parameter.
"""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.conf import settings
from django.db import connection

_frozen: ContextVar[dt.datetime | None] = ContextVar("frozen_now", default=None)

_OFFSET = "coalesce(nullif(current_setting('app.clock_offset', true), ''), '0')::interval"
_PLAIN, _MOVED = "clock_timestamp()", f"clock_timestamp() + {_OFFSET}"


class ClockFixed(RuntimeError):
    """The clock may be moved only with DEBUG on."""


def now() -> dt.datetime:
    """Aware UTC. Inside `frozen` the frozen moment, else the database's clock plus its offset."""
    if (moment := _frozen.get()) is not None:
        return moment
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {sql()}")
        return cursor.fetchone()[0]


def sql() -> str:
    """For a query that is made anyway: the clock rides along. Give what came back to `seen`."""
    return _MOVED if settings.CLOCK_MOVABLE else _PLAIN


def known() -> dt.datetime | None:
    """The moment time stands at, if it does; else a query has to ask by `sql`."""
    return _frozen.get()


def seen(moment: dt.datetime) -> dt.datetime:
    """`moment` as `sql` read it, or the frozen one."""
    return _frozen.get() or moment


@contextmanager
def frozen(at: dt.datetime) -> Iterator[None]:
    """Let `now()` answer `at` in this context (tests, simulator). Raises ValueError for a naive datetime."""
    if at.tzinfo is None:
        raise ValueError("frozen() needs an aware datetime")
    token = _frozen.set(at.astimezone(dt.UTC))
    try:
        yield
    finally:
        _frozen.reset(token)


def set_offset(offset: dt.timedelta) -> None:
    """Move the clock of every process that connects from now on. Raises ClockFixed unless DEBUG."""
    if not settings.CLOCK_MOVABLE:
        raise ClockFixed("The clock can be moved only with DEBUG=1.")
    seconds = int(offset.total_seconds())
    with connection.cursor() as cursor:
        name = connection.ops.quote_name(connection.settings_dict["NAME"])
        cursor.execute(
            f"ALTER DATABASE {name} SET app.clock_offset = '{seconds} seconds'"
        )  # an int and our own name
        cursor.execute("SELECT set_config('app.clock_offset', %s, false)", [f"{seconds} seconds"])
