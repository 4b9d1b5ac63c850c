"""Databases of the bench: made once per scale on the server of DATABASE_URL, opened on the same moment each time.

What a database was built from stands in its comment; when that differs from what would be built now, or the build
was broken off, it is built anew. A case that writes gets a copy that is dropped afterwards.
"""

import datetime as dt
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self
from urllib.parse import urlsplit

from django.apps import apps
from django.db import connections
from django.utils.crypto import salted_hmac

from config.bench.processes import inherited
from config.bench.trouble import CouldNotRun
from config.demo.large.scales import SCALES
from config.local.places import ROOT

ONE_BENCH_AT_A_TIME = 7_164_203
COPY = "_copy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """The words of `manage.py demo`. `past`: past visits, where they are not the scale's own."""

    scale: str
    past: int | None = None
    seed: int = 1

    @property
    def name(self) -> str:
        return f"bench_{self.scale}" + (f"_past_{self.past}" if self.past is not None else "")

    @property
    def words(self) -> list[str]:
        past = [] if self.past is None else ["--past", str(self.past)]
        return ["demo", "--scale", self.scale, *past, "--seed", str(self.seed), "--json"]


def build_for(scale: str, past: int | None = None) -> Build:
    """The scale's own past needs no second database: large is its own `history_x100`."""
    own = SCALES[scale].past_visits
    return Build(scale=scale, past=None if past == own else past)


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """`opens_at`: what its clock reads when it is opened; aware UTC, a weekday at ten."""

    name: str
    opens_at: dt.datetime

    @property
    def url(self) -> str:
        return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{self.name}").geturl()


class Server:
    """The server of DATABASE_URL, through a connection beside Django's own. One bench at a time: figures."""

    def __init__(self, say: Any) -> None:
        self.say = say
        self.link = connections["default"].copy()

    def __enter__(self) -> Self:
        self.run("SET lock_timeout = 0")
        if not self.ask("SELECT pg_try_advisory_lock(%s)", ONE_BENCH_AT_A_TIME):
            self.say("Another bench is running on this server; waiting for it …")
            self.ask("SELECT pg_advisory_lock(%s)", ONE_BENCH_AT_A_TIME)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.link.close()

    def run(self, sql: str, *names: str) -> None:
        """`names` replace the {} of `sql`, quoted: PostgreSQL takes no parameters where a database is named."""
        with self.link.cursor() as cursor:
            cursor.execute(sql.format(*(self.link.ops.quote_name(name) for name in names)))

    def ask(self, sql: str, *values: Any) -> Any:
        """The first column of the first row; None without a row."""
        with self.link.cursor() as cursor:
            cursor.execute(sql, values)
            row = cursor.fetchone()
        return row[0] if row else None

    def drop(self, name: str) -> None:
        self.run("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)

    def set_clock(self, database: Database) -> None:
        """For whoever connects from now on."""
        ahead = database.opens_at - self.ask("SELECT clock_timestamp()")
        seconds = int(ahead.total_seconds())
        self.run(f"ALTER DATABASE {{}} SET app.clock_offset = '{seconds} seconds'", database.name)

    def remembered(self, name: str) -> dict[str, Any]:
        """Empty for a database that is not there, or whose build was broken off."""
        comment = self.ask(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", name
        )
        return json.loads(comment) if comment else {}

    def remember(self, name: str, facts: dict[str, Any]) -> None:
        text = self.ask("SELECT quote_literal(%s)", json.dumps(facts))
        with self.link.cursor() as cursor:
            cursor.execute(f"COMMENT ON DATABASE {self.link.ops.quote_name(name)} IS {text}")  # quoted above


class Site(Protocol):
    """Where a bench runs: the databases of a scale, or in tests one that is there already."""

    @property
    def server(self) -> Server: ...

    @property
    def scale(self) -> str: ...

    def database(self, past: int | None = None) -> Database: ...


@dataclass(frozen=True, slots=True)
class ScaleSite:
    """`fresh`: build anew although nothing has changed, each database once in a run."""

    server: Server
    scale: str
    fresh: bool = False
    made: set[str] = field(default_factory=set)

    def database(self, past: int | None = None) -> Database:
        build = build_for(self.scale, past)
        facts = self.server.remembered(build.name)
        is_stale = facts.get("built") != built_from(build)
        if is_stale or (self.fresh and build.name not in self.made):
            facts = make(self.server, build)
            self.made.add(build.name)
        return Database(name=build.name, opens_at=dt.datetime.fromisoformat(facts["opens_at"]))


def make(server: Server, build: Build) -> dict[str, Any]:
    server.say(f"Building {build.name}: once, then it is kept …")
    server.drop(build.name)
    server.run("CREATE DATABASE {}", build.name)
    database = Database(name=build.name, opens_at=dt.datetime.now(dt.UTC))  # not known yet, and not asked for
    _manage(database, "migrate", "--verbosity", "0")
    made = json.loads(_manage(database, *build.words).splitlines()[-1])
    # What autovacuum would have done by the next day: plans and index-only scans as in daily use.
    with connected(database), connections["default"].cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    facts = {"built": built_from(build), "opens_at": made["opens_at"], "made": made}
    server.remember(build.name, facts)
    return facts


def _manage(database: Database, *words: str) -> str:
    environ = inherited() | {
        "DATABASE_URL": database.url,
        "DEBUG": "1",
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }
    done = subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=ROOT,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise CouldNotRun(f"manage.py {' '.join(words)}: {said[-1] if said else 'failed'}")
    return done.stdout


def built_from(build: Build) -> dict[str, Any]:
    return asdict(build) | {"loader": _loader(), "tables": tables(), "key": _key()}


@cache
def _loader() -> str:
    """The code that makes the practice."""
    files = sorted((ROOT / "config" / "demo").rglob("*.py"))
    return _digest(*(path.read_bytes() for path in files))


def tables() -> str:
    """The migrations there are."""
    ours = (Path(app.path) / "migrations" for app in apps.get_app_configs())
    return _digest(*(str(path).encode() for folder in ours for path in sorted(folder.glob("[0-9]*.py"))))


def _key() -> str:
    """Passwords and encrypted columns belong to one SECRET_KEY; this tells two apart and gives nothing away."""
    return salted_hmac("config.bench.databases", "key", algorithm="sha256").hexdigest()[:12]


def _digest(*parts: bytes) -> str:
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:16]


@contextmanager
def connected(database: Database) -> Iterator[None]:
    """Django's own connection, and those of new threads and processes, go to this database inside the block."""
    own = connections["default"]
    before = own.settings_dict["NAME"]
    own.close()
    own.settings_dict["NAME"] = database.name
    try:
        yield
    finally:
        own.close()
        own.settings_dict["NAME"] = before


@contextmanager
def opened(site: Site, past: int | None = None) -> Iterator[Database]:
    """For cases that only read."""
    database = site.database(past)
    site.server.set_clock(database)
    with connected(database):
        yield database


@contextmanager
def copied(site: Site) -> Iterator[Database]:
    """For cases that write: the original stays as it was built, so the next run measures the same."""
    original = site.database()
    copy = Database(name=original.name + COPY, opens_at=original.opens_at)
    connections["default"].close()  # a database somebody is connected to cannot be copied
    with ExitStack() as leaving:
        site.server.drop(copy.name)
        site.server.run("CREATE DATABASE {} TEMPLATE {}", copy.name, original.name)
        leaving.callback(site.server.drop, copy.name)
        site.server.set_clock(copy)
        leaving.enter_context(connected(copy))
        yield copy
