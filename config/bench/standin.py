"""A carrier of texts in a process of its own, speaking Twilio's HTTP, with a ledger of its own and a chosen latency.

`python -m config.bench.standin --ledger FILE [--latency-ms 50]` prints its port and serves until it is stopped.
"""

import argparse
import time
from pathlib import Path
from urllib.parse import urlsplit

from config.bench.ledger import Ledger
from messaging.tests.standin import Entry, Server, Standin


class SlowStandin(Standin):
    """The tests' stand-in, but as far away as a carrier is, and writing down what it takes."""

    def __init__(self, ledger: Ledger, latency_seconds: float) -> None:
        super().__init__()
        self.book, self.latency_seconds = ledger, latency_seconds

    def take(self, form: dict[str, str]) -> Entry:
        time.sleep(self.latency_seconds)
        entry = super().take(form)
        callback = form.get("StatusCallback", "")
        token = urlsplit(callback).path.rstrip("/").rpartition("/")[2]
        self.book.write(sid=entry.sid, token=token, to=entry.to, sender=entry.sender, callback=callback)
        return entry


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ledger", type=Path, required=True)
    parser.add_argument("--latency-ms", type=int, default=50)
    given = parser.parse_args()
    server = Server(SlowStandin(Ledger(given.ledger), given.latency_ms / 1000))
    print(server.server_port, flush=True)  # noqa: T201  this line is how we are found
    server.serve_forever()


if __name__ == "__main__":
    main()
