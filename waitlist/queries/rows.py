"""Entries as the page lists them: a fixed number of queries."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from practice.models import Practice, Provider
from practice.states import Modality
from scheduling.rules import words
from waitlist.models import Offer, WaitlistEntry
from waitlist.queries.pressing import pressing_of
from waitlist.rules.priority import FULL, Part, parts

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """`wishes`: what they want, each in a few words. `offer`: what they are asked right now."""

    entry: WaitlistEntry
    wishes: Sequence[str]
    waited: int
    priority: float
    parts: Sequence[Part]
    offer: str
    moves_up: str
    cools: bool
    change_id: uuid.UUID  # each button is an act of its own


def rows_of(entries: Iterable[WaitlistEntry], practice: Practice, now: dt.datetime) -> list[Row]:
    """client, type, location and the visit that would move up should be loaded. Two queries."""
    listed = list(entries)
    names = names_of(pk for entry in listed for pk in entry.provider_ids)
    out = Offer.objects.out().filter(entry__in=[entry.pk for entry in listed])
    asked = {offer.entry_id: offer for offer in out.select_related("appointment").order_by("made_at")}
    return [_row(entry, names, asked.get(entry.pk), practice, now) for entry in listed]


def names_of(provider_ids: Iterable[int]) -> dict[int, str]:
    return {one.pk: one.name for one in Provider.objects.filter(pk__in=set(provider_ids))}


def _row(
    entry: WaitlistEntry, names: dict[int, str], offer: Offer | None, practice: Practice, now: dt.datetime
) -> Row:
    visit = entry.attendance.appointment if entry.attendance else None
    return Row(
        entry=entry,
        wishes=wishes_of(entry, names, practice),
        waited=entry.waited_days(now),
        priority=entry.priority / FULL,
        parts=parts(pressing_of(entry, now)),
        offer=f"{moment(offer.appointment.starts_at, practice)}, until {clock(offer.expires_at, practice)}"
        if offer
        else "",
        moves_up=moment(visit.starts_at, practice) if visit else "",
        cools=bool(entry.cool_until and entry.cool_until > now),
        change_id=uuid.uuid4(),
    )


def wishes_of(entry: WaitlistEntry, names: dict[int, str], practice: Practice) -> list[str]:
    who = " or ".join(names[pk] for pk in entry.provider_ids if pk in names)
    days = ", ".join(DAYS[day] for day in entry.weekdays)
    hours = (
        f"{wall(entry.from_time, practice)}–{wall(entry.until_time, practice)}"
        if entry.from_time and entry.until_time
        else ""
    )
    said = (
        who or "Anybody",
        " ".join(part for part in (days, hours) if part) or "Any time",
        Modality(entry.modality).label if entry.modality else "",
        entry.location.name if entry.location else "",
        entry.insurance,
        f"{entry.minutes} min" if entry.minutes else "",
        "Short notice is fine" if entry.is_quick else "",
    )
    return [words for words in said if words]


def wall(at: dt.time, practice: Practice) -> str:
    return words.clock(at.hour * 60 + at.minute, h24=practice.clock_24h)


def clock(at: dt.datetime, practice: Practice) -> str:
    return wall(at.astimezone(practice.tz).time(), practice)


def moment(at: dt.datetime, practice: Practice) -> str:
    """ "Tue, Nov 24, 2:30 pm"."""
    return f"{words.short_day(at.astimezone(practice.tz).date())}, {clock(at, practice)}"
