"""A web server that plays the calendar's host: an answer for each path, and what it was asked."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Host:
    """answers: path → (status, headers, body)."""

    port: int = 0
    answers: dict[str, tuple[int, dict[str, str], bytes]] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)

    @property
    def known(self) -> list[str]:
        return [f"127.0.0.1:{self.port}"]

    def url(self, path: str = "/cal.ics") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def says(self, body: bytes, path: str = "/cal.ics", status: int = 200, **headers: str) -> None:
        self.answers[path] = (status, headers, body)


@contextmanager
def host() -> Iterator[Host]:
    played = Host()

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            etag = self.headers.get("If-None-Match", "")
            played.asked.append((self.path, etag))
            status, headers, body = played.answers.get(self.path, (404, {}, b""))
            if etag and etag == headers.get("ETag"):
                status, body = 304, b""
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    played.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield played
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
