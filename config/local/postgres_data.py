"""PostgreSQL's data folder: made whole, of the right version, and without a server that outlived its run."""

import re
import shutil
import subprocess
from pathlib import Path

from config.local.postgres_process import last_words, launch
from config.local.processes import alive, as_server_user, give_to_server_user, server_environment
from config.local.trouble import Trouble


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
    if Path("/proc").is_dir():
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
