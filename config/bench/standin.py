"""A carrier of texts in a process of its own, speaking Twilio's HTTP, with a ledger of its own and chosen faults.

`python -m config.bench.standin --ledger FILE [--latency-ms 50]` prints its port and serves until it is stopped.
It knows nothing of ours: what it appended to its ledger is what clients got. `POST /control` with a JSON object of
Conduct's names changes what it does from then on.
"""

import argparse
import asyncio
import base64
import dataclasses
import json
import random
import time
import uuid
from dataclasses import dataclass, field
from email.utils import formatdate
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from config.bench.ledger import Ledger
from messaging.tests.standin import ACCOUNT, SECRET

MESSAGES = f"/2010-04-01/Accounts/{ACCOUNT}/Messages"
AUTHORIZED = "Basic " + base64.b64encode(f"{ACCOUNT}:{SECRET}".encode()).decode()
PHRASES = {200: "OK", 201: "Created", 401: "Unauthorized", 404: "Not Found", 429: "Too Many Requests"}
HANG_UP: tuple[int, dict[str, Any]] = (0, {})  # no answer at all


@dataclass
class Conduct:
    """Shares (0 to 1) of the POSTs that go wrong in each way; the first three after the text was taken."""

    latency_ms: float = 50
    drop: float = 0  # taken, then the connection breaks
    broken_after: float = 0  # taken, then 503
    hang_after: float = 0  # taken, then silence
    hang: float = 0  # not taken, silence
    broken: float = 0  # not taken, 500
    busy: float = 0  # not taken, 429 with Retry-After
    hang_seconds: float = 5
    list_lag_seconds: float = 0
    list_is_down: bool = False
    is_revoked: bool = False  # our credentials are refused
    clock_offset: float = 0  # seconds by which the house's clock is ahead of the machine's
    status: str = "queued"  # what asking about a message answers
    seed: int = 1


@dataclass
class Carrier:
    """Everything it has taken, in memory for its list and in the ledger for the judge."""

    ledger: Ledger
    conduct: Conduct
    taken: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    by_sid: dict[str, dict[str, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.dice = random.Random(self.conduct.seed)  # noqa: S311  the same disorder each time

    def control(self, wishes: dict[str, Any]) -> None:
        self.conduct = dataclasses.replace(self.conduct, **wishes)
        if "seed" in wishes:
            self.dice.seed(self.conduct.seed)

    def fault(self) -> str:
        throw = self.dice.random()
        for name in ("drop", "broken_after", "hang_after", "hang", "broken", "busy"):
            throw -= getattr(self.conduct, name)
            if throw < 0:
                return name
        return ""

    def take(self, form: dict[str, str]) -> dict[str, Any]:
        sid, callback = f"SM{uuid.uuid4().hex}", form.get("StatusCallback", "")
        token = urlsplit(callback).path.rstrip("/").rpartition("/")[2]
        to, sender = form["To"], form["From"]
        self.ledger.write(sid=sid, token=token, to=to, sender=sender, callback=callback)
        row = _resource(sid, to, sender, form["Body"], time.time() + self.conduct.clock_offset)
        self.by_sid[sid] = row
        self.taken.setdefault(to, []).append(row | {"_at": time.time()})
        return row

    def listed(self, to: str) -> list[dict[str, Any]]:
        """Newest first; what was taken less than the lag ago is not there yet."""
        newest = time.time() - self.conduct.list_lag_seconds
        return [row for row in reversed(self.taken.get(to, [])) if row["_at"] <= newest]


def _resource(sid: str, to: str, sender: str, body: str, at: float) -> dict[str, Any]:
    date = formatdate(at, usegmt=True)
    return {
        "sid": sid,
        "account_sid": ACCOUNT,
        "to": to,
        "from": sender,
        "body": body,
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
        "uri": f"{MESSAGES}/{sid}.json",
    }


class Desk:
    """One connection: requests one after the other, as HTTP/1.1 keeps it."""

    def __init__(self, carrier: Carrier) -> None:
        self.carrier = carrier

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while request := await _read(reader):
                status, body = await self.answer(*request)
                if not status:
                    break
                writer.write(_written(status, body))
                await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass  # a caller that was killed is what some tests are about
        finally:
            writer.close()

    async def answer(
        self, method: str, path: str, headers: dict[str, str], raw: bytes
    ) -> tuple[int, dict[str, Any]]:
        parts, conduct = urlsplit(path), self.carrier.conduct
        if parts.path == "/control":
            self.carrier.control(json.loads(raw))
            return 200, {}
        if headers.get("authorization") != AUTHORIZED or conduct.is_revoked:
            return 401, {"code": 20003, "message": "Authenticate", "status": 401}
        if method == "POST" and parts.path == f"{MESSAGES}.json":
            return await self._take(raw)
        if conduct.list_is_down:
            return 500, _wrong(500)
        if parts.path == f"{MESSAGES}.json":
            to = parse_qs(parts.query).get("To", [""])[0]
            return 200, {"messages": self.carrier.listed(to), "page": 0, "next_page_uri": None}
        row = self.carrier.by_sid.get(parts.path.removeprefix(f"{MESSAGES}/").removesuffix(".json"))
        return (200, row | {"status": conduct.status}) if row else (404, _wrong(404))

    async def _take(self, raw: bytes) -> tuple[int, dict[str, Any]]:
        form = {name: values[0] for name, values in parse_qs(raw.decode(), keep_blank_values=True).items()}
        carrier, fault = self.carrier, self.carrier.fault()
        await asyncio.sleep(carrier.conduct.latency_ms / 1000)
        if fault == "busy":
            return 429, _wrong(429)
        if fault == "broken":
            return 500, _wrong(500)
        if fault == "hang":
            await asyncio.sleep(carrier.conduct.hang_seconds)
            return HANG_UP
        row = carrier.take(form)
        if fault == "hang_after":
            await asyncio.sleep(carrier.conduct.hang_seconds)
        if fault in ("hang_after", "drop"):
            return HANG_UP
        return (503, _wrong(503)) if fault == "broken_after" else (201, row)


def _wrong(status: int) -> dict[str, Any]:
    return {"code": 20000 + status, "message": "no", "status": status}


async def _read(reader: asyncio.StreamReader) -> tuple[str, str, dict[str, str], bytes] | None:
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    first, *lines = head.decode("latin-1").rstrip().split("\r\n")
    method, path, _ = first.split(" ", 2)
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    return method, path, headers, await reader.readexactly(int(headers.get("content-length", 0)))


def _written(status: int, body: dict[str, Any]) -> bytes:
    content = json.dumps(body).encode()
    more = "Retry-After: 1\r\n" if status == 429 else ""
    head = (
        f"HTTP/1.1 {status} {PHRASES.get(status, 'Error')}\r\nContent-Type: application/json\r\n"
        f"{more}Content-Length: {len(content)}\r\n\r\n"
    )
    return head.encode() + content


async def _serve(carrier: Carrier, port: int) -> None:
    desk = Desk(carrier)
    server = await asyncio.start_server(desk.serve, "127.0.0.1", port, backlog=200)
    print(server.sockets[0].getsockname()[1], flush=True)  # noqa: T201  this line is how we are found
    await server.serve_forever()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ledger", type=Path, required=True)
    parser.add_argument("--latency-ms", type=float, default=50)
    parser.add_argument("--port", type=int, default=0)
    given = parser.parse_args()
    asyncio.run(_serve(Carrier(Ledger(given.ledger), Conduct(latency_ms=given.latency_ms)), given.port))


if __name__ == "__main__":
    main()
