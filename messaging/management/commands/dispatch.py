"""Send what is due without Celery or a broker: by hand, from cron, or as the only worker."""

import dataclasses
import json
import signal
import time
from argparse import RawDescriptionHelpFormatter
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError, close_old_connections, connection

from messaging.operations.dispatch import Tally, reap, tick
from messaging.operations.failures import report


class Command(BaseCommand):
    is_stopping = False
    help = (
        "Send the messages that are due, the way the worker does, but without a broker.\n\n"
        "Without --once it keeps running: a tick every second, a sweep for lapsed leases and unanswered\n"
        "questions to the carrier every 30. Stop it with Ctrl-C. Any number may run beside workers.\n\n"
        "Numbers printed: promoted (plan rows that became messages), claimed (messages taken up), released and\n"
        "doubted (leases of dead processes), verified (asked the carrier about), polled\n"
        "(silent since they were taken), expired (no longer useful), events (callbacks acted on late),\n"
        "failed (raised; see the log). Exit status 1 when anything failed."
    )

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        return super().create_parser(
            prog_name, subcommand, formatter_class=RawDescriptionHelpFormatter, **kwargs
        )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="sweep, send until nothing is due, and end")
        parser.add_argument(
            "--json", action="store_true", help="print the numbers as one JSON object per line"
        )

    def handle(self, *, once: bool, json: bool, **options: Any) -> None:
        signal.signal(signal.SIGTERM, self._stop)
        if once:
            self._round(sweep=True, as_json=json, failing=True)
            return
        swept = -float(settings.MESSAGE_REAP_SECONDS)
        try:
            while not self.is_stopping:
                sweep = time.monotonic() - swept >= settings.MESSAGE_REAP_SECONDS
                swept = time.monotonic() if sweep else swept
                self._round_in_any_weather(sweep=sweep, as_json=json)
                time.sleep(settings.MESSAGE_TICK_SECONDS)
        except KeyboardInterrupt:
            self.stderr.write("stopped")

    def _stop(self, *args: object) -> None:
        """What is under way is finished; what is claimed is let go."""
        self.is_stopping = True

    def _round_in_any_weather(self, *, sweep: bool, as_json: bool) -> None:
        """A database that is away comes back; whatever was begun then is looked after by the sweep."""
        close_old_connections()
        try:
            self._round(sweep=sweep, as_json=as_json, failing=False)
        except DatabaseError as error:
            report("dispatch_failed", error)
            connection.close()

    def _round(self, *, sweep: bool, as_json: bool, failing: bool) -> None:
        numbers = _sum(reap() if sweep else Tally(), tick(is_stopping=lambda: self.is_stopping))
        if as_json:
            self.stdout.write(json.dumps(numbers))
        elif any(numbers.values()) or failing:
            self.stdout.write(" ".join(f"{name}={number}" for name, number in numbers.items()))
        if failing and numbers["failed"]:
            raise CommandError(f"{numbers['failed']} failed; the log says why. They will be tried again.")


def _sum(one: Tally, other: Tally) -> dict[str, int]:
    first, second = dataclasses.asdict(one), dataclasses.asdict(other)
    return {name: first[name] + second[name] for name in first}
