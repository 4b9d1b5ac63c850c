"""Children that never outlive us, and the user PostgreSQL runs as when we are root."""

import ctypes
import os
import pwd
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

PR_SET_PDEATHSIG = 1
KEPT_PG_NAMES = {"PG_BINDIR"}


def die_with_parent(sig: signal.Signals = signal.SIGTERM) -> Callable[[], None] | None:
    """For `preexec_fn`. The kernel watches the *thread* that starts the child: call from the main one."""
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None)
    return lambda: libc.prctl(PR_SET_PDEATHSIG, int(sig))


def forget_pg_settings(environ: Any) -> None:
    """The user's PGPORT, PGSERVICE and the like are meant for another server."""
    for name in [name for name in environ if name.startswith("PG") and name not in KEPT_PG_NAMES]:
        del environ[name]


def server_environment() -> dict[str, str]:
    environ = dict(os.environ)
    forget_pg_settings(environ)
    return environ | {"LC_ALL": "C.UTF-8" if sys.platform == "linux" else "C"}


def as_server_user() -> dict[str, Any]:
    """Popen arguments: PostgreSQL refuses to run as root, so there it runs as nobody."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def give_to_server_user(path: Path) -> None:
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        os.chown(path, nobody.pw_uid, nobody.pw_gid)


def stop(process: subprocess.Popen[Any], sig: signal.Signals, patience_seconds: float) -> None:
    if process.poll() is not None:
        return
    process.send_signal(sig)
    try:
        process.wait(patience_seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
