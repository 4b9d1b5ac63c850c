"""What a checkout of the repository allows once at a time."""

import fcntl
import shutil
from typing import TextIO

from config.local.places import LOCAL, PASSABLE, own_folder, stand_in
from config.local.trouble import Trouble


def alone() -> TextIO:
    """One run per checkout: two would fight over beat's file. The kernel opens this lock when we end."""
    own_folder(LOCAL, PASSABLE)
    lock = (LOCAL / "run.lock").open("a")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        raise Trouble("Stillwater already runs from this folder: stop that run first (Ctrl-C).") from None
    return lock


def forget() -> None:
    """Remove the local data, wherever it had to go, and the keys to it."""
    with alone():
        for folder in (LOCAL, stand_in(LOCAL)):
            shutil.rmtree(folder, ignore_errors=True)
