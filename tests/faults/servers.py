"""A database and a broker of the harness's own, so that they can be made to fail."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import redis

from config.local import postgres, valkey
from config.local.environment import fill_local_values
from config.local.keys import NAMES
from config.local.places import PASSABLE, ROOT, own_folder, shared_temp
from config.local.processes import die_with_parent


@dataclass
class Servers:
    """given: the address of a database that stands already; nothing can then make it crash."""

    folder: Path
    given: str
    database: subprocess.Popen = field(init=False)
    broker: subprocess.Popen = field(init=False)

    def start(self) -> None:
        self.broker, os.environ["REDIS_URL"] = valkey.start(self.folder / "valkey", fast=True)
        if self.given:
            os.environ["DATABASE_URL"] = self.given
        else:  # not `fast`: what was committed must be there after a crash, as in production
            self.database, os.environ["DATABASE_URL"] = postgres.start(self.folder / "postgres", fast=False)

    def stop(self) -> None:
        if not self.given:
            postgres.finish(self.database, self.folder / "postgres")
        valkey.finish(self.broker, self.folder / "valkey")

    def crash_database(self) -> None:
        """As `pg_ctl restart -m immediate`: every connection breaks, and the log is replayed."""
        self.database.send_signal(signal.SIGQUIT)
        self.database.wait(30)
        self.database, _ = postgres.start(self.folder / "postgres", fast=False)

    def flush_broker(self) -> None:
        redis.Redis.from_url(os.environ["REDIS_URL"]).flushall()

    def stop_broker(self) -> None:
        self.broker.kill()
        self.broker.wait()

    def start_broker(self) -> None:
        parts = urlsplit(os.environ["REDIS_URL"])
        self.broker = valkey.launch(self.folder / "valkey", int(parts.port or 0), str(parts.password))


@contextmanager
def servers(given: str = "") -> Iterator[Servers]:
    before = dict(os.environ)
    with tempfile.TemporaryDirectory(prefix="stillwater-faults-", dir=shared_temp()) as at:
        own_folder(Path(at), PASSABLE)
        fill_local_values({name: f"{name.lower()}-of-the-faults" + "0" * 30 for name in NAMES})
        both = Servers(Path(at), given)
        both.start()
        try:
            yield both
        finally:
            both.stop()
            os.environ.clear()
            os.environ.update(before)


CELERY = ("-W", "ignore", "-m", "celery", "-q", "-A", "config.celery")
WORKER = (
    "worker",
    "--pool",
    "threads",
    "-c",
    "2",
    "--without-gossip",
    "--without-mingle",
    "--loglevel",
    "ERROR",
)
BEAT = ("beat", "--loglevel", "ERROR", "--pidfile=")


class Celery:
    """Two workers and two beats, as nobody should run them; whichever is killed stays dead."""

    def __init__(self, folder: Path) -> None:
        self.beats = [self._start(folder, f"beat{n}", *BEAT) for n in (1, 2)]
        self.workers = [
            self._start(folder, f"worker{n}", *WORKER, "--hostname", f"w{n}@faults") for n in (1, 2)
        ]

    @staticmethod
    def _start(folder: Path, name: str, *words: str) -> subprocess.Popen:
        return subprocess.Popen(
            [sys.executable, *CELERY, *words],
            cwd=ROOT,
            env=os.environ | {"CELERY_BEAT_FILE": str(folder / name)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            preexec_fn=die_with_parent(),  # noqa: PLW1509  no other way
        )

    def stop(self) -> None:
        for child in (*self.beats, *self.workers):
            child.kill()
            child.wait()
        time.sleep(0.1)
