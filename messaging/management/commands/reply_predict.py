"""What replies would lead to, by the rules the webhook itself asks. Reads and writes files, never the database."""

import json
from argparse import RawDescriptionHelpFormatter
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from messaging.rules.replies import Asked, Context, predict

KNOWN = frozenset(Context.__dataclass_fields__)


class Command(BaseCommand):
    help = (
        "Say what each reply of a file would lead to, without a database and without doing anything.\n\n"
        'One JSON object per line: {"id", "text", "language": "en"|"es", "context": {"asks": "confirm"|"offer"|\n'
        '"which"|null, "visits", "clients_on_number", "code", "inside_notice", "previous": "C"|null, "opted_out",\n'
        '"hours_after_start"}}. The answer has one line each: {"id", "effect"}.'
    )
    requires_system_checks = ()

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        return super().create_parser(
            prog_name, subcommand, formatter_class=RawDescriptionHelpFormatter, **kwargs
        )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--cases", type=Path, required=True, help="the replies, a JSON object per line")
        parser.add_argument("--out", type=Path, required=True, help="where the effects are written")
        parser.add_argument("--json", action="store_true", help="end with one JSON object of counts")

    def handle(self, *, cases: Path, out: Path, **options: Any) -> None:
        answers = [
            {"id": case["id"], "effect": str(predict(case["text"], asked))} for case, asked in _read(cases)
        ]
        try:
            out.write_text("".join(f"{json.dumps(answer, ensure_ascii=False)}\n" for answer in answers))
        except OSError as error:
            raise CommandError(f"{out} cannot be written: {error.strerror}") from None
        counts = Counter(answer["effect"] for answer in answers)
        if options["json"]:
            self.stdout.write(json.dumps({"cases": len(answers), "effects": dict(sorted(counts.items()))}))
        else:
            self.stdout.write(
                f"{len(answers)} replies: " + ", ".join(f"{n} {e}" for e, n in counts.most_common())
            )


def _read(cases: Path) -> Iterator[tuple[dict[str, Any], Context]]:
    try:
        lines = cases.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{cases} cannot be read: {error}") from None
    for number, line in enumerate(lines, 1):
        if line.strip():
            yield _case(line, number)


def _case(line: str, number: int) -> tuple[dict[str, Any], Context]:
    try:
        case = json.loads(line)
        return {"id": case["id"], "text": case["text"] or ""}, _context(case)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise CommandError(f"Line {number} is not a case: {error!r}") from None


def _context(case: dict[str, Any]) -> Context:
    """What is not said stands at its default; a field nobody knows is ignored, so that files may say more."""
    told = {name: value for name, value in (case.get("context") or {}).items() if name in KNOWN}
    asks = told.pop("asks", None)
    kept = {name: value for name, value in told.items() if value is not None}
    if "code" in kept:
        kept["code"] = str(kept["code"])
    return Context(asks=Asked(asks) if asks else None, **kept | {"language": case.get("language") or "en"})
