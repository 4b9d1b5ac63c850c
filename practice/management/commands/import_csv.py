"""A file of rows into the practice, from the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core.actors import Actor, ActorKind
from core.refusals import Refusal
from core.sheets import cells
from core.sheets.cells import Style
from core.sheets.columns import Bad
from core.sheets.dialect import ENCODINGS
from core.sheets.trouble import SheetError
from practice.importing.kinds import Attested, Kind, kind_named, kinds
from practice.importing.running import Options, Outcome, Watch, import_file
from practice.models import Practice, User
from practice.queries import actor_for

COMMAND = Actor(kind=ActorKind.SYSTEM, via="command")
SEPARATORS = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|"}


class Command(BaseCommand):
    help = "Import a CSV file. All of it or, with one bad row, none of it; --skip-bad takes the good ones."

    def add_arguments(self, parser: CommandParser) -> None:
        names = [kind.name for kind in kinds()]
        parser.add_argument(
            "kind", choices=names, help="what the rows are; in this order for an empty practice"
        )
        parser.add_argument("file", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="go all the way and keep nothing")
        parser.add_argument(
            "--skip-bad", action="store_true", help="take the good rows and leave the bad ones"
        )
        parser.add_argument(
            "--map",
            action="append",
            default=[],
            metavar="COLUMN=HEADER",
            help="where they do not match; repeatable",
        )
        parser.add_argument("--encoding", choices=list(ENCODINGS), default="", help="else it is recognised")
        parser.add_argument("--delimiter", choices=list(SEPARATORS), help="else it is recognised")
        parser.add_argument("--day-first", action="store_true", help="3/4/2026 is the third of April")
        parser.add_argument(
            "--attest", metavar="WORDING", help="the practice holds this consent of everybody in it"
        )
        parser.add_argument("--attested-on", metavar="DATE", help="the day of that consent, like 2026-11-30")
        parser.add_argument("--as", dest="email", help="do it in this user's name")
        parser.add_argument("--columns", action="store_true", help="print the columns of this kind and stop")
        parser.add_argument("--json", action="store_true", help="answer with one JSON object")

    def handle(self, **given: Any) -> None:
        kind = kind_named(given["kind"])
        if given["columns"]:
            self.say_columns(kind)
            return
        if not Practice.objects.exists():
            raise CommandError("There is no practice yet: create_admin --practice-name makes one.")
        try:
            with given["file"].open("rb") as file:
                outcome = import_file(
                    kind,
                    file,
                    by=actor_of(given["email"]),
                    options=options_of(given),
                    watch=self.watch(given),
                )
        except OSError as error:
            raise CommandError(f"Cannot read {given['file']}: {error.strerror}.") from None
        except (SheetError, Refusal) as error:
            raise CommandError(error.message) from None
        self.say(kind, outcome, given)
        if outcome.report.bad and not given["skip_bad"]:
            raise SystemExit(1)

    def watch(self, given: dict) -> Watch:
        if given["json"] or not self.stderr.isatty():
            return Watch()
        return Watch(tell=lambda done, total: self.stderr.write(f"\r{done} of {total} lines", ending=""))

    def say(self, kind: Kind, outcome: Outcome, given: dict) -> None:
        report = outcome.report
        counts = {"added": report.added, "changed": report.changed, "unchanged": report.unchanged}
        if given["json"]:
            told = {"kind": kind.name, "kept": outcome.is_kept, "read_as": outcome.read_as, **counts}
            told |= {"ignored": outcome.ignored, "bad": _listed(report.bad), "notes": _listed(report.notes)}
            self.stdout.write(json.dumps(told))
            return
        self.stdout.write(f"Read as {outcome.read_as}.")
        if outcome.ignored:
            self.stdout.write(f"Columns nobody reads: {', '.join(outcome.ignored)}.")
        for note in report.notes:
            self.stdout.write(f"Note, {_where(note)}: {note.reason}")
        for bad in report.bad:
            self.stdout.write(f"{_where(bad)}: {bad.reason}")
        self.stdout.write(
            f"{verdict(outcome, given)} {', '.join(f'{n} {word}' for word, n in counts.items())}."
        )

    def say_columns(self, kind: Kind) -> None:
        for column in kind.all_columns(Style(zone=cells.UTC)):
            words = [*(["required"] if column.required else []), *([column.says] if column.says else [])]
            names = " or ".join((column.name, *column.also))
            self.stdout.write(f"{names}{': ' + '; '.join(words) if words else ''}")


def _where(bad: Bad) -> str:
    return f"line {bad.line}" + (f", {bad.column}" if bad.column else "")


def _listed(reasons: list[Bad]) -> list[dict[str, Any]]:
    return [{"line": bad.line, "column": bad.column, "reason": bad.reason} for bad in reasons]


def verdict(outcome: Outcome, given: dict) -> str:
    bad = len(outcome.report.bad)
    reasons = f"{bad} reason{'' if bad == 1 else 's'} against"
    if outcome.is_kept:
        return f"Done, leaving out bad rows ({reasons}):" if bad else "Done:"
    if given["dry_run"]:
        return f"Nothing was kept, as asked ({reasons}):" if bad else "Nothing was kept, as asked:"
    return f"Nothing was kept ({reasons}):"


def actor_of(email: str | None) -> Actor:
    if not email:
        return COMMAND
    user = User.objects.filter(email=email.strip().lower()).first()
    if user is None:
        raise CommandError(f"Nobody signs in with {email}.")
    return actor_for(user, via="command")


def options_of(given: dict) -> Options:
    pairs = [pair.partition("=") for pair in given["map"]]
    if wrong := [name for name, sign, _ in pairs if not sign]:
        raise CommandError(f"--map {wrong[0]}: write COLUMN=HEADER.")
    return Options(
        mapping={name.strip(): header.strip() for name, _, header in pairs},
        encoding=given["encoding"],
        delimiter=SEPARATORS[given["delimiter"]] if given["delimiter"] else "",
        day_first=given["day_first"],
        is_trial=given["dry_run"],
        skip_bad=given["skip_bad"],
        attested=attested_of(given["attest"], given["attested_on"]),
    )


def attested_of(wording: str | None, on: str | None) -> Attested | None:
    if not wording and not on:
        return None
    if not wording or not on:
        raise CommandError("A bulk consent needs both --attest and --attested-on.")
    try:
        return Attested(wording[:300], cells.date(Style(zone=cells.UTC))(on))
    except ValueError as error:
        raise CommandError(f"--attested-on: {error}") from None
