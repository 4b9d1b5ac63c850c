"""One PostgreSQL server in one folder, reachable only through a socket in a private folder.

`--auth=trust` is safe for that reason alone: no address, and the socket folder has mode 700.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from config.local.binaries import postgres_bin
from config.local.places import own_folder, reachable, socket_folder
from config.local.processes import (
    alive,
    as_server_user,
    die_with_parent,
    give_to_server_user,
    server_environment,
    stop,
)
from config.local.trouble import Trouble

START_SECONDS = 60  # a large data folder may need to recover after a kill -9
STOP_SIGNAL = signal.SIGINT  # PostgreSQL's fast, clean stop
URL_NAME = "DATABASE_URL"
STANDING = (
    "listen_addresses=",
    "unix_socket_permissions=0700",
    "max_connections=200",
    "lock_timeout=30s",  # a forgotten transaction shows as an error, not as a page that never comes
    "timezone=UTC",
    "log_min_messages=warning",
)
UNSAFE_AND_FAST = (
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
)  # throw-away servers only


def start(folder: Path, *, fast: bool) -> tuple[subprocess.Popen[bytes], str]:
    """The running server and its DATABASE_URL."""
    binaries = postgres_bin()
    home = reachable(folder)
    data, log = home / "data", home / "server.log"
    refuse_other_version(data, binaries)
    if not data.exists():
        make_data(data, binaries, log)
    end_left_over_server(data, binaries)
    sockets = own_sockets(folder)
    options = (
        *STANDING,
        f"unix_socket_directories={sockets}",
        *(UNSAFE_AND_FAST if fast else ()),
    )
    server = launch(
        [
            binaries / "postgres",
            "-D",
            data,
            *(word for o in options for word in ("-c", o)),
        ],
        log,
    )
    wait_until_it_answers(server, binaries, sockets, log)
    return server, f"postgres://app@/postgres?host={sockets}&port=5432"


def finish(server: subprocess.Popen[bytes], folder: Path) -> None:
    stop(server, STOP_SIGNAL, patience_seconds=10)
    shutil.rmtree(socket_folder(folder), ignore_errors=True)


def answers(url: str) -> bool:
    found = re.search(r"host=([^&]+)", url)
    return bool(found) and ready(postgres_bin(), Path(found[1]))


def version_of(binaries: Path) -> str:
    said = subprocess.run(
        [binaries / "postgres", "--version"], capture_output=True, text=True, check=True
    ).stdout
    return re.search(r"\d+", said)[0]  # type: ignore[index]  # every PostgreSQL names its version


def refuse_other_version(data: Path, binaries: Path) -> None:
    marker = data / "PG_VERSION"
    if not marker.exists():
        return
    theirs, ours = marker.read_text().strip(), version_of(binaries)
    if theirs != ours:
        raise Trouble(
            f"{data} was made by PostgreSQL {theirs}, this is PostgreSQL {ours}: "
            f"delete that folder to begin anew with the demo, or set PG_BINDIR to PostgreSQL {theirs}."
        )


def make_data(data: Path, binaries: Path, log: Path) -> None:
    """Made beside its place and moved there when whole, so an interrupted start leaves no half folder."""
    unfinished = data.with_suffix(".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o700)
    give_to_server_user(unfinished)
    command = [
        binaries / "initdb",
        "-D",
        unfinished,
        "-U",
        "app",
        "--auth=trust",
        "--encoding=UTF8",
    ]
    made = launch([*command, "--no-locale", "--no-sync"], log)
    if made.wait() != 0:
        raise Trouble(f"PostgreSQL could not make its data folder: {last_words(log)}")
    unfinished.rename(data)


def end_left_over_server(data: Path, binaries: Path) -> None:
    """A killed run leaves `postmaster.pid`; its number may by now belong to a stranger, so look first."""
    pid_file = data / "postmaster.pid"
    if not pid_file.exists():
        return
    pid = int(pid_file.read_text().split()[0])
    if alive(pid) and serves(pid, data):
        subprocess.run(
            [binaries / "pg_ctl", "-D", data, "-m", "fast", "-w", "stop"],
            capture_output=True,
            check=False,
            env=server_environment(),
            cwd="/",
            **as_server_user(),
        )
    pid_file.unlink(missing_ok=True)


def serves(pid: int, data: Path) -> bool:
    if sys.platform == "linux":
        try:
            return Path(f"/proc/{pid}/cwd").readlink() == data
        except OSError:
            return False
    said = subprocess.run(
        ["/bin/ps", "-o", "comm=", "-p", str(pid)],
        capture_output=True,
        text=True,
        check=False,
    )
    return "postgres" in said.stdout


def own_sockets(folder: Path) -> Path:
    """Made anew at each start, so a hand left by another user's run is never trusted."""
    sockets = socket_folder(folder)
    if sockets.exists() and os.geteuid() == 0:
        shutil.rmtree(sockets)
    own_folder(sockets)
    give_to_server_user(sockets)
    return sockets


def launch(command: list[object], log: Path) -> subprocess.Popen[bytes]:
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
