"""What a stand-in carrier has accepted: one line per message, appended before it answers. It knows nothing of ours."""

import json
import os
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """`at`: seconds since the epoch. `token`: of our attempt. `callback`: where the carrier is to report to."""

    at: float
    token: str
    sid: str = ""
    to: str = ""
    sender: str = ""
    callback: str = ""


class Ledger:
    """One writing process, any number of threads and readers."""

    def __init__(self, path: Path) -> None:
        self.file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        self.lock = threading.Lock()

    def write(self, **facts: str) -> None:
        with self.lock:
            line = json.dumps(asdict(Entry(at=time.time(), **facts)))
            os.write(self.file, line.encode() + b"\n")


def read(path: Path) -> Iterator[Entry]:
    with path.open() as lines:
        for line in lines:
            yield Entry(**json.loads(line))


def count(path: Path) -> int:
    return path.read_bytes().count(b"\n")
