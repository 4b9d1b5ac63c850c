"""Runs: a file is kept, asked for, claimed by a worker, ended. What the work itself is, `importing.carrying` knows.

Who works on a run holds an advisory lock made of its id, on the connection that writes the rows. A RUNNING run
whose lock is free was left by a worker that died: its rows were rolled back with it, so it may be done again.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction
from django.db.models import Q

from core import clock, nudge
from core.actors import Actor
from core.refusals import NotAllowed, Refusal
from practice.models import Change, Run
from practice.operations.acting import begin, operation
from practice.operations.audit import record
from practice.permissions import may, require
from practice.queries import the_practice
from practice.states import UNDER_WAY, RunState

IMPORT = "import."
KEEP = dt.timedelta(hours=24)
MOST_TRIES = 3
LINE = 7_203_001  # the lock that lets one worker at a time look for work; any number that is no other's
GIVEN_UP = (
    f"It was begun {MOST_TRIES} times and interrupted each time. Nothing was kept. The server's log says why."
)


class Superseded(Exception):
    """The run is no longer this worker's: whatever it wrote must not stand."""


@operation("import.uploaded", "practice")
def keep_upload(kind: str, *, file: bytes, name: str, lines: int, by: Actor, change_id: uuid.UUID) -> Run:
    """The same form sent twice gives the same run. Raises NotAllowed, AlreadyUsed."""
    require(may(by, "data.import"))
    digest = hashlib.sha256(file).hexdigest()
    acting = begin("import.uploaded", change_id, by, {"kind": kind, "file": digest})
    if acting.repeat:
        return Run.objects.defer("file").get(pk=acting.change.result["run"])
    run = Run.objects.create(
        work=IMPORT + kind,
        by_id=_user_id(by),
        file=file,
        file_name=name[:200],
        file_size=len(file),
        total=lines,
        created_at=acting.now,
    )
    _note("import.uploaded", run, by=by, at=acting.now, change=acting.change)
    acting.close({"run": str(run.pk)})
    return run


@operation("import.asked", "practice")
def ask_for(
    run_id: uuid.UUID, *, options: dict[str, Any], lines: int, by: Actor, change_id: uuid.UUID
) -> Run:
    """Have a worker do it. Raises NotAllowed, AlreadyUsed, Refusal when it is under way or its file is gone."""
    require(may(by, "data.import"))
    acting = begin("import.asked", change_id, by, {"run": str(run_id), "options": options})
    run = _locked(run_id)
    if acting.repeat:
        return run
    if run.state in UNDER_WAY:
        raise Refusal("This file is being worked on already.", remedy="Wait for it, or stop it first.")
    if not Run.objects.filter(pk=run_id, file__isnull=False).exists():
        raise Refusal("The file is no longer kept.", remedy="Upload it again.")
    run.state, run.options, run.total, run.by_id = RunState.WAITING, options, lines, _user_id(by)
    run.results, run.cancel_asked_at, run.started_at, run.ended_at = {}, None, None, None
    run.save(
        update_fields=[
            "state",
            "options",
            "total",
            "by",
            "results",
            "cancel_asked_at",
            "started_at",
            "ended_at",
        ]
    )
    _note("import.asked", run, by=by, at=acting.now, change=acting.change)
    acting.close({"run": str(run.pk)})
    nudge.after_commit("practice.run_imports")
    return run


@operation("import.stopped", "practice")
def stop(run_id: uuid.UUID, *, by: Actor) -> Run:
    """Before it runs at once; while it runs between two batches; afterwards only its file is thrown away."""
    require(may(by, "data.import"))
    now, run = clock.now(), _locked(run_id)
    if run.state == RunState.RUNNING:
        run.cancel_asked_at = run.cancel_asked_at or now
        run.save(update_fields=["cancel_asked_at"])
    else:
        if run.state in {RunState.UPLOADED, RunState.WAITING}:
            run.state, run.ended_at = RunState.CANCELLED, now
        run.file = None
        run.save(update_fields=["state", "ended_at", "file"])
    _note("import.stopped", run, by=by, at=now)
    return run


@transaction.atomic
def claim() -> Run | None:
    """The oldest waiting run, now RUNNING and held by this connection: `released` lets go of it.

    One import at a time: two of them might lock the same clients in different orders. None when nothing waits
    or another is being worked on.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LINE])
    now = clock.now()
    put_back_abandoned(now)
    if Run.objects.filter(state=RunState.RUNNING).exists():
        return None
    waiting = Run.objects.filter(state=RunState.WAITING).order_by("created_at", "pk")
    run = waiting.select_for_update(skip_locked=True).first()
    if run is None:
        return None
    _ask_lock("pg_advisory_lock", run)
    run.state, run.started_at = RunState.RUNNING, now
    run.save(update_fields=["state", "started_at"])
    return run


@contextmanager
def released(run: Run) -> Iterator[None]:
    """Lets go of a claimed run at the end, whatever becomes of it."""
    try:
        yield
    finally:
        _ask_lock("pg_advisory_unlock", run)


def put_back_abandoned(now: dt.datetime) -> None:
    """Call inside a transaction. What kills its worker again and again is given up, so it blocks nobody."""
    running = Run.objects.filter(state=RunState.RUNNING).defer("file").select_for_update(skip_locked=True)
    for run in running:
        if _ask_lock("pg_try_advisory_xact_lock", run):
            put_back(run, now)


def put_back(run: Run, now: dt.datetime) -> None:
    """In line once more; or at its end, when somebody asked to stop it or it was begun often enough."""
    tries = run.results.get("tries", 0) + 1
    if run.cancel_asked_at:
        _end(run, RunState.CANCELLED, {}, now)
    elif tries >= MOST_TRIES:
        _end(run, RunState.FAILED, {"trouble": GIVEN_UP}, now)
    else:
        mine = Run.objects.filter(pk=run.pk, state=RunState.RUNNING, started_at=run.started_at)
        mine.update(state=RunState.WAITING, results={"tries": tries})


def finish(run: Run, *, state: RunState, results: dict[str, Any], change: Change | None = None) -> None:
    """Raises Superseded when the run was taken from this worker meanwhile."""
    if not _end(run, state, results, clock.now(), change):
        raise Superseded(str(run.pk))


def is_stop_asked(run: Run) -> bool:
    return Run.objects.filter(pk=run.pk, cancel_asked_at__isnull=False).exists()


def forget_files() -> int:
    """Files nobody started, and those only tried, are thrown away after a day; how many."""
    now = clock.now()
    old = Run.objects.filter(file__isnull=False).exclude(state__in=UNDER_WAY)
    old = old.filter(Q(ended_at__lt=now - KEEP) | Q(ended_at=None, created_at__lt=now - KEEP))
    left = old.filter(state=RunState.UPLOADED).update(file=None, state=RunState.CANCELLED, ended_at=now)
    return left + old.update(file=None)


def record_given(act: str, kind: str, *, by: Actor) -> None:
    """A file of rows left the house: who asked for it stands in the audit trail. Raises NotAllowed."""
    require(may(by, "data.export"))
    record(act, the_practice(), by=by, at=clock.now(), after={"kind": kind})


def _end(
    run: Run, state: RunState, results: dict[str, Any], now: dt.datetime, change: Change | None = None
) -> bool:
    """Only by who started it: `started_at` tells two claims of one run apart. A trial keeps the file."""
    mine = Run.objects.filter(pk=run.pk, state=RunState.RUNNING, started_at=run.started_at)
    dropped = {} if run.options.get("is_trial") else {"file": None}
    return bool(mine.update(state=state, results=results, change=change, ended_at=now, **dropped))


def _user_id(by: Actor) -> int:
    """A run is somebody's: the command and the system import without one."""
    if by.id is None:
        raise NotAllowed("Sign in to import.")
    return by.id


def _locked(run_id: uuid.UUID) -> Run:
    return Run.objects.select_for_update(of=("self",)).defer("file").get(pk=run_id)


def _note(act: str, run: Run, *, by: Actor, at: dt.datetime, change: Change | None = None) -> None:
    """A run's id is no number, so the line stands with the practice."""
    after = {"run": str(run.pk), "work": run.work, "is_trial": bool(run.options.get("is_trial"))}
    record(act, the_practice(), by=by, at=at, change=change, after=after)


def _ask_lock(function: str, run: Run) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(%s)", [int.from_bytes(run.pk.bytes[:8], signed=True)])
        return bool(cursor.fetchone()[0])
