"""A mail server in a process of its own that takes everything and writes it down. (Python has none any more.)

`python -m config.bench.smtp_sink --ledger FILE [--latency-ms 50]` prints its port and serves until it is stopped.
"""

import argparse
import socketserver
import time
from email.parser import BytesHeaderParser
from pathlib import Path

from config.bench.ledger import Ledger

# Twin: messaging.carriers.email; importing that would load Django here.
ATTEMPT_HEADER = "X-Stillwater-Attempt"
OK = "250 OK"
ANSWERS = {"HELO": OK, "EHLO": OK, "MAIL": OK, "RCPT": OK, "RSET": OK, "NOOP": OK}


class Sink(socketserver.ThreadingTCPServer):
    daemon_threads = True
    request_queue_size = 50

    def __init__(self, ledger: Ledger, latency_seconds: float) -> None:
        super().__init__(("127.0.0.1", 0), Talk)
        self.ledger, self.latency_seconds = ledger, latency_seconds


class Talk(socketserver.StreamRequestHandler):
    """One connection. RFC 5321 as far as smtplib goes: one line, one answer; DATA ends with a single dot."""

    server: Sink
    disable_nagle_algorithm = True

    def handle(self) -> None:
        self.say("220 sink")
        while line := self.rfile.readline():
            verb = line[:4].decode("ascii", "replace").upper()
            if verb == "DATA":
                self.take()
            elif verb == "QUIT":
                self.say("221 bye")
                return
            else:
                self.say(ANSWERS.get(verb, "502 not known here"))

    def take(self) -> None:
        self.say("354 go on")
        letter = b"".join(iter(self.rfile.readline, b".\r\n"))
        headers = BytesHeaderParser().parsebytes(letter)
        time.sleep(self.server.latency_seconds)
        self.server.ledger.write(token=headers.get(ATTEMPT_HEADER, ""), to=headers.get("To", ""))
        self.say(OK)

    def say(self, words: str) -> None:
        self.wfile.write(words.encode() + b"\r\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ledger", type=Path, required=True)
    parser.add_argument("--latency-ms", type=int, default=50)
    given = parser.parse_args()
    server = Sink(Ledger(given.ledger), given.latency_ms / 1000)
    print(server.server_address[1], flush=True)  # noqa: T201  this line is how we are found
    server.serve_forever()


if __name__ == "__main__":
    main()
