"""Read the providers' outside calendars that are due, as the worker does, without a broker."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from availability.models import TravelCalendar
from availability.operations import outside
from core import clock


class Command(BaseCommand):
    help = (
        "Read the outside calendars whose turn it is and keep when their owners are busy, never why. With --all every\n"
        "calendar is read now. Prints how many were read, unchanged (the address said so) and failed."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--all", action="store_true", help="read every calendar, due or not")
        parser.add_argument("--json", action="store_true", help="print the numbers as one JSON object")

    def handle(self, **options: Any) -> None:
        if options["all"]:
            TravelCalendar.objects.update(next_fetch_at=clock.now())
        counts = outside.fetch_due(limit=10_000)
        line = " ".join(f"{name}={count}" for name, count in counts.items())
        self.stdout.write(json.dumps(counts) if options["json"] else line)
