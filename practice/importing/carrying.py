"""Carrying out runs: the file a run keeps is imported as it asks, and what came of it is written down."""

from __future__ import annotations

import contextlib
import datetime as dt
import io
from typing import Any

import structlog
from django.core.cache import cache
from django.db import OperationalError
from redis.exceptions import RedisError

from core import clock
from core.refusals import Refusal
from core.sheets.trouble import SheetError
from practice.importing.kinds import Attested, Kind, kind_named
from practice.importing.running import Options, Outcome, Watch, import_file
from practice.models import Run
from practice.operations import runs
from practice.queries import actor_for
from practice.states import RunState

log = structlog.get_logger(__name__)
OURS = "Something went wrong on our side. Nothing was kept. Try it once more; the server's log says why."
NOT_THEIRS = "Whoever asked for this may no longer import."
REMEMBER_SECONDS = 3600


def run_waiting() -> int:
    """Everything that waits, one after another; how many."""
    done = 0
    while run := runs.claim():
        with runs.released(run):
            carry_out(run)
        done += 1
    return done


def carry_out(run: Run) -> None:
    """A kept import writes its outcome in the transaction of its rows; everything else afterwards."""
    try:
        state, results = _attempt(run)
        if results is not None:
            runs.finish(run, state=state, results=results)
    except runs.Superseded:
        log.warning("run_superseded", run=str(run.pk))
    except (
        OperationalError
    ):  # somebody held the same rows too long, or a deadlock: what was done is rolled back
        log.warning("run_interrupted", run=str(run.pk), exc_info=True)
        runs.put_back(run, clock.now())


def _attempt(run: Run) -> tuple[RunState, dict[str, Any] | None]:
    """What came of it; results are None when they stand already."""
    try:
        return _import(run)
    except (SheetError, Refusal) as refusal:
        return RunState.REFUSED, {"trouble": refusal.message}
    except PermissionError:
        return RunState.REFUSED, {"trouble": NOT_THEIRS}
    except (runs.Superseded, OperationalError):
        raise
    except Exception:
        log.exception("run_failed", run=str(run.pk), work=run.work)
        return RunState.FAILED, {"trouble": OURS}


def _import(run: Run) -> tuple[RunState, dict[str, Any] | None]:
    kind, options = kind_of(run), options_of(run.options)
    watch = Watch(
        tell=lambda done, total: _tell(run, done, total),
        is_cancelled=lambda: runs.is_stop_asked(run),
        on_kept=lambda outcome: runs.finish(
            run, state=RunState.DONE, results=results_of(outcome, options), change=outcome.change
        ),
    )
    by = actor_for(run.by, via="web")
    outcome = import_file(kind, io.BytesIO(run.file or b""), by=by, options=options, watch=watch)
    if outcome.is_kept:
        return RunState.DONE, None
    return _state_of(outcome, options), results_of(outcome, options)


def _state_of(outcome: Outcome, options: Options) -> RunState:
    if outcome.was_cancelled:
        return RunState.CANCELLED
    return RunState.DONE if options.is_trial else RunState.REFUSED


def results_of(outcome: Outcome, options: Options) -> dict[str, Any]:
    """What the pages show of it: counts, every reason by line, and how the file was read."""
    report = outcome.report
    return {
        "is_trial": options.is_trial,
        "is_kept": outcome.is_kept,
        "added": report.added,
        "changed": report.changed,
        "unchanged": report.unchanged,
        "bad_lines": len({bad.line for bad in report.bad}),
        "bad": [[bad.line, bad.column, bad.reason] for bad in report.bad],
        "notes": [[note.line, note.column, note.reason] for note in report.notes],
        "read_as": outcome.read_as,
        "ignored": outcome.ignored,
    }


def kind_of(run: Run) -> Kind:
    """Raises KeyError for a kind that no longer exists."""
    return kind_named(run.work.removeprefix(runs.IMPORT))


def options_of(kept: dict[str, Any]) -> Options:
    attested = kept.get("attested")
    return Options(
        mapping=kept["mapping"],
        encoding=kept["encoding"],
        delimiter=kept["delimiter"],
        day_first=kept["day_first"],
        zone=kept["zone"],
        is_trial=kept["is_trial"],
        skip_bad=kept["skip_bad"],
        attested=attested and Attested(attested["wording"], dt.date.fromisoformat(attested["on"])),
    )


def kept_of(options: Options) -> dict[str, Any]:
    """The twin of `options_of`, for a JSON column."""
    attested = options.attested
    return {
        "mapping": options.mapping,
        "encoding": options.encoding,
        "delimiter": options.delimiter,
        "day_first": options.day_first,
        "zone": options.zone,
        "is_trial": options.is_trial,
        "skip_bad": options.skip_bad,
        "attested": attested and {"wording": attested.wording, "on": attested.on.isoformat()},
    }


def lines_done(run: Run) -> int:
    """How far it is; 0 until the first batch is through."""
    return cache.get(_key(run), 0)


def _tell(run: Run, done: int, total: int) -> None:
    """In the cache, because the work is one transaction; a cache that is away must not cost the import."""
    with contextlib.suppress(RedisError, OSError):
        cache.set(_key(run), done, REMEMBER_SECONDS)


def _key(run: Run) -> str:
    started = run.started_at.timestamp() if run.started_at else 0
    return f"run:{run.pk}:{started}"
