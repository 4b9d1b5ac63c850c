"""A carrier over real HTTP with a ledger of its own: what it accepted is the truth the tests judge by."""

import base64
import json
import threading
import uuid
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

ACCOUNT, SECRET = "AC" + "5" * 32, "standin-secret"


@dataclass
class Entry:
    """One accepted text."""

    sid: str
    to: str
    sender: str
    body: str
    created: datetime
    form: dict[str, str]

    def as_json(self) -> dict[str, Any]:
        date = format_datetime(self.created)
        return {
            "sid": self.sid,
            "account_sid": ACCOUNT,
            "to": self.to,
            "from": self.sender,
            "body": self.body,
            "status": "queued",
            "direction": "outbound-api",
            "date_created": date,
            "date_updated": date,
            "date_sent": None,
            "num_segments": "1",
            "num_media": "0",
            "price": None,
            "error_code": None,
            "api_version": "2010-04-01",
            "uri": f"/2010-04-01/Accounts/{ACCOUNT}/Messages/{self.sid}.json",
        }


@dataclass
class Standin:
    """faults: what happens to the next POSTs: drop, hang, block, 500, 503-after-accept, 429, or "400:21610"."""

    url: str = ""
    ledger: list[Entry] = field(default_factory=list)
    seen: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    faults: deque[str] = field(default_factory=deque)
    calls: list[dict[str, str]] = field(default_factory=list)
    questions: list[tuple[str, str, dict[str, list[str]]]] = field(default_factory=list)
    list_is_down: bool = False
    hidden: bool = False
    hang_seconds: float = 3.0
    status: str = "queued"  # what asking about one text answers
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    accepted: threading.Event = field(default_factory=threading.Event)
    release: threading.Event = field(default_factory=threading.Event)

    @property
    def texts(self) -> list[tuple[str, str]]:
        return [(entry.to, entry.body) for entry in self.ledger]

    def take(self, form: dict[str, str]) -> Entry:
        entry = Entry(
            f"SM{uuid.uuid4().hex}",
            form["To"],
            form["From"],
            form["Body"],
            self.now().replace(microsecond=0),
            form,
        )
        self.ledger.append(entry)
        self.accepted.set()
        return entry

    def call(self, form: dict[str, str]) -> dict[str, Any]:
        sid, date = f"CA{uuid.uuid4().hex}", format_datetime(self.now().replace(microsecond=0))
        self.calls.append(form | {"sid": sid, "date": date})
        return self.as_call(self.calls[-1])

    @staticmethod
    def as_call(form: dict[str, str]) -> dict[str, Any]:
        plain = {"sid": form["sid"], "to": form["To"], "from": form["From"], "date_created": form["date"]}
        return plain | {"status": "queued", "answered_by": None, "date_updated": form["date"]}

    def listed(self, to: str) -> list[dict[str, Any]]:
        return [] if self.hidden else [entry.as_json() for entry in reversed(self.ledger) if entry.to == to]


class Handler(BaseHTTPRequestHandler):
    server: "Server"

    def log_message(self, *args: object) -> None:
        pass

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers["Content-Length"])).decode()
        form = {name: values[0] for name, values in parse_qs(raw, keep_blank_values=True).items()}
        if not self._known("POST"):
            return
        if "/Calls" in self.path:
            self._json(201, self.server.carrier.call(form))
        else:
            fault = self.server.carrier.faults.popleft() if self.server.carrier.faults else ""
            self._answer_post(fault, form)

    def _answer_post(self, fault: str, form: dict[str, str]) -> None:
        carrier = self.server.carrier
        if fault in ("500", "429") or fault.startswith("4"):
            status, _, code = fault.partition(":")
            self._json(
                int(status),
                {"code": int(code or 20000 + int(status)), "message": "no", "status": int(status)},
            )
            return
        if fault == "hang":
            carrier.release.wait(carrier.hang_seconds)
            self.close_connection = True
            return
        entry = carrier.take(form)
        if fault == "block":
            carrier.release.wait(30)
        if fault in ("drop", "block"):
            self.close_connection = True
        elif fault == "503-after-accept":
            self._json(503, {"code": 20503, "message": "later", "status": 503})
        else:
            self._json(201, entry.as_json())

    def do_GET(self) -> None:
        if not self._known("GET"):
            return
        if self.server.carrier.list_is_down:
            self._json(500, {"code": 20500, "message": "down", "status": 500})
            return
        if (sid := urlsplit(self.path).path.rpartition("/")[2]) not in ("Messages.json", "Calls.json"):
            self._one(sid.removesuffix(".json"))
            return
        to = parse_qs(urlsplit(self.path).query).get("To", [""])[0]
        if "/Calls" in self.path:
            calls = [
                self.server.carrier.as_call(c) for c in reversed(self.server.carrier.calls) if c["To"] == to
            ]
            self._json(200, {"calls": calls, "page": 0, "next_page_uri": None})
            return
        self._json(200, {"messages": self.server.carrier.listed(to), "page": 0, "next_page_uri": None})

    def _one(self, sid: str) -> None:
        carrier = self.server.carrier
        found = next((entry.as_json() for entry in carrier.ledger if entry.sid == sid), None)
        found = found or next((carrier.as_call(call) for call in carrier.calls if call["sid"] == sid), None)
        if found:
            self._json(200, found | {"status": carrier.status})
        else:
            self._json(404, {"code": 20404, "message": "not here", "status": 404})

    def _known(self, method: str) -> bool:
        path = urlsplit(self.path).path
        self.server.carrier.seen.append((method, path, dict(self.headers)))
        self.server.carrier.questions.append((method, path, parse_qs(urlsplit(self.path).query)))
        wanted = "Basic " + base64.b64encode(f"{ACCOUNT}:{SECRET}".encode()).decode()
        if self.headers.get("Authorization") != wanted:
            self._json(401, {"code": 20003, "message": "Authenticate", "status": 401})
        elif not path.startswith(
            tuple(f"/2010-04-01/Accounts/{ACCOUNT}/{kind}" for kind in ("Messages", "Calls"))
        ):
            self._json(404, {"code": 20404, "message": "not here", "status": 404})
        else:
            return True
        return False

    def _json(self, status: int, content: dict[str, Any]) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 50

    def __init__(self, carrier: Standin) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.carrier = carrier
        carrier.url = f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, request: object, client_address: object) -> None:
        """A caller that was killed is what some tests are about."""
