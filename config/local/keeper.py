"""Servers shared by whoever needs them, gone with the last one.

A user of a server holds a shared lock on `users.lock` in the server's folder. The server belongs to a
small process of its own, the keeper, which tries for the same lock alone: getting it means nobody is left,
so it stops the server. The kernel drops a lock however its holder ends, so `kill -9` leaves nothing either.
"""

import contextlib
import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import TextIO

from config.local import postgres, valkey
from config.local.places import PASSABLE, ROOT, own_folder
from config.local.processes import alive
from config.local.trouble import Trouble

SERVICES = {"postgres": postgres, "valkey": valkey}
LOOK_SECONDS = 0.1
STATE = "state.json"
READY = "ready"


@dataclass(frozen=True, slots=True)
class Held:
    """A server in use: it runs at least until `release`, or until this process ends."""

    name: str
    url: str
    folder: Path
    lock: TextIO

    def release(self, patience_seconds: float = 0) -> None:
        """With patience, come back when the server has stopped or time is up (others may still use it)."""
        self.lock.close()
        deadline = time.monotonic() + patience_seconds
        while time.monotonic() < deadline and (self.folder / STATE).exists():
            time.sleep(0.02)


def hold(service: str, folder: Path, *, fast: bool = False) -> Held:
    """Use the server of this folder, starting it when nobody else has. `fast` also means thrown away."""
    own_folder(folder.parent, PASSABLE)
    own_folder(folder, PASSABLE)
    lock = (folder / "users.lock").open("a")
    try:
        fcntl.flock(lock, fcntl.LOCK_SH)  # waits while a keeper is stopping
        return Held(service, url_of(service, folder, fast=fast), folder, lock)
    except BaseException:
        lock.close()
        raise


def url_of(service: str, folder: Path, *, fast: bool) -> str:
    with (folder / "start.lock").open("a") as one_at_a_time:
        fcntl.flock(one_at_a_time, fcntl.LOCK_EX)
        return running_url(service, folder) or start_keeper(service, folder, fast=fast)


def running_url(service: str, folder: Path) -> str | None:
    """Where the server is that a keeper wrote down, if it still answers."""
    try:
        state = json.loads((folder / STATE).read_text())
    except (OSError, ValueError):
        return None
    usable = alive(state["keeper"]) and SERVICES[service].answers(state["url"])
    return state["url"] if usable else None


def start_keeper(service: str, folder: Path, *, fast: bool) -> str:
    command = [
        sys.executable,
        "-m",
        "config.local",
        "keep",
        service,
        str(folder),
        *(["--fast"] if fast else []),
    ]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
    ) as first:
        said = first.stdout.readline().strip() if first.stdout else ""
    if said != READY:
        raise Trouble(said or f"The keeper of {service} ended without a word; its folder is {folder}.")
    return json.loads((folder / STATE).read_text())["url"]


def detach() -> None:
    """Leave the one who starts us at once: Ctrl-C is for the user of a server, and nobody has to wait for us."""
    if os.fork():
        os._exit(0)
    os.setsid()


def keep(service: str, folder: Path, *, fast: bool) -> None:
    """The keeper's life: start the server, say so, wait until nobody uses it, stop it."""
    detach()
    signal.signal(signal.SIGTERM, leave)
    try:
        server, url = SERVICES[service].start(folder, fast=fast)
    except OSError as problem:
        raise Trouble(
            f"{service} could not start: {problem.strerror} ({problem.filename or folder})"
        ) from None
    with (folder / "users.lock").open("a") as lock:  # held until all is cleared; newcomers wait
        try:
            write_state(folder, url)
            say_ready()
            wait_for_the_last(lock, server)
        finally:
            SERVICES[service].finish(server, folder)
            clear(folder, fast=fast)


def leave(signum: int, frame: FrameType | None) -> None:
    raise SystemExit(0)


def write_state(folder: Path, url: str) -> None:
    """Holds the broker's password, so for our eyes only; moved into place whole."""
    fresh = folder / f"{STATE}.new"
    fresh.unlink(missing_ok=True)
    fresh.touch(mode=0o600)
    fresh.write_text(json.dumps({"url": url, "keeper": os.getpid()}))
    fresh.rename(folder / STATE)


def say_ready() -> None:
    print(READY, flush=True)
    with Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), sys.stdout.fileno())  # the pipe's reader is about to leave


def wait_for_the_last(lock: TextIO, server: subprocess.Popen[bytes]) -> None:
    while server.poll() is None and not taken_alone(lock):
        time.sleep(LOOK_SECONDS)


def taken_alone(lock: TextIO) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def clear(folder: Path, *, fast: bool) -> None:
    (folder / STATE).unlink(missing_ok=True)
    if fast:
        shutil.rmtree(folder, ignore_errors=True)
        with contextlib.suppress(OSError):
            folder.parent.rmdir()  # the last of the throw-away pair takes the parent along


@contextlib.contextmanager
def held(services: dict[str, Path], *, fast: bool = False) -> Iterator[dict[str, str]]:
    """The URLs of these servers by the name of their variable, for the length of a block."""
    users = [hold(service, folder, fast=fast) for service, folder in services.items()]
    try:
        yield {SERVICES[user.name].URL_NAME: user.url for user in users}
    finally:
        for user in users:
            user.release()
        for user in users:
            user.release(patience_seconds=5)
