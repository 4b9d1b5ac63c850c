"""Measure Stillwater against its budgets, on a practice and a server of its own."""

import json
import signal
import tempfile
from argparse import RawDescriptionHelpFormatter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.bench.bench import Figures, Options, Run, failures, figures_of, table
from config.bench.benches import BENCHES
from config.bench.databases import ScaleSite, Server
from config.bench.trouble import CouldNotRun
from config.demo.large.scales import SCALES


@contextmanager
def tidy_when_stopped() -> Iterator[None]:
    """SIGTERM leaves as Ctrl-C does: by way of every clean-up, so that children and copies go too."""

    def leave(signum: int, frame: FrameType | None) -> None:
        raise SystemExit(128 + signum)

    before = signal.signal(signal.SIGTERM, leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


class Command(BaseCommand):
    help = (
        "Measure Stillwater: each bench makes its own database once per scale on the server of DATABASE_URL,\n"
        "starts its own web server or workers with production's settings, and takes times where they are felt.\n"
        "Only with DEBUG=1. docs/bench.md says what each case is and keeps the figures of record.\n\n"
        "Benches and their cases:\n"
        + "\n".join(
            f"  {name}: {bench.about}\n    {', '.join(bench.cases)}" for name, bench in BENCHES.items()
        )
        + "\n\nExit status 1 when a case has errors, duplicates or lost above 0, or could not run."
    )

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        return super().create_parser(
            prog_name, subcommand, formatter_class=RawDescriptionHelpFormatter, **kwargs
        )

    def add_arguments(self, parser: CommandParser) -> None:
        usual = Options()
        parser.add_argument("name", metavar="NAME", choices=list(BENCHES), help=", ".join(BENCHES))
        parser.add_argument("--scale", choices=list(SCALES), default="small", help="size of the practice")
        parser.add_argument("--json", action="store_true", help="last line: one JSON object, not a table")
        parser.add_argument("--case", action="append", metavar="CASE", help="only this one; may be repeated")
        parser.add_argument("--fresh", action="store_true", help="build the databases anew")
        numbers = {
            "n": "timed requests per case",
            "rounds": "booking-race: how often everybody tries",
            "count": "dispatch: messages per case",
            "workers": "dispatch: worker processes",
            "latency_ms": "dispatch: how long the carrier takes to answer",
        }
        for name, text in numbers.items():
            flag, default = f"--{name.replace('_', '-')}", getattr(usual, name)
            parser.add_argument(flag, type=int, default=default, help=f"{text} (default {default})")
        parser.add_argument("--doubled", action="store_true", help="sms_with_callbacks: each callback twice")
        parser.add_argument("--shuffled", action="store_true", help="sms_with_callbacks: in any order")

    def handle(self, **given: Any) -> None:
        if not settings.DEBUG:
            raise CommandError("The bench is only for DEBUG=1: it takes the whole machine for itself.")
        names = self._cases(given)
        options = Options(**{name: given[name] for name in Options.__dataclass_fields__})
        folder = tempfile.TemporaryDirectory(prefix="stillwater-bench-")
        with tidy_when_stopped(), Server(self.stderr.write) as server, folder as at:
            site = ScaleSite(server, given["scale"], fresh=given["fresh"])
            run = Run(site=site, options=options, folder=Path(at), rows={})
            self.report(run, names, bench=given["name"], scale=given["scale"], as_json=given["json"])

    def _cases(self, given: dict[str, Any]) -> list[str]:
        cases = BENCHES[given["name"]].cases
        if unknown := set(given["case"] or []) - set(cases):
            raise CommandError(f"No such case: {', '.join(sorted(unknown))}. There are: {', '.join(cases)}.")
        return [name for name in cases if not given["case"] or name in given["case"]]

    def report(self, run: Run, names: list[str], *, bench: str, scale: str, as_json: bool) -> None:
        cases: dict[str, Figures] = {}
        bad: list[str] = []
        for name, outcome in figures_of(BENCHES[bench], run, names):
            if isinstance(outcome, CouldNotRun):
                bad.append(f"{name} could not run: {outcome}")
            else:
                cases[name] = outcome
                bad += failures(name, outcome)
        whole = {"bench": bench, "scale": scale, "rows": run.rows, "cases": cases}
        self.stdout.write(json.dumps(whole) if as_json else f"{self._heading(whole)}\n{table(cases)}")
        if bad:
            raise CommandError("\n".join(bad))

    @staticmethod
    def _heading(whole: dict[str, Any]) -> str:
        rows = ", ".join(f"{count:,} {name}" for name, count in whole["rows"].items())
        return f"{whole['bench']}, {whole['scale']} practice ({rows})\n"
