"""Would the carriers take what we send, and would we believe what they post? Exit status 1 when something is wrong."""

import dataclasses
import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from messaging.carriers.checking import findings

MARKS = {True: "ok", False: "WRONG", None: "not set up"}


class Command(BaseCommand):
    help = "Say what is set up, and try whether a signed webhook is believed at PUBLIC_BASE_URL."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="one JSON object instead of lines")

    def handle(self, *, json: bool, **options: Any) -> None:
        found = findings()
        self.stdout.write(_as_json(found) if json else _as_lines(found))
        if any(one.ok is False for one in found):
            raise SystemExit(1)


def _as_json(found: list) -> str:
    wrong = [one.name for one in found if one.ok is False]
    return json.dumps(
        {"ok": not wrong, "wrong": wrong, "findings": [dataclasses.asdict(one) for one in found]}
    )


def _as_lines(found: list) -> str:
    return "\n".join(f"{MARKS[one.ok]:<10}  {one.label}: {one.says}" for one in found)
