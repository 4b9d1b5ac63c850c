"""One PostgreSQL server in one folder, reachable only through a socket in a private folder.

`--auth=trust` is safe for that reason alone: no address, and the socket folder has mode 700.
"""

import os
import re
import shutil
import subprocess
from pathlib import Path

from config.local.binaries import postgres_bin
from config.local.places import own_folder, reachable, socket_folder
from config.local.postgres_data import end_left_over_server, make_data, refuse_other_version
from config.local.postgres_process import STOP_SIGNAL, launch, ready, wait_until_it_answers
from config.local.processes import give_to_server_user, stop

URL_NAME = "DATABASE_URL"
STANDING = (
    "listen_addresses=",
    "unix_socket_permissions=0700",
    "max_connections=200",
    "lock_timeout=30s",  # a forgotten transaction shows as an error, not as a page that never comes
    "timezone=UTC",
    "log_min_messages=warning",
)
UNSAFE_AND_FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")  # thrown away anyway


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
    options = (*STANDING, f"unix_socket_directories={sockets}", *(UNSAFE_AND_FAST if fast else ()))
    words = [word for option in options for word in ("-c", option)]
    server = launch([binaries / "postgres", "-D", data, *words], log)
    wait_until_it_answers(server, binaries, sockets, log)
    return server, f"postgres://app@/postgres?host={sockets}&port=5432"


def finish(server: subprocess.Popen[bytes], folder: Path) -> None:
    stop(server, STOP_SIGNAL, patience_seconds=10)
    shutil.rmtree(socket_folder(folder), ignore_errors=True)


def answers(url: str) -> bool:
    found = re.search(r"host=([^&]+)", url)
    return found is not None and ready(postgres_bin(), Path(found[1]))


def own_sockets(folder: Path) -> Path:
    """Made anew at each start, so a hand left by another user's run is never trusted."""
    sockets = socket_folder(folder)
    if sockets.exists() and os.geteuid() == 0:
        shutil.rmtree(sockets)
    own_folder(sockets)
    give_to_server_user(sockets)
    return sockets
