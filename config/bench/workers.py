"""Production's senders: worker processes and one beat, as the README starts them, with a broker prefix of their own."""

import shutil
from pathlib import Path

from celery import Celery
from django.conf import settings

from config.bench.databases import Database
from config.bench.processes import Children
from config.bench.server import environment
from config.bench.settings import BROKER_PREFIX

# Root on one's own machine is fine; the warning is meant for servers.
CELERY = ("-W", "ignore", "-m", "celery", "-q", "-A", "config.celery")
WORKER = ("worker", "--pool", "threads", "--without-gossip", "--without-mingle", "--loglevel", "WARNING")
BEAT = ("beat", "--loglevel", "WARNING", "--pidfile=")


def start(
    children: Children, database: Database, *, count: int, public_base_url: str, carriers: dict[str, str]
) -> None:
    """Returns when all workers answer and beat has begun: from then on they wait for something to fall due."""
    schedule = _fresh_folder(children.folder / "schedule")
    environ = environment(
        database, public_base_url=public_base_url, CELERY_BEAT_FILE=str(schedule / "beat"), **carriers
    )
    names = [f"worker{number}" for number in range(1, count + 1)]
    for name in names:
        children.start(name, *CELERY, *WORKER, "--hostname", f"{name}@bench", environ=environ)
    children.start("beat", *CELERY, *BEAT, environ=environ)
    everybody = {f"{name}@bench" for name in names}
    for name in names:
        children.wait_for(name, lambda: everybody <= _answering())
    children.wait_for("beat", lambda: any(schedule.iterdir()))


def stop(children: Children) -> None:
    for name in [name for name in children.running if name.startswith(("beat", "worker"))]:
        children.end(name)


def megabytes(children: Children) -> float:
    """Of the largest worker: what it has in memory. 0 where the system does not tell."""
    found = [_resident(child.pid) for name, child in children.running.items() if name.startswith("worker")]
    return max(found, default=0.0)


def _resident(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return next((round(int(line.split()[1]) / 1024, 1) for line in lines if line.startswith("VmRSS")), 0.0)


def _fresh_folder(path: Path) -> Path:
    """For beat's file: there as soon as beat has begun, under a name its database library chooses."""
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir()
    return path


def _answering() -> set[str]:
    with Celery(broker=settings.REDIS_URL, set_as_current=False) as app:
        app.conf.broker_transport_options = {"global_keyprefix": BROKER_PREFIX}
        return {name for answer in app.control.ping(timeout=1) or [] for name in answer}
