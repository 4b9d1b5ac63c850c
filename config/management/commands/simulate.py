"""Run weeks of practice life through the real code, with and without the waiting list, and say what came of it."""

import json
from argparse import RawDescriptionHelpFormatter
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.simulate.database import own_database
from config.simulate.report import figures_of, table
from config.simulate.responses import BadResponses, read
from config.simulate.running import run

USUAL = Path(__file__).resolve().parents[2] / "simulate" / "responses.json"


class Command(BaseCommand):
    help = (
        "Simulate a practice: visits are cancelled, people join the list, offers are answered as a file says.\n"
        "The real operations run, on a clock of their own, in a database of their own, and are rolled back.\n\n"
        "Both runs have the same cancellations, arrivals and people. Without it the desk calls people by hand.\n"
        "docs/simulation.md says what the file holds and what each figure means. Only with DEBUG=1.\n\n"
        "Exit status 1 for a file that cannot be used: every fault with its line, its field and what to write."
    )

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        return super().create_parser(
            prog_name, subcommand, formatter_class=RawDescriptionHelpFormatter, **kwargs
        )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--weeks", type=int, default=12, help="how long (default 12)")
        parser.add_argument("--seed", type=int, default=1, help="of the dice (default 1)")
        parser.add_argument("--providers", type=int, default=4, help="how many work there (default 4)")
        parser.add_argument(
            "--responses", type=Path, default=USUAL, metavar="FILE", help="how people respond"
        )
        parser.add_argument("--json", action="store_true", help="last line: one JSON object, not a table")

    def handle(self, *, weeks: int, seed: int, providers: int, responses: Path, json: bool, **_: Any) -> None:
        if not settings.DEBUG:
            raise CommandError("The simulation is only for DEBUG=1: it holds locks for as long as it runs.")
        if not (1 <= weeks <= 52 and 1 <= providers <= 50):
            raise CommandError("Weeks go from 1 to 52, providers from 1 to 50.")
        try:
            said = read(responses)
        except BadResponses as bad:
            raise CommandError("\n".join(bad.faults)) from None
        about = {"seed": seed, "weeks": weeks, "providers": providers, "responses": responses.name}
        size = {"seed": seed, "weeks": weeks, "providers": providers}
        with own_database(self.stderr.write):
            with_list, without = (run(said, **size, with_list=so) for so in (True, False))
        runs = {
            "with_waitlist": figures_of(with_list, without),
            "without_waitlist": figures_of(without, with_list),
        }
        self._say(about | runs, as_json=json)

    def _say(self, whole: dict[str, Any], *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(whole))
            return
        self.stdout.write(f"{whole['weeks']} weeks, {whole['providers']} providers, seed {whole['seed']}\n")
        self.stdout.write(table(whole))
