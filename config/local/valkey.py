"""One Valkey (Redis protocol) server: own port on the loopback, own password, nothing kept on disk."""

import secrets
import signal
import socket
import subprocess
import time
from pathlib import Path
from urllib.parse import urlsplit

from config.local.binaries import valkey_server
from config.local.places import own_folder
from config.local.processes import die_with_parent, server_environment, stop
from config.local.trouble import Trouble

START_SECONDS = 10
URL_NAME = "REDIS_URL"
TRIES = 3  # between finding a free port and taking it, someone else may


def start(folder: Path, *, fast: bool) -> tuple[subprocess.Popen[bytes], str]:
    """The running server and its REDIS_URL. It is always fast: it never writes to disk."""
    del fast
    own_folder(folder)
    for _ in range(TRIES):
        port, password = free_port(), secrets.token_urlsafe(24)
        url = f"redis://:{password}@127.0.0.1:{port}/0"
        server = launch(folder, port, password)
        if came_up(server, url):
            return server, url
    raise Trouble(f"Valkey did not start: {last_words(folder / 'server.log')}")


def finish(server: subprocess.Popen[bytes], folder: Path) -> None:
    stop(server, signal.SIGTERM, patience_seconds=5)
    (folder / "valkey.conf").unlink(missing_ok=True)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def launch(folder: Path, port: int, password: str) -> subprocess.Popen[bytes]:
    settings = folder / "valkey.conf"
    settings.touch(mode=0o600)
    settings.write_text(
        f'bind 127.0.0.1\nport {port}\nrequirepass {password}\nsave ""\nappendonly no\ndir "{folder}"\n'
    )
    with (folder / "server.log").open("wb") as output:
        return subprocess.Popen(
            [str(valkey_server()), str(settings)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=server_environment(),
            start_new_session=True,
            preexec_fn=die_with_parent(),  # noqa: PLW1509  one thread here, and no other way
        )


def came_up(server: subprocess.Popen[bytes], url: str) -> bool:
    deadline = time.monotonic() + START_SECONDS
    while server.poll() is None and time.monotonic() < deadline:
        if answers(url):
            return True
        time.sleep(0.02)
    stop(server, signal.SIGKILL, patience_seconds=1)
    return False


def answers(url: str) -> bool:
    """A real conversation: another program may have taken the port since."""
    parts = urlsplit(url)
    try:
        with socket.create_connection((str(parts.hostname), int(parts.port or 0)), timeout=1) as talk:
            talk.sendall(f"AUTH {parts.password}\r\nPING\r\n".encode())
            return talk.makefile("rb").readline() == b"+OK\r\n"
    except OSError:
        return False


def last_words(log: Path) -> str:
    lines = [line.strip() for line in log.read_text(errors="replace").splitlines() if line.strip()]
    return f"{(lines or ['no reason given'])[-1]} (log: {log})"
