"""The bench measures what it says: its arithmetic, its report, and two benches end to end on a small practice."""

import datetime as dt
import io
import json
import re
import smtplib
import subprocess
import sys
from email.message import EmailMessage

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from config.bench import bench, callbacks, cases_openings, databases, ledger, measure
from config.bench.bench import Bench, Options, Run
from config.bench.benches import BENCHES
from config.bench.cases_booking_race import figures
from config.bench.databases import Build, Database, Server, build_for
from config.bench.ledger import Entry
from config.bench.racing import BOOKED, REFUSED, Told
from config.bench.trouble import CouldNotRun
from config.demo.build import build
from config.demo.large.scales import SCALES
from config.local.places import ROOT
from config.management.commands import bench as command
from messaging.carriers.email import ATTEMPT_HEADER
from messaging.models import Message
from scheduling.models import Appointment

TUESDAY = dt.datetime(2026, 11, 24, 15, tzinfo=dt.UTC)


class TestMeasure:
    @pytest.mark.parametrize(
        ("values", "share", "expected"),
        [
            ([7], 0.95, 7),
            ([3, 1, 2], 0.5, 2),
            (range(1, 101), 0.95, 95),
            (range(1, 201), 0.99, 198),
            ([1, 9], 0, 1),
        ],
    )
    def test_a_percentile_is_one_of_the_values(self, values, share, expected):
        assert measure.percentile(values, share) == expected

    def test_times_are_rounded_to_a_tenth(self):
        assert measure.times([1.0, 2.04, 3.0, 10.26]) == {
            "n": 4,
            "median_ms": 2.5,
            "p95_ms": 10.3,
            "p99_ms": 10.3,
        }

    def test_a_whole_number_looks_like_one(self):
        assert [repr(measure.whole(number)) for number in (1.0, 0.995)] == ["1", "0.99"]


class TestReport:
    def run(self, cases: dict, *words: str, monkeypatch) -> str:
        """The command's own words, over made-up cases and without a server."""
        monkeypatch.setitem(BENCHES, "calendar", Bench(about="", cases=cases))
        monkeypatch.setattr(command, "Server", lambda say: io.BytesIO())
        out = io.StringIO()
        try:
            call_command("bench", "calendar", *words, stdout=out)
        except CommandError as error:
            out.write(f"!{error}")
        return out.getvalue()

    @pytest.fixture(autouse=True)
    def _debug(self, settings):
        settings.DEBUG = True

    def test_the_last_line_is_the_object_of_the_contract(self, monkeypatch):
        def case(run: Run) -> dict:
            run.rows["appointments"] = 10
            return {"n": 2, "median_ms": 1.5}

        said = self.run({"page": case}, "--json", monkeypatch=monkeypatch)

        assert json.loads(said.splitlines()[-1]) == {
            "bench": "calendar",
            "scale": "small",
            "rows": {"appointments": 10},
            "cases": {"page": {"n": 2, "median_ms": 1.5}},
        }

    @pytest.mark.parametrize("what", ["errors", "duplicates", "lost"])
    def test_what_must_be_none_fails_the_run_after_the_figures(self, what, monkeypatch):
        said = self.run(
            {"good": lambda _: {what: 0}, "bad": lambda _: {what: 2}}, "--json", monkeypatch=monkeypatch
        )

        figures, _, complaint = said.partition("\n")
        assert json.loads(figures)["cases"] == {"good": {what: 0}, "bad": {what: 2}}
        assert complaint == f"!bad: 2 {what}"

    def test_a_case_that_cannot_run_says_why_and_the_others_run(self, monkeypatch):
        def broken(run: Run) -> dict:
            raise CouldNotRun("no clients")

        said = self.run({"broken": broken, "good": lambda _: {"n": 1}}, monkeypatch=monkeypatch)

        assert said.endswith("!broken could not run: no clients")
        assert re.search(r"^good +1$", said, re.MULTILINE)

    def test_one_case_can_be_chosen_and_a_wrong_name_is_told(self, monkeypatch):
        cases = {"one": lambda _: {"n": 1}, "other": lambda _: {"n": 2}}

        said = self.run(cases, "--json", "--case", "other", monkeypatch=monkeypatch)
        wrong = self.run(cases, "--case", "third", monkeypatch=monkeypatch)

        assert json.loads(said)["cases"] == {"other": {"n": 2}}
        assert wrong == "!No such case: third. There are: one, other."

    def test_outside_debug_it_does_not_run(self, settings, monkeypatch):
        settings.DEBUG = False

        assert "only for DEBUG=1" in self.run({}, monkeypatch=monkeypatch)

    def test_a_table_has_every_figure_in_a_column_of_its_own(self):
        assert bench.table({"a": {"n": 1, "p95_ms": 20.5}, "long": {"lost": 0}}).splitlines() == [
            "      n  p95_ms  lost",
            "a     1    20.5",
            "long                0",
        ]


class TestRace:
    def told(self, *rounds: list[str]) -> list[Told]:
        return [
            Told(n, what, 10.0, 10.0 + i / 100)
            for n, whats in enumerate(rounds)
            for i, what in enumerate(whats)
        ]

    def test_one_booked_and_the_others_refused_is_as_it_should_be(self):
        told = self.told([REFUSED, BOOKED, REFUSED], [BOOKED, REFUSED, REFUSED])

        assert figures(told, rows=2, rounds=2) == {
            "rounds": 2,
            "clients": 50,
            "booked_per_round": 1,
            "booked_per_round_min": 1,
            "booked_per_round_max": 1,
            "errors": 0,
            "last_answer_median_ms": 20.0,
            "last_answer_p95_ms": 20.0,
        }

    @pytest.mark.parametrize(
        ("rounds", "rows"),
        [
            (([BOOKED, BOOKED],), 2),
            (([REFUSED, REFUSED],), 0),
            (([BOOKED, "Traceback …"],), 1),
            (([BOOKED, REFUSED],), 2),
        ],
    )
    def test_anything_else_is_an_error(self, rounds, rows):
        assert figures(self.told(*rounds), rows=rows, rounds=1)["errors"] > 0


class TestCarriers:
    def child(self, module: str, book) -> subprocess.Popen:
        words = [sys.executable, "-m", f"config.bench.{module}", "--ledger", str(book), "--latency-ms", "0"]
        return subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True)

    def test_the_mail_server_takes_what_pythons_own_client_sends(self, tmp_path):
        letter = EmailMessage()
        letter["To"], letter["From"], letter[ATTEMPT_HEADER] = (
            "one@example.org",
            "office@example.org",
            "a-token",
        )
        letter.set_content("Hello\n.\n..two dots\n")

        with self.child("smtp_sink", tmp_path / "book") as sink:
            port = int(sink.stdout.readline())
            with smtplib.SMTP("127.0.0.1", port) as client:
                for _ in range(2):
                    client.send_message(letter)
            sink.kill()

        assert [(entry.token, entry.to) for entry in ledger.read(tmp_path / "book")] == [
            ("a-token", "one@example.org")
        ] * 2

    def test_callbacks_are_held_in_order_unless_wanted_otherwise(self):
        entries = [Entry(at=0.0, token=str(n)) for n in range(3)]

        plain = callbacks.held(entries, doubled=False, shuffled=False)
        wild = callbacks.held(entries, doubled=True, shuffled=True)

        assert [(call.entry.token, call.status) for call in plain] == [
            (token, status) for status in ("sent", "delivered") for token in "012"
        ]
        assert sorted(map(str, wild)) == sorted(map(str, plain * 2))
        assert wild != plain * 2


class TestBuilds:
    def test_the_scales_own_past_needs_no_second_database(self):
        assert [build_for("large", past) for past in (None, 1_000_000, 10_000)] == [
            Build(scale="large"),
            Build(scale="large"),
            Build(scale="large", past=10_000),
        ]
        assert build_for("large", 10_000).name == "bench_large_past_10000"
        assert build_for("small").words == ["demo", "--scale", "small", "--seed", "1", "--json"]

    def test_every_scale_has_its_two_histories(self):
        assert cases_openings.HISTORIES.keys() == SCALES.keys()
        assert all(one["x100"] == 100 * one["x1"] for one in cases_openings.HISTORIES.values())


class Standing:
    """A site whose only database is the test's own."""

    scale = "small"

    def __init__(self, server: Server) -> None:
        self.server = server

    def database(self, past: int | None = None) -> Database:
        return Database(name=connection.settings_dict["NAME"], opens_at=TUESDAY)


@pytest.fixture
def run(movable_clock, tmp_path):
    build(seed=1, now=TUESDAY)
    with Server(print) as server:
        options = Options(n=6, count=40, workers=1, latency_ms=1, doubled=True, shuffled=True)
        yield Run(site=Standing(server), options=options, folder=tmp_path, rows={})


def test_on_a_living_practice(run, monkeypatch):
    """One practice for all of it: making one takes longer than measuring it here."""
    monkeypatch.setattr("config.bench.client.WARM_UP", 2)
    monkeypatch.setattr("config.bench.cases_dispatch.DUE_IN_SECONDS", 1.0)
    visits = Appointment.objects.count()

    page = BENCHES["calendar"].cases["day_20_providers"](run)
    poll = BENCHES["calendar"].cases["poll_unchanged"](run)
    texts = BENCHES["dispatch"].cases["sms_with_callbacks"](run)

    assert run.rows["appointments"] == visits
    assert (page["n"], page["queries"] > 5, page["bytes"] > 10_000, "errors" in page) == (
        6,
        True,
        True,
        False,
    )
    assert (poll["n"], poll["queries"], poll["bytes"], "errors" in poll) == (6, 1, 0, False)
    judged = [texts[name] for name in ("n", "accepted", "duplicates", "lost", "errors", "callbacks")]
    assert judged == [40, 40, 0, 0, 0, 160]
    assert texts["per_second"] > 0
    assert not Message.objects.exists(), "what was sent, was sent from a copy"
    with run.site.server.link.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_database WHERE datname LIKE %s", [f"%{databases.COPY}"])
        assert cursor.fetchone() == (0,)
