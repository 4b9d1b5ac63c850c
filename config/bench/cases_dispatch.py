"""The outbox at work: reminders that fall due together, the real workers, and a carrier that keeps its own ledger."""

import time
from dataclasses import replace
from pathlib import Path

from config.bench import callbacks, ledger, outbox, practice, workers
from config.bench.bench import Bench, Figures, Run
from config.bench.databases import Database, copied
from config.bench.outbox import Planned
from config.bench.processes import Children, free_port
from config.bench.server import web
from config.bench.trouble import CouldNotRun
from messaging.operations import claiming
from messaging.tests.standin import ACCOUNT, SECRET
from practice.states import Channel

OFFICE = "+12025550100"
# The workers wait already; this is only longer than writing the plan takes.
DUE_IN_SECONDS = 5.0
# Well below what any machine of use does; a run that is slower has hung.
LEAST_PER_SECOND = 10
PATIENCE_SECONDS = 60.0
LOOK_SECONDS = 0.25
STEADY, STEADY_EVERY = 25, 3.6  # a thousand an hour, for a minute and a half
CLAIMED = (100, 200, 500)


def sms(run: Run) -> Figures:
    """Texts through the stand-in for Twilio."""
    with copied(run.site) as database, Children(run.folder) as children:
        texts, book = carrier("standin", run, children)
        planned = _send(
            run, children, database, channel=Channel.SMS, port=free_port(), carriers=twilio_at(texts)
        )
        return _judged(run, children, book, planned)


def sms_with_callbacks(run: Run) -> Figures:
    """The same; when all are accepted, the carrier's callbacks come in, and every message must end as delivered."""
    with copied(run.site) as database, Children(run.folder) as children:
        texts, book = carrier("standin", run, children)
        twilio, port = twilio_at(texts), free_port()
        with web(children, database, port=port, **twilio):
            planned = _send(run, children, database, channel=Channel.SMS, port=port, carriers=twilio)
            early = _wait(book, planned, children)
            calls = callbacks.held(
                list(ledger.read(book)), doubled=run.options.doubled, shuffled=run.options.shuffled
            )
            called = callbacks.deliver(calls, port)
        figures = {**_judged(run, children, book, planned), "worker_mb_at_first": early}
        figures["errors"] += called.pop("refused") + outbox.not_delivered()
        return figures | called


def steady(run: Run) -> Figures:
    """A thousand an hour, as on a usual day: what counts is how long after its time each one is taken."""
    with copied(run.site) as database, Children(run.folder) as children:
        texts, book = carrier("standin", run, children)
        few = replace(run, options=replace(run.options, count=min(run.options.count, STEADY)))
        port, twilio = free_port(), twilio_at(texts)
        planned = _send(
            few, children, database, channel=Channel.SMS, port=port, carriers=twilio, every=STEADY_EVERY
        )
        return _judged(few, children, book, planned)


def claim(run: Run) -> Figures:
    """Taking due rows, as every tick does first; by one process, until none is left."""
    with copied(run.site):
        run.rows.update(practice.counted())
        outbox.clear()
        rates = {size: _claimed_per_second(run.options.count, size) for size in CLAIMED}
    least = min(rates.values())
    by_size = {f"per_second_by_{size}": rate for size, rate in rates.items()}
    return {"n": run.options.count, "per_second": least, **by_size}


def _claimed_per_second(count: int, size: int) -> float:
    due = outbox.pile_up(count)
    began, claimed = time.perf_counter(), 0
    while ids := claiming.claim("bench", now=due, limit=size):
        claimed += len(ids)
    if claimed != count:
        raise CouldNotRun(f"{claimed} of {count} rows could be claimed")
    return round(count / (time.perf_counter() - began), 1)


def email(run: Run) -> Figures:
    """Mail through a small SMTP server."""
    with copied(run.site) as database, Children(run.folder) as children:
        mail, book = carrier("smtp_sink", run, children)
        environ = {"EMAIL_HOST": "127.0.0.1", "EMAIL_PORT": mail, "DEFAULT_FROM_EMAIL": "office@example.org"}
        planned = _send(run, children, database, channel=Channel.EMAIL, port=free_port(), carriers=environ)
        return _judged(run, children, book, planned)


def carrier(name: str, run: Run, children: Children) -> tuple[str, Path]:
    """Its port, and its ledger."""
    book = run.folder / f"{name}.ledger"
    book.unlink(missing_ok=True)
    words = ("-m", f"config.bench.{name}", "--ledger", str(book), "--latency-ms", str(run.options.latency_ms))
    return children.start_and_hear(name, *words), book


def twilio_at(port: str) -> dict[str, str]:
    return {
        "TWILIO_API_BASE_URL": f"http://127.0.0.1:{port}",
        "TWILIO_ACCOUNT_SID": ACCOUNT,
        "TWILIO_AUTH_TOKEN": SECRET,
        "TWILIO_FROM_NUMBER": OFFICE,
    }


def _send(
    run: Run,
    children: Children,
    database: Database,
    *,
    channel: str,
    port: int,
    carriers: dict[str, str],
    every: float = 0.0,
) -> Planned:
    """The workers first, idle, then the plan: so the wait for the first one is what it is in daily life."""
    run.rows.update(practice.counted())
    outbox.clear()
    base = f"http://127.0.0.1:{port}"
    workers.start(children, database, count=run.options.workers, public_base_url=base, carriers=carriers)
    return outbox.plan(run.options.count, channel, in_seconds=DUE_IN_SECONDS, every=every)


def _judged(run: Run, children: Children, book: Path, planned: Planned) -> Figures:
    early = _wait(book, planned, children)
    late = workers.megabytes(children)
    workers.stop(children)
    return outbox.judged(book, planned) | {
        "workers": run.options.workers,
        "latency_ms": run.options.latency_ms,
        "worker_mb_at_first": early,
        "worker_mb_at_last": late,
    }


def _wait(book: Path, planned: Planned, children: Children) -> float:
    """Until nothing is on its way any more, and no longer than a run that works can take.

    Returns what the largest worker needed when a fifth was through.
    """
    deadline = planned.last + PATIENCE_SECONDS + planned.count / LEAST_PER_SECOND
    early = 0.0
    while (taken := ledger.count(book)) < planned.count or not outbox.is_done():
        early = early or (workers.megabytes(children) if taken * 5 >= planned.count else 0.0)
        if time.time() > deadline:
            break  # what is missing then is lost, and counted as such
        time.sleep(LOOK_SECONDS)
    return early


BENCH = Bench(
    about="--count reminders due at once, sent by real workers to a stand-in carrier",
    cases={
        "sms": sms,
        "sms_with_callbacks": sms_with_callbacks,
        "email": email,
        "steady": steady,
        "claim": claim,
    },
)
