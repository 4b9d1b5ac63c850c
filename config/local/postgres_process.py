"""Starting PostgreSQL's programs and hearing what they say."""

import re
import signal
import subprocess
import time
from pathlib import Path

from config.local.processes import as_server_user, die_with_parent, server_environment, stop
from config.local.trouble import Trouble

START_SECONDS = 60  # a large data folder may need to recover after a kill -9
STOP_SIGNAL = signal.SIGINT  # PostgreSQL's fast, clean stop


def launch(command: list[object], log: Path) -> subprocess.Popen[bytes]:
    log.touch(mode=0o600)  # a failing statement is quoted in it
    with log.open("wb") as output:
        return subprocess.Popen(
            [str(word) for word in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=server_environment(),
            cwd="/",
            start_new_session=True,
            preexec_fn=die_with_parent(STOP_SIGNAL),  # noqa: PLW1509  one thread here, and no other way
            **as_server_user(),
        )


def ready(binaries: Path, sockets: Path) -> bool:
    asked = subprocess.run(
        [binaries / "pg_isready", "-q", "-h", sockets, "-p", "5432"],
        check=False,
        env=server_environment(),
    )
    return asked.returncode == 0


def wait_until_it_answers(server: subprocess.Popen[bytes], binaries: Path, sockets: Path, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not ready(binaries, sockets):
        if server.poll() is not None:
            raise Trouble(f"PostgreSQL did not start: {last_words(log)}")
        if time.monotonic() > deadline:
            stop(server, STOP_SIGNAL, patience_seconds=5)
            raise Trouble(f"PostgreSQL did not answer within {START_SECONDS} s: see {log}")
        time.sleep(0.02)


def last_words(log: Path) -> str:
    """The line that says why, out of a log that may end in hints."""
    lines = [line.strip() for line in log.read_text(errors="replace").splitlines() if line.strip()]
    telling = [line for line in lines if re.search(r"FATAL|PANIC|error:|could not|No space left", line)]
    return f"{(telling or lines or ['no reason given'])[0]} (log: {log})"
