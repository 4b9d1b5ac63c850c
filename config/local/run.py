"""`make run`: the whole product on one machine, in one terminal."""

import http.client
import os
import shlex
import signal
import socket
import time
from types import FrameType

from config.local.checkout import alone
from config.local.crew import ChildEnded, Crew
from config.local.environment import ensure
from config.local.keeper import Held
from config.local.places import LOCAL
from config.local.trouble import Trouble

SIGN_INS = LOCAL / "sign-ins.txt"
FIRST_PAGE_SECONDS = 60
STOP_SECONDS = 1.5
PORT_SECONDS = 2  # what a killed run may need to let its port go
WEB = """-m gunicorn config.wsgi:application --threads 8 --graceful-timeout 1 --log-level warning
    --no-control-socket"""
# Root on the own machine is fine; the warning is meant for servers.
CELERY = """-W "ignore:You're running the worker" -m celery -q -A config.celery"""
WORKER = f"{CELERY} worker --pool threads -c 4 --without-gossip --without-mingle --loglevel WARNING"
BEAT = f"{CELERY} beat --loglevel WARNING --pidfile="


class Stopped(BaseException):
    """Ctrl-C or SIGTERM; above Exception, so nothing on the way swallows it."""


def run() -> int:
    for sig in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(sig, stop_now)
    crew, servers = Crew(), []
    try:
        port = wanted_port()
        with alone():
            try:
                servers = ensure()
                set_up(crew, port)
                print(banner(port), flush=True)
                keep_running(crew)
            finally:
                shut_down(crew, servers)
    except Stopped:
        return 0
    except ChildEnded as ended:
        print(ended, flush=True)
        return 1
    return 0


def stop_now(signum: int, frame: FrameType | None) -> None:
    for sig in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(sig, signal.SIG_IGN)  # we are leaving already; impatience must not leave a child behind
    raise Stopped


def wanted_port() -> int:
    raw = os.environ.get("PORT") or "8000"
    if not raw.isdigit() or not 0 < int(raw) < 65536:
        raise Trouble(f"PORT={raw} is no port: write a number, as in `PORT=8001 make run`.")
    port, deadline = int(raw), time.monotonic() + PORT_SECONDS
    while busy(port):
        if time.monotonic() > deadline:
            raise Trouble(f"Port {port} is busy: try `PORT={port + 1 if port < 65535 else 8001} make run`.")
        time.sleep(0.1)
    return port


def busy(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError:
            raise Trouble(f"Port {port} needs root: try `PORT=8000 make run`.") from None
        except OSError:
            return True
    return False


def set_up(crew: Crew, port: int) -> None:
    """Returns once a page has been served. Web loads beside the check of the tables, asked only after it."""
    os.environ.setdefault("PUBLIC_BASE_URL", f"http://127.0.0.1:{port}")
    os.environ.setdefault("TWILIO_VOICE_NUMBER", "+12025550101")  # rehearsal phones ring as well
    os.environ.setdefault("CELERY_BEAT_FILE", str(LOCAL / "beat"))
    os.environ.setdefault("PYTHONUNBUFFERED", "1")
    SIGN_INS.unlink(missing_ok=True)
    crew.start("web", *WEB.split(), "--bind", f"127.0.0.1:{port}")
    crew.start("setup", "-m", "config.local.prepare", str(SIGN_INS))
    if crew.finish("setup") != 0:
        raise ChildEnded("The database could not be prepared; the lines above say why.")
    wait_for_first_page(crew, port)


def wait_for_first_page(crew: Crew, port: int) -> None:
    deadline = time.monotonic() + FIRST_PAGE_SECONDS
    while not first_page(port):
        crew.watch()
        if time.monotonic() > deadline:
            raise ChildEnded(f"No page within {FIRST_PAGE_SECONDS} s, so everything stops.")
        time.sleep(0.1)


def keep_running(crew: Crew) -> None:
    crew.start("worker", *shlex.split(WORKER))
    crew.start("beat", *shlex.split(BEAT))
    while True:
        crew.watch()
        time.sleep(0.2)


def first_page(port: int) -> bool:
    talk = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        talk.request("GET", "/")
        return talk.getresponse().status < 500
    except (OSError, http.client.HTTPException):
        return False
    finally:
        talk.close()


def banner(port: int) -> str:
    people = SIGN_INS.read_text().splitlines() if SIGN_INS.exists() else []
    heading = ["  Sign in as:"] if people else []
    address = f"  Stillwater is ready: http://127.0.0.1:{port}"
    lines = [address, *heading, *(f"    {person}" for person in people), "  Ctrl-C stops everything."]
    return "\n".join(["", *lines, ""])


def shut_down(crew: Crew, servers: list[Held]) -> None:
    crew.stop(STOP_SECONDS)
    for server in servers:
        server.release()
    for server in servers:
        server.release(patience_seconds=2)  # someone's manage.py may still use them: then they stay
