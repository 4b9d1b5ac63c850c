"""A practice made of people who do not exist: small and living to look at, or large to measure."""

import datetime as dt
import json
import time
import zoneinfo
from dataclasses import asdict

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from config.demo.accounts import sign_ins
from config.demo.build import build
from config.demo.large.load import Made, TooLittlePast, load
from config.demo.large.scales import SCALES
from config.demo.moment import opening_moment
from config.demo.places import ZONE
from core import clock
from practice.models import Practice

LIVING = "demo"


class Command(BaseCommand):
    help = "Load the demo practice; --sign-ins only prints who may sign in. Only with DEBUG=1."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--if-empty", action="store_true", help="do nothing when there is a practice already"
        )
        parser.add_argument(
            "--scale",
            choices=[LIVING, *SCALES],
            default=LIVING,
            help="demo: 8 providers, a day worth looking at; small, large: for measuring, loaded by COPY",
        )
        parser.add_argument(
            "--past", type=int, metavar="N", help="past visits of a small or large practice; the rest stays"
        )
        parser.add_argument("--seed", type=int, default=1, help="same seed, same practice")
        parser.add_argument(
            "--sign-ins", action="store_true", help="print role, email and password, load nothing"
        )
        parser.add_argument("--json", action="store_true", help="answer with one JSON object")

    def handle(self, **given) -> None:
        if not settings.DEBUG:
            raise CommandError("The demo is only for DEBUG=1: a real practice never meets demo people.")
        if given["past"] is not None and (given["scale"] == LIVING or given["past"] < 0):
            raise CommandError("--past is a number of visits from 0, for --scale small or large.")
        if given["sign_ins"]:
            self.say_sign_ins(as_json=given["json"])
        elif not Practice.objects.exists():
            self.load(given["scale"], given["seed"], given["past"], as_json=given["json"])
        elif not given["if_empty"]:
            raise CommandError(
                "There is a practice here already. Start with an empty database, or add --if-empty."
            )

    def load(self, scale: str, seed: int, past: int | None, *, as_json: bool) -> None:
        began = time.monotonic()
        real = real_now()
        opens = opening_moment(real, zoneinfo.ZoneInfo(ZONE))
        made = build(seed=seed, now=opens) if scale == LIVING else self.measured(scale, seed, past, opens)
        clock.set_offset(opens - real)
        if as_json:
            about = {"scale": scale, "seed": seed, "seconds": round(time.monotonic() - began, 1)}
            self.stdout.write(json.dumps({"opens_at": opens.isoformat(), **about, **asdict(made)}))
        else:
            self.stdout.write(
                f"Demo practice ready: {made.providers} providers, {made.clients} clients, "
                f"{made.appointments} visits; its clock reads {opens.astimezone(zoneinfo.ZoneInfo(ZONE)):%A %H:%M}."
            )

    def measured(self, scale: str, seed: int, past: int | None, opens: dt.datetime) -> Made:
        try:
            return load(SCALES[scale], seed=seed, now=opens, past_visits=past, say=self.say_progress)
        except TooLittlePast as refusal:
            raise CommandError(str(refusal)) from None

    def say_progress(self, words: str) -> None:
        self.stderr.write(words, style_func=str)

    def say_sign_ins(self, *, as_json: bool) -> None:
        rows = sign_ins()
        if as_json:
            self.stdout.write(json.dumps({"sign_ins": rows}))
        for row in [] if as_json else rows:
            self.stdout.write(f"{row['role']:<11} {row['email']:<22} {row['password']}")


def real_now() -> dt.datetime:
    """The database's own clock, whatever an earlier demo moved ours to."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0]
