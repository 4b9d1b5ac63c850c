"""Children of a bench: their words in a log, none left behind."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from config.bench.trouble import CouldNotRun
from config.local.places import ROOT
from config.local.processes import die_with_parent, stop

START_SECONDS = 60
STOP_SECONDS = 5
# Of a test run that started us: its coverage and its plugins are not for our children.
NOT_OURS = ("PYTEST", "COV_")


def inherited() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(NOT_OURS)}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Children:
    """Started from the main thread (the kernel ends a child with the thread that started it), stopped last first."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.running: dict[str, subprocess.Popen[str]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for name in reversed(list(self.running)):
            self.end(name)

    def start(self, name: str, *words: str, environ: dict[str, str]) -> None:
        with (self.folder / f"{name}.log").open("a") as log:
            self.running[name] = self._spawn(words, environ, stdout=log, stderr=log)

    def start_and_hear(self, name: str, *words: str) -> str:
        """The child's first line: where it listens."""
        with (self.folder / f"{name}.log").open("a") as log:
            child = self._spawn(words, inherited(), stdout=subprocess.PIPE, stderr=log)
        self.running[name] = child
        said = child.stdout.readline().strip() if child.stdout else ""
        if not said:
            raise CouldNotRun(f"{name} did not start: {self.last_words(name)}")
        return said

    def end(self, name: str) -> None:
        child = self.running.pop(name)
        stop(child, signal.SIGTERM, patience_seconds=STOP_SECONDS)
        if child.stdout:
            child.stdout.close()

    def wait_for(self, name: str, question: Callable[[], bool]) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not question():
            if self.running[name].poll() is not None or time.monotonic() > deadline:
                raise CouldNotRun(f"{name} did not start: {self.last_words(name)}")
            time.sleep(0.05)

    def last_words(self, name: str) -> str:
        lines = (self.folder / f"{name}.log").read_text(errors="replace").strip().splitlines()
        return lines[-1] if lines else "no reason given"

    @staticmethod
    def _spawn(
        words: tuple[str, ...], environ: dict[str, str], *, stdout: IO[str] | int, stderr: IO[str]
    ) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, *words],
            cwd=ROOT,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            text=True,
            start_new_session=True,  # Ctrl-C reaches us alone, and we stop them in order
            preexec_fn=die_with_parent(),  # noqa: PLW1509  one thread here, and no other way
        )


def answers(port: int, path: str) -> bool:
    talk = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        talk.request("GET", path)
        return talk.getresponse().status < 500
    except (OSError, http.client.HTTPException):
        return False
    finally:
        talk.close()


@contextmanager
def said_when_failing(children: Children) -> Iterator[None]:
    """A child that died takes the case along; its log says why."""
    try:
        yield
    except (OSError, http.client.HTTPException) as error:
        dead = [name for name, child in children.running.items() if child.poll() is not None]
        why = "; ".join(f"{name}: {children.last_words(name)}" for name in dead) or str(error)
        raise CouldNotRun(why) from error
