"""A database of the simulation's own, on the server of DATABASE_URL: made once, empty but for the tables, and kept.

So it needs nothing set up before, what is in the practice's own tables changes no figure, and it locks nothing there.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.core.management import call_command

from config.bench.databases import Database, Server, connected, tables

NAME = "simulation"


@contextmanager
def own_database(say: Callable[[str], object]) -> Iterator[None]:
    """Django's connection goes there inside the block. One at a time: a second waits."""
    with Server(say) as server:
        database = Database(name=NAME, opens_at=dt.datetime.now(dt.UTC))
        if server.remembered(NAME) != {"tables": tables()}:
            say(f"Making the database “{NAME}”: once, then it is kept …")
            server.drop(NAME)
            server.run("CREATE DATABASE {}", NAME)
            with connected(database):
                call_command("migrate", verbosity=0)
            server.remember(NAME, {"tables": tables()})
        with connected(database):
            yield
