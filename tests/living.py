"""A whole running Stillwater for journeys: own database, web, worker and beat as processes, a listening carrier line.

The line stands between the real twilio client and the rehearsal carrier. It writes down every request as it
came, then passes it on, so a test can say what left the house and what did not.
"""

import datetime as dt
import itertools
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
import uuid
import zoneinfo
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl

import psycopg

from config.demo.moment import opening_moment
from config.demo.places import ZONE
from config.local.places import ROOT
from tests.template import copy, database_url, drop

UNDO_SECONDS = 2
START_SECONDS = 40
PATIENCE_SECONDS = 40  # for what comes by itself, on a machine that does other things too


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@dataclass
class Heard:
    """One request to the carrier."""

    method: str
    path: str
    user: str
    agent: str
    form: dict[str, str]


@dataclass
class Line:
    """The listener. `heard` grows as requests come in; only POSTs to Messages.json are texts."""

    port: int
    target: str
    heard: list[Heard] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def texts(self) -> list[Heard]:
        return [h for h in self.heard if h.method == "POST" and h.path.endswith("/Messages.json")]

    def texts_to(self, number: str) -> list[str]:
        return [h.form["Body"] for h in self.texts if h.form["To"] == number]

    def start(self) -> "Line":
        server = ThreadingHTTPServer(("127.0.0.1", self.port), _handler(self))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.server = server
        return self

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()


def _handler(line: Line) -> type[BaseHTTPRequestHandler]:  # noqa: C901  one small class, closed over its line
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._pass_on(b"")

        def do_POST(self) -> None:
            self._pass_on(self.rfile.read(int(self.headers.get("Content-Length") or 0)))

        def _pass_on(self, body: bytes) -> None:
            line.heard.append(_heard(self, body))
            request = urllib.request.Request(line.target + self.path, data=body or None, method=self.command)
            for name in ("Authorization", "Content-Type", "User-Agent", "Accept"):
                if value := self.headers.get(name):
                    request.add_header(name, value)
            try:
                with urllib.request.urlopen(request, timeout=30) as answer:
                    self._answer(answer.status, answer.read())
            except urllib.error.HTTPError as error:
                self._answer(error.code, error.read())

        def _answer(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_) -> None:
            pass

    return Handler


def _heard(request: BaseHTTPRequestHandler, body: bytes) -> Heard:
    scheme, _, credentials = (request.headers.get("Authorization") or "").partition(" ")
    user = b64decode(credentials).decode().partition(":")[0] if scheme == "Basic" else ""
    form = dict(parse_qsl(body.decode(), keep_blank_values=True))
    return Heard(request.command, request.path, user, request.headers.get("User-Agent", ""), form)


_nth = itertools.count()


class Living:
    def __init__(self, folder: Path, **environ: str) -> None:
        self.folder, self.port = folder, free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        self.line = Line(free_port(), f"{self.base}/rehearsal/twilio").start()
        self.database = f"living_{uuid.uuid4().hex[:8]}"
        self.environ = self._environment() | environ
        self.processes: dict[str, subprocess.Popen] = {}

    def _environment(self) -> dict[str, str]:
        """The run's servers, but a database and a broker of its own; local settings, as `make run` has them."""
        # Of sixteen: a worker of the run has one of the first, each practice one of the others.
        own = 8 + 3 * next(_nth)
        redis = re.sub(r"/\d+$", lambda found: f"/{int(found[0][1:]) + own}", os.environ["REDIS_URL"])
        keep = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "COV_"))}
        return keep | {
            "DATABASE_URL": database_url(self.database),
            "REDIS_URL": redis,
            "DEBUG": "1",
            "SECRET_KEY": "living-living-living-living-living-living-living-living",
            "PUBLIC_BASE_URL": self.base,
            "TWILIO_API_BASE_URL": self.line.url,
            "TWILIO_VOICE_NUMBER": "+12025550101",
            "UNDO_SECONDS": str(UNDO_SECONDS),
            "CELERY_BEAT_FILE": str(self.folder / "beat"),
        }

    def start(self, *, demo: bool = True) -> "Living":
        """With the demo practice, or with nothing but empty tables at a weekday's ten o'clock."""
        copy(self.database)
        if demo:
            self.manage("demo", "--if-empty")
            self.execute("UPDATE practice_user SET undo_seconds = NULL")
        else:
            self.move_clock()
        self.start_web()
        self.start_worker()
        return self

    def move_clock(self) -> None:
        real = dt.datetime.now(dt.UTC)
        ahead = opening_moment(real, zoneinfo.ZoneInfo(ZONE)) - real
        self.execute(
            f"ALTER DATABASE \"{self.database}\" SET app.clock_offset = '{int(ahead.total_seconds())} seconds'"
        )

    def start_web(self) -> None:
        self._spawn(
            "web", "-m", "gunicorn", "config.wsgi:application", "--bind", f"127.0.0.1:{self.port}", "--threads", "8",
            "--log-level", "warning", "--no-control-socket",
        )  # fmt: skip
        self._wait_for("web", self.base)

    @contextmanager
    def another_web(self, **environ: str) -> Iterator[str]:
        """The same practice served once more, with other settings; answers its address."""
        port = free_port()
        base = f"http://127.0.0.1:{port}"
        words = ("-m", "gunicorn", "config.wsgi:application", "--bind", f"127.0.0.1:{port}", "--threads", "4")
        self._spawn("another web", *words, "--log-level", "warning", "--no-control-socket", **environ)
        try:
            self._wait_for("another web", base)
            yield base
        finally:
            self._end("another web")

    def _wait_for(self, name: str, base: str) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not self._answers(base):
            if time.monotonic() > deadline or self.processes[name].poll() is not None:
                raise AssertionError(f"no page: {self.log(name)}")
            time.sleep(0.1)

    def _answers(self, base: str) -> bool:
        try:
            urllib.request.urlopen(base + "/accounts/login/", timeout=5).close()
        except OSError:
            return False
        return True

    def start_worker(self) -> None:
        celery = ("-W", "ignore", "-m", "celery", "-A", "config.celery")
        worker = (
            "worker",
            "--pool",
            "threads",
            "-c",
            "4",
            "--without-gossip",
            "--without-mingle",
            "--loglevel",
            "WARNING",
        )
        self._spawn("worker", *celery, *worker)
        self._spawn("beat", *celery, "beat", "--loglevel", "WARNING", "--pidfile=")

    def stop_worker(self) -> None:
        for name in ("beat", "worker"):
            self._end(name)

    def stop(self) -> None:
        for name in ("beat", "worker", "web"):
            self._end(name)
        self.line.stop()
        drop(self.database)

    def manage(self, *words: str, typed: str | None = None) -> str:
        done = subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=ROOT,
            env=self.environ,
            capture_output=True,
            text=True,
            input=typed,
            timeout=180,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def execute(self, sql: str, *values) -> list[tuple]:
        with psycopg.connect(self.environ["DATABASE_URL"], autocommit=True) as connection:
            cursor = connection.execute(sql, values)
            return cursor.fetchall() if cursor.description else []

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text()

    def _spawn(self, name: str, *words: str, **environ: str) -> None:
        with (self.folder / f"{name}.log").open("a") as out:
            self.processes[name] = subprocess.Popen(
                [sys.executable, *words],
                cwd=ROOT,
                env=self.environ | environ,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )

    def _end(self, name: str) -> None:
        process = self.processes.pop(name, None)
        if process is None or process.poll() is not None:
            return
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
