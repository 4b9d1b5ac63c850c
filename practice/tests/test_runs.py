"""Runs: asked for, claimed by one worker, ended exactly once, whatever dies on the way."""

import datetime as dt
import io
import os
import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from django.core.cache import cache
from django.db import OperationalError, connection

from core import clock
from core.refusals import AlreadyUsed, NotAllowed, Refusal
from practice.importing import carrying
from practice.importing.carrying import carry_out, kept_of, lines_done, options_of, run_waiting
from practice.importing.kinds import Attested, kind_named
from practice.importing.running import Options, Watch, import_file
from practice.models import AuditEntry, Change, Location, Run
from practice.operations import runs
from practice.states import RunState
from practice.tasks import forget_former_texts, run_imports
from practice.tests.factories import LocationFactory, PracticeFactory, RunFactory, UserFactory

GOOD = b"name\nDowntown\nUptown\n"
BAD = b"name,telehealth\nDowntown,maybe\nUptown,no\n"
MANAGE = Path(__file__).parents[2] / "manage.py"
SECONDS = 60


def asked(file: bytes = GOOD, *, by, work: str = "import.locations", **options) -> Run:
    return RunFactory(
        by=by,
        work=work,
        file=file,
        state=RunState.WAITING,
        total=file.count(b"\n"),
        options=kept_of(Options(**options)),
    )


@pytest.fixture
def elsewhere():
    """Another connection to the same database, as another worker has."""
    with psycopg.connect(database_url(), autocommit=True) as other:
        yield other


def database_url() -> str:
    database = urlsplit(os.environ["DATABASE_URL"])
    return database._replace(path=f"/{connection.settings_dict['NAME']}").geturl()


def hold(other: psycopg.Connection, run: Run) -> None:
    other.execute("SELECT pg_advisory_lock(%s)", [int.from_bytes(run.pk.bytes[:8], signed=True)])


def test_options_survive_their_column():
    options = Options(
        mapping={"name": "Office"}, encoding="cp1252", delimiter="\t", day_first=True, zone="Europe/Berlin",
        is_trial=True, skip_bad=True, attested=Attested("They said so.", dt.date(2026, 1, 2)),
    )  # fmt: skip

    assert options_of(kept_of(options)) == options


@pytest.mark.django_db
def test_a_kept_import_ends_done_with_its_change_and_without_its_file(admin_user):
    run = asked(by=admin_user)

    run_imports()

    run.refresh_from_db()
    assert (run.state, run.file, run.change.act) == (RunState.DONE, None, "import.locations")
    assert run.results == {
        "is_trial": False, "is_kept": True, "added": 2, "changed": 0, "unchanged": 0, "bad_lines": 0, "bad": [],
        "notes": [],
        "read_as": "UTF-8, separated by commas; dates as 2026-11-30 or month/day/year, times in America/New_York",
        "ignored": [],
    }  # fmt: skip
    assert (run.started_at <= run.ended_at, lines_done(run)) == (True, 3)
    assert AuditEntry.objects.filter(act="location.imported", actor_id=admin_user.pk, via="web").count() == 2


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("file", "options", "state", "keeps_file"),
    [
        (GOOD, {"is_trial": True}, RunState.DONE, True),
        (BAD, {"is_trial": True}, RunState.DONE, True),
        (BAD, {}, RunState.REFUSED, False),
        (b"PK\x03\x04", {}, RunState.REFUSED, False),
    ],
)
def test_what_is_not_kept_says_so(admin_user, file, options, state, keeps_file):
    run = asked(file, by=admin_user, **options)

    run_waiting()

    run.refresh_from_db()
    assert (run.state, run.file is not None, run.change) == (state, keeps_file, None)
    assert not Location.objects.exists()
    assert not Change.objects.exists()


@pytest.mark.django_db
def test_good_rows_without_the_bad(admin_user):
    run = asked(BAD, by=admin_user, skip_bad=True)

    run_waiting()

    run.refresh_from_db()
    assert (run.state, run.results["bad"]) == (RunState.DONE, [[2, "is_telehealth", "Write yes or no."]])
    assert Location.objects.get().name == "Uptown"


@pytest.mark.django_db
def test_who_may_no_longer_import_does_not(front_desk, admin_user):
    one, other = asked(by=front_desk), asked(by=admin_user)
    type(admin_user).objects.filter(pk=admin_user.pk).update(is_active=False)

    run_waiting()

    for run in (one, other):
        run.refresh_from_db()
        assert (run.state, Location.objects.count()) == (RunState.REFUSED, 0)
        assert "may" in run.results["trouble"]


@pytest.mark.django_db
def test_what_breaks_is_our_fault_and_names_nobody(admin_user, monkeypatch):
    run = asked(by=admin_user)
    monkeypatch.setattr(carrying, "import_file", lambda *_, **__: 1 / 0)

    run_waiting()

    run.refresh_from_db()
    assert (run.state, run.results) == (RunState.FAILED, {"trouble": carrying.OURS})


@pytest.mark.django_db
def test_what_others_hold_too_long_is_tried_three_times(admin_user, monkeypatch):
    begun = []

    def late(*_, **__):
        begun.append(1)
        raise OperationalError("canceling statement due to lock timeout")

    monkeypatch.setattr(carrying, "import_file", late)
    run = asked(by=admin_user)

    run_waiting()

    run.refresh_from_db()
    assert (run.state, len(begun), run.results) == (RunState.FAILED, 3, {"trouble": runs.GIVEN_UP})


@pytest.mark.django_db
def test_stopped_between_two_batches(admin_user, monkeypatch, actor):
    monkeypatch.setattr("practice.importing.running.BATCH", 1)
    run = asked(by=admin_user)
    stops = iter([False, True])

    def look_up(_):
        if next(stops):
            runs.stop(run.pk, by=actor(admin_user))
        return Run.objects.filter(pk=run.pk, cancel_asked_at__isnull=False).exists()

    monkeypatch.setattr(runs, "is_stop_asked", look_up)

    run_waiting()

    run.refresh_from_db()
    assert (run.state, run.results["added"], lines_done(run)) == (RunState.CANCELLED, 2, 3)
    assert not Location.objects.exists()


@pytest.mark.django_db
def test_a_cache_that_is_away_costs_only_the_bar(admin_user, monkeypatch):
    def away(*_, **__):
        raise ConnectionError

    monkeypatch.setattr(cache, "set", away)
    run = asked(by=admin_user)

    run_waiting()

    run.refresh_from_db()
    assert run.state == RunState.DONE


@pytest.mark.django_db
def test_asking(admin_user, front_desk, actor):
    run, by = RunFactory(by=admin_user, file=GOOD), actor(admin_user)
    facts = {"options": kept_of(Options()), "lines": 3}
    same = uuid.uuid4()

    for _ in range(2):
        assert runs.ask_for(run.pk, by=by, change_id=same, **facts).state == RunState.WAITING
    with pytest.raises(AlreadyUsed):
        runs.ask_for(run.pk, by=by, change_id=same, options=kept_of(Options(skip_bad=True)), lines=3)
    with pytest.raises(Refusal, match="being worked on"):
        runs.ask_for(run.pk, by=by, change_id=uuid.uuid4(), **facts)
    with pytest.raises(NotAllowed):
        runs.ask_for(run.pk, by=actor(front_desk), change_id=uuid.uuid4(), **facts)
    with pytest.raises(Refusal, match="no longer kept"):
        runs.ask_for(RunFactory(by=admin_user).pk, by=by, change_id=uuid.uuid4(), **facts)
    with pytest.raises(NotAllowed):
        runs.stop(run.pk, by=actor(front_desk))
    with pytest.raises(NotAllowed):
        runs.record_given("data.exported", "locations", by=actor(front_desk))
    with pytest.raises(NotAllowed):
        runs.keep_upload("rooms", file=b"", name="", lines=0, by=actor(front_desk), change_id=uuid.uuid4())


@pytest.mark.django_db
def test_one_at_a_time_and_the_oldest_first(admin_user, elsewhere):
    late, early = asked(by=admin_user), asked(by=admin_user)
    Run.objects.filter(pk=early.pk).update(created_at=late.created_at - dt.timedelta(hours=1))

    first = runs.claim()
    hold_fails = elsewhere.execute(
        "SELECT pg_try_advisory_lock(%s)", [int.from_bytes(first.pk.bytes[:8], signed=True)]
    ).fetchone()[0]
    with runs.released(first):
        pass

    assert (first.pk, first.state, hold_fails) == (early.pk, RunState.RUNNING, False)


@pytest.mark.django_db
def test_a_run_somebody_works_on_is_left_to_them_and_others_wait(admin_user, elsewhere):
    running = RunFactory(by=admin_user, state=RunState.RUNNING, started_at=clock.now())
    hold(elsewhere, running)
    asked(by=admin_user)

    assert runs.claim() is None
    running.refresh_from_db()
    assert running.state == RunState.RUNNING


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("tries", "asks_stop", "state"),
    [(0, False, RunState.WAITING), (1, True, RunState.CANCELLED), (2, False, RunState.FAILED)],
)
def test_a_run_nobody_holds_goes_back_in_line_twice_at_most(admin_user, tries, asks_stop, state):
    now = clock.now()
    run = RunFactory(
        by=admin_user, state=RunState.RUNNING, started_at=now, file=GOOD, results={"tries": tries} if tries else {},
        cancel_asked_at=now if asks_stop else None, options=kept_of(Options()),
    )  # fmt: skip

    runs.put_back_abandoned(now)

    run.refresh_from_db()
    assert (run.state, run.file is None) == (state, state != RunState.WAITING)


@pytest.mark.django_db
def test_a_worker_that_lost_its_run_keeps_nothing(admin_user, caplog):
    run = asked(by=admin_user)
    claimed = runs.claim()
    Run.objects.filter(pk=run.pk).update(started_at=clock.now())  # somebody else has it now

    with runs.released(claimed):
        carry_out(claimed)

    run.refresh_from_db()
    assert (run.state, Location.objects.count(), Change.objects.count()) == (RunState.RUNNING, 0, 0)


@pytest.mark.django_db
def test_what_on_kept_refuses_is_not_kept(practice, admin_user, actor):
    def no(_):
        raise runs.Superseded

    with pytest.raises(runs.Superseded):
        import_file(
            kind_named("locations"),
            io.BytesIO(GOOD),
            by=actor(admin_user),
            options=Options(),
            watch=Watch(on_kept=no),
        )

    assert not Location.objects.exists()


@pytest.mark.django_db
def test_files_are_forgotten_after_a_day(admin_user):
    now, old = clock.now(), clock.now() - dt.timedelta(hours=25)
    kept = {
        name: RunFactory(by=admin_user, file=GOOD, **facts).pk
        for name, facts in {
            "fresh": {"created_at": now - dt.timedelta(hours=23)},
            "left": {"created_at": old},
            "tried": {"created_at": old, "ended_at": old, "state": RunState.DONE},
            "tried lately": {"created_at": old, "ended_at": now, "state": RunState.DONE},
            "under way": {"created_at": old, "state": RunState.WAITING},
        }.items()
    }

    forget_former_texts()

    found = {name: Run.objects.get(pk=pk) for name, pk in kept.items()}
    assert {name for name, run in found.items() if run.file} == {"fresh", "tried lately", "under way"}
    assert (found["left"].state, found["tried"].state) == (RunState.CANCELLED, RunState.DONE)


@pytest.fixture
def killable(transactional_db):
    """A worker's process that imports what waits, with its own connection."""
    running = []

    def start() -> subprocess.Popen:
        code = "from practice.importing.carrying import run_waiting; run_waiting()"
        running.append(
            subprocess.Popen(
                [sys.executable, str(MANAGE), "shell", "-v", "0", "-c", code],
                env=os.environ | {"DATABASE_URL": database_url(), "DEBUG": "1", "PYTHONWARNINGS": "ignore"},
                stdout=subprocess.DEVNULL,
            )
        )
        return running[-1]

    yield start
    for process in running:
        process.kill()
        process.wait()


def wait_for(condition) -> None:
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_worker_killed_in_the_middle_keeps_nothing_and_it_is_done_again_once(killable, elsewhere):
    PracticeFactory()
    admin = UserFactory(roles=["admin"])
    LocationFactory(name="Zed", address="before")
    run = asked(b"name,address\nDowntown,x\nZed,after\n", by=admin)
    # The row of the last line is locked, so the worker stands still in the middle of its transaction.
    elsewhere.execute("BEGIN")
    elsewhere.execute("SELECT 1 FROM practice_location WHERE name = 'Zed' FOR UPDATE")
    worker = killable()
    wait_for(somebody_waits)

    os.kill(worker.pid, signal.SIGKILL)
    worker.wait()
    run.refresh_from_db()
    assert (run.state, Location.objects.count()) == (RunState.RUNNING, 1)
    elsewhere.execute("ROLLBACK")
    wait_for(lambda: not holders(elsewhere, run))
    run_waiting()

    run.refresh_from_db()
    assert (run.state, run.results["added"], run.results["changed"]) == (RunState.DONE, 1, 1)
    assert dict(Location.objects.values_list("name", "address")) == {"Downtown": "x", "Zed": "after"}
    assert AuditEntry.objects.filter(act="location.imported").count() == 1
    assert Change.objects.filter(act="import.locations").count() == 1


def somebody_waits() -> bool:
    """Some process of this database waits for another's row."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return cursor.fetchone()[0] > 0


def holders(other: psycopg.Connection, run: Run) -> bool:
    key = int.from_bytes(run.pk.bytes[:8], signed=True)
    got = other.execute("SELECT pg_try_advisory_lock(%s)", [key]).fetchone()[0]
    if got:
        other.execute("SELECT pg_advisory_unlock(%s)", [key])
    return not got
