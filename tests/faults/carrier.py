"""The carrier outside: a process of its own, told what to do wrong, with a ledger it alone writes."""

import json
import subprocess
import sys
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from config.bench import ledger
from config.local.places import ROOT
from config.local.processes import die_with_parent


@dataclass
class Outside:
    url: str
    book: Path
    process: subprocess.Popen

    def behave(self, **wishes: float | bool | str) -> None:
        """See `config.bench.standin.Conduct`."""
        request = urllib.request.Request(f"{self.url}/control", json.dumps(wishes).encode(), method="POST")
        with urllib.request.urlopen(request, timeout=5):
            pass

    def taken(self) -> Counter[str]:
        """How often each number got something."""
        return Counter(entry.to for entry in ledger.read(self.book))


@contextmanager
def outside(folder: Path, *, latency_ms: float = 10, port: int = 0) -> Iterator[Outside]:
    book = folder / "carrier.ledger"
    book.unlink(missing_ok=True)
    words = ["-m", "config.bench.standin", "--ledger", str(book), "--latency-ms", str(latency_ms)]
    process = subprocess.Popen(
        [sys.executable, *words, "--port", str(port)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=die_with_parent(),  # noqa: PLW1509  no other way
    )
    try:
        found = process.stdout.readline().strip()
        yield Outside(f"http://127.0.0.1:{found}", book, process)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
