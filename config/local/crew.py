"""Children of one supervisor: their lines prefixed, none left behind, stopped last-in first-out."""

import subprocess
import sys
import threading
import time
from typing import IO

from config.local.places import ROOT
from config.local.processes import die_with_parent


class ChildEnded(Exception):
    """One of the children is gone although nobody asked it to go."""


class Crew:
    def __init__(self) -> None:
        self.children: dict[str, subprocess.Popen[str]] = {}

    def start(self, name: str, *words: str) -> None:
        """Call from the main thread: the kernel ends a child with the thread that started it."""
        child = subprocess.Popen(
            [sys.executable, *words],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,  # Ctrl-C reaches us alone, so we choose the order of leaving
            preexec_fn=die_with_parent(),  # noqa: PLW1509  readers are asleep in read(), and no other way
        )
        self.children[name] = child
        threading.Thread(target=relay, args=(name, child.stdout), daemon=True).start()

    def watch(self) -> None:
        for name, child in self.children.items():
            code = child.poll()
            if code is not None:
                raise ChildEnded(f"{name} ended {reason(code)}, so everything else stops too.")

    def finish(self, name: str) -> int:
        """Wait for a child that is meant to end by itself."""
        code = self.children[name].wait()
        del self.children[name]
        return code

    def stop(self, patience_seconds: float) -> None:
        deadline = time.monotonic() + patience_seconds
        leaving = list(reversed(self.children.values()))
        for child in leaving:
            if child.poll() is None:
                child.terminate()
        for child in leaving:
            wait_or_kill(child, deadline - time.monotonic())


def relay(name: str, lines: IO[str]) -> None:
    with lines:
        for line in lines:
            if line.strip():
                print(f"{name:<7}| {line.rstrip()}", flush=True)


def reason(code: int) -> str:
    return f"by signal {-code}" if code < 0 else f"with exit code {code}"


def wait_or_kill(child: subprocess.Popen[str], patience_seconds: float) -> None:
    try:
        child.wait(max(patience_seconds, 0))
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
