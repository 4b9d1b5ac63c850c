"""Where local files live, and which of them another user may enter."""

import hashlib
import os
import stat
import tempfile
from pathlib import Path

from config.local.trouble import Trouble

ROOT = Path(__file__).resolve().parents[2]
LOCAL = ROOT / ".local"
# As root the servers run as nobody, who has to pass through; otherwise nobody else has any business here.
PASSABLE = 0o711 if os.geteuid() == 0 else 0o700
LONGEST_TEMP = 60  # the path of a unix socket ends at 107 bytes, on macOS at 103


def short_name(path: Path) -> str:
    return "stillwater-" + hashlib.sha256(str(path).encode()).hexdigest()[:12]


def open_to_others(folder: Path) -> bool:
    """Whether every folder down to this one lets a stranger through."""
    return all(part.stat().st_mode & stat.S_IXOTH for part in (folder, *folder.parents))


def own_folder(path: Path, mode: int = 0o700) -> Path:
    """Make or reuse a folder of ours. In a shared place someone else may have made it first: refused."""
    try:
        path.mkdir(mode=mode, parents=True, exist_ok=True)
    except OSError as problem:
        raise Trouble(f"{path} cannot be made: {problem.strerror}.") from None
    facts = path.lstat()
    if not stat.S_ISDIR(facts.st_mode) or facts.st_uid != os.geteuid():
        raise Trouble(f"{path} belongs to somebody else: remove it and try again.")
    path.chmod(mode)
    return path


def stand_in(folder: Path) -> Path:
    return Path("/var/tmp") / short_name(folder)  # noqa: S108  ownership is checked before use


def reachable(folder: Path) -> Path:
    """This folder, or as root a stand-in for it that the servers' user may enter."""
    own_folder(folder, PASSABLE)
    if os.geteuid() != 0 or open_to_others(folder):
        return folder
    return own_folder(own_folder(stand_in(folder.parent), PASSABLE) / folder.name, PASSABLE)


def shared_temp() -> Path:
    """Short enough for the path of a socket, and as root open to the servers' user."""
    for parent in (Path(tempfile.gettempdir()), Path("/tmp")):  # noqa: S108  what we make in it is checked
        if len(str(parent)) <= LONGEST_TEMP and (os.geteuid() != 0 or open_to_others(parent)):
            return parent
    raise Trouble("No folder for sockets: set TMPDIR to a short path that others may enter.")


def socket_folder(folder: Path) -> Path:
    """A short private path for the sockets of the server that lives in `folder`; not made yet."""
    return shared_temp() / short_name(folder)
