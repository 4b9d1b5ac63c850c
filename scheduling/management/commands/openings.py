"""The opening search in a terminal: what is free, why nothing is, and why a given start is not."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from argparse import RawDescriptionHelpFormatter
from collections.abc import Sequence
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import Model, Q, QuerySet
from django.utils.dateparse import parse_date

from core.actors import SYSTEM
from core.walltime import ONE_DAY, from_epoch_minutes, local_date, to_utc
from practice.models import Client, Location, Practice, Provider, Room
from practice.queries import practice_and_now
from practice.states import Modality
from scheduling.forms.searching import ANY_ROOM, DEFAULT_DAYS, MOST_DAYS
from scheduling.forms.typed import parse_minutes, parse_time
from scheduling.models import AppointmentType
from scheduling.queries.opening_days import FoundDay, by_day
from scheduling.queries.opening_wish import wish_at
from scheduling.queries.openings import Openings, Search, find_openings
from scheduling.queries.whynot import excluded, why_not

BAD_INPUT = 2
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
HELP = """When could this visit be, and with whom? Soonest first, in the practice's own clock.

  manage.py openings --type Follow-up
  manage.py openings --type Intake --provider "Maya Smith" --from 2026-12-01 --to 2026-12-14 --days mon,wed
  manage.py openings --type 3 --client 10042 --room any --location Riverside --after 13:00 --json
  manage.py openings --type Follow-up --provider "Maya Smith" --at "2026-12-01 14:00"     why that start is not free

--limit counts openings and shows the last day whole. --why adds, for each day shown, who has none and for what reason.
Exit status 0 whether or not there is any, 2 when the question cannot be understood."""


class Command(BaseCommand):
    help = HELP

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        return super().create_parser(
            prog_name, subcommand, formatter_class=RawDescriptionHelpFormatter, **kwargs
        )

    def add_arguments(self, parser: CommandParser) -> None:
        add = parser.add_argument
        add("--type", required=True, metavar="NAME|ID", help="the appointment type")
        add(
            "--provider",
            action="append",
            default=[],
            metavar="NAME|ID",
            help="only this one; may be repeated",
        )
        add("--from", dest="first", metavar="DATE", help="first day, 2026-12-01; today when left out")
        add("--to", dest="last", metavar="DATE", help=f"last day; {DEFAULT_DAYS} days when left out")
        add("--days", metavar="MON,TUE", help="only these days of the week")
        add("--after", metavar="TIME", help="not before this time of day: 9:00, 2:30pm")
        add("--before", metavar="TIME", help="over by this time of day")
        add("--minutes", metavar="N", help="another length than usual: 50, 1h30")
        add("--location", metavar="NAME|ID", help="only where the provider keeps hours there")
        add("--room", metavar="any|NAME|ID", help="with this room free, or any fitting one")
        add("--modality", choices=Modality.values, help="in what way")
        add("--client", metavar="NUMBER", help="record number; leaves out when they are elsewhere")
        for name in ("insurance", "language", "specialty", "gender"):
            add(f"--{name}", default="", help=f"only providers with this {name}")
        add(
            "--at", metavar="DATETIME", help="only say what stands against this start with the one --provider"
        )
        add("--limit", type=int, metavar="N", help="the soonest N; all when left out")
        add("--why", action="store_true", help="also who has none on a day, and why")
        add("--json", action="store_true", help="print one JSON object")

    def handle(self, **asked: Any) -> None:
        practice, now = practice_and_now()
        search = search_for(asked, local_date(now, practice.tz))
        if asked["at"]:
            self._why_not(search, asked, practice, now)
            return
        found = find_openings(search, by=SYSTEM, practice=practice, now=now)
        limit = asked["limit"] or found.count or 1
        days = by_day(found, search, practice=practice, now=now, limit=limit).days
        reasons = {day.on: _reasons(search, day, practice, now) for day in days} if asked["why"] else {}
        if asked["json"]:
            self.stdout.write(json.dumps(_as_data(found, days, reasons, practice)))
        else:
            self._say(days, reasons)

    def _say(self, days: Sequence[FoundDay], reasons: dict[dt.date, list[dict]]) -> None:
        if not any(day.rows for day in days):
            self.stdout.write("No opening.")
        for day in days:
            if not day.rows and day.on not in reasons:
                continue
            self.stdout.write(day.title)
            for row in day.rows:
                times = "  ".join(time.words for time in row.times)
                self.stdout.write(f"  {row.provider.name} ({row.provider.shape.minutes} min)  {times}")
            for one in reasons.get(day.on, []):
                self.stdout.write(f"  {one['provider']}: none. {'. '.join(one['reasons'])}.")

    def _why_not(self, search: Search, asked: dict[str, Any], practice: Practice, now: dt.datetime) -> None:
        if len(search.providers) != 1:
            raise _bad("--at asks about one provider: name exactly one with --provider.")
        provider = Provider.objects.get(public_id=search.providers[0])
        wish = wish_at(search, provider, _start(asked["at"], practice), practice=practice, now=now)
        found = why_not(wish, by=SYSTEM, now=now) if wish else []
        if asked["json"]:
            told = [
                {"code": p.code, "severity": p.severity, "message": p.message, "remedy": p.remedy}
                for p in found
            ]
            self.stdout.write(json.dumps({"at": asked["at"], "is_open": not found, "problems": told}))
            return
        self.stdout.write("\n".join(p.message for p in found) or "Nothing stands against it.")


def search_for(asked: dict[str, Any], today: dt.date) -> Search:
    """Raises CommandError with exit status 2."""
    first = _date(asked["first"], "--from") or today
    last = _date(asked["last"], "--to") or first + ONE_DAY * (DEFAULT_DAYS - 1)
    if not 0 <= (last - first).days < MOST_DAYS:
        raise _bad(f"--to must lie after --from, by {MOST_DAYS - 1} days at most.")
    room = asked["room"] or ""
    return Search(
        type_id=_row(AppointmentType.objects.filter(is_active=True), asked["type"], "type").pk,
        first=first,
        last=last,
        providers=tuple(_provider(words).public_id for words in asked["provider"]),
        minutes=_parsed(parse_minutes, asked["minutes"], "--minutes"),
        client_ids=_client_ids(asked["client"]),
        location_id=_row(Location.objects.all(), asked["location"], "location").pk
        if asked["location"]
        else None,
        room_id=_row(Room.objects.all(), room, "room").pk if room and room != ANY_ROOM else None,
        any_room=room == ANY_ROOM,
        modality=asked["modality"] or "",
        weekdays=_weekdays(asked["days"]),
        from_time=_parsed(parse_time, asked["after"], "--after") or dt.time.min,
        until_time=_parsed(parse_time, asked["before"], "--before"),
        **{name: asked[name] for name in ("insurance", "language", "specialty", "gender")},
    )


def _bad(message: str) -> CommandError:
    return CommandError(message, returncode=BAD_INPUT)


def _row(rows: QuerySet, words: str, what: str) -> Any:
    """The one row of this number or name."""
    asked = Q(name__iexact=words) | (Q(pk=int(words)) if words.isdecimal() and len(words) < 10 else Q())
    found = list(rows.filter(asked)[:2])
    if len(found) == 1:
        return found[0]
    there = ", ".join(sorted(set(rows.values_list("name", flat=True)))) or "none"
    raise _bad(f"{'More than one' if found else 'No'} {what} “{words}”. There are: {there}.")


def _provider(words: str) -> Provider:
    people = Provider.objects.active()
    try:
        found = list(people.filter(public_id=uuid.UUID(words)))
    except ValueError:
        found = [one for one in people if _is_meant(one, words)]
    if len(found) == 1:
        return found[0]
    there = ", ".join(one.name for one in people)
    raise _bad(f"{'More than one' if found else 'No'} provider “{words}”. There are: {there}.")


def _is_meant(one: Provider, words: str) -> bool:
    names = {one.name, f"{one.first_name} {one.last_name}", one.last_name, one.record_number or one.name}
    return words.casefold() in {name.casefold() for name in names}


def _client_ids(number: str | None) -> tuple[int, ...]:
    if not number:
        return ()
    found: list[Model] = list(Client.objects.filter(record_number=number.lstrip("#")))
    if not found:
        raise _bad("No client has this record number.")
    return (found[0].pk,)


def _date(text: str | None, option: str) -> dt.date | None:
    return _parsed(_read_date, text, option)


def _read_date(text: str) -> dt.date:
    on = parse_date(text)
    if on is None:
        raise ValueError(text)
    return on


def _parsed(read: Any, text: str | None, option: str) -> Any:
    """None for an option that was left out."""
    if not text:
        return None
    try:
        return read(text)
    except ValueError:
        raise _bad(f"{option}: “{text}” cannot be understood. See --help for how to write it.") from None


def _weekdays(text: str | None) -> frozenset[int]:
    names = [name.strip().lower()[:3] for name in (text or "").split(",") if name.strip()]
    unknown = [name for name in names if name not in WEEKDAYS]
    if unknown:
        raise _bad(f"--days: “{unknown[0]}” is no day. Write mon,tue,wed,thu,fri,sat,sun.")
    return frozenset(WEEKDAYS.index(name) for name in names)


def _start(text: str, practice: Practice) -> dt.datetime:
    on, _, at = text.replace("T", " ").partition(" ")
    return to_utc(_parsed(_read_date, on, "--at"), _parsed(parse_time, at or "?", "--at"), practice.tz)


def _reasons(search: Search, day: FoundDay, practice: Practice, now: dt.datetime) -> list[dict]:
    out = excluded(search, day.on, by=SYSTEM, practice=practice, now=now)
    return [{"provider": one.name, "reasons": list(one.reasons)} for one in out]


def _as_data(
    found: Openings, days: Sequence[FoundDay], reasons: dict[dt.date, list[dict]], practice: Practice
) -> dict:
    openings = [(time.minute, row.provider) for day in days for row in day.rows for time in row.times]
    answer = {
        "zone": practice.zone,
        "count": found.count,
        "openings": [
            {
                "provider": str(one.public_id),
                "name": one.name,
                "starts_at": from_epoch_minutes(minute).astimezone(practice.tz).isoformat(),
                "minutes": one.shape.minutes,
            }
            for minute, one in sorted(openings, key=lambda pair: pair[0])
        ],
    }
    return answer | ({"why": {on.isoformat(): why for on, why in reasons.items()}} if reasons else {})
