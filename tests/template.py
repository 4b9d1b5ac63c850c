"""One migrated database for the whole run: whoever needs a fresh one copies it in a second instead of migrating."""

import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from config.local.places import ROOT

NAME = "stillwater_migrated"
ONE_AT_A_TIME = 5_318_008


def database_url(name: str) -> str:
    """The run's server, another database on it."""
    url = os.environ["DATABASE_URL"]
    head, _, tail = url.partition("?")
    return f"{head.rsplit('/', 1)[0]}/{name}?{tail}"


def migrated() -> str:
    """Its name. Made by the first who asks; others wait. Nobody stays connected to it: a copy would be refused."""
    with psycopg.connect(database_url("postgres"), autocommit=True) as server:
        server.execute("SET lock_timeout = 0")
        server.execute("SELECT pg_advisory_lock(%s)", [ONE_AT_A_TIME])
        if not server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [NAME]).fetchone():
            _make(server)
    return NAME


def copy(name: str) -> None:
    with psycopg.connect(database_url("postgres"), autocommit=True) as server:
        server.execute(f'CREATE DATABASE "{name}" TEMPLATE "{migrated()}"')


def drop(name: str) -> None:
    """Whoever is still connected is sent away."""
    with psycopg.connect(database_url("postgres"), autocommit=True) as server:
        server.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@contextmanager
def copied() -> Iterator[str]:
    """The address of a fresh database, as long as it is needed."""
    name = f"copied_{uuid.uuid4().hex[:8]}"
    copy(name)
    try:
        yield database_url(name)
    finally:
        drop(name)


def _make(server: psycopg.Connection) -> None:
    being_made = f"{NAME}_soon"
    server.execute(f'DROP DATABASE IF EXISTS "{being_made}"')
    server.execute(f'CREATE DATABASE "{being_made}"')
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "manage.py", "migrate", "--verbosity", "0"],
        cwd=ROOT,
        env=os.environ | {"DATABASE_URL": database_url(being_made)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    server.execute(f'ALTER DATABASE "{being_made}" RENAME TO "{NAME}"')
