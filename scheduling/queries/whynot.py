"""Why there is no opening: of one wish the rules' own list, of a day the reason for each provider.

Asked only where somebody wants to know, so it may take its time: a reason is found by searching again without one
of the things asked for, which can never say anything the search itself does not mean.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from availability.models import Closure
from availability.queries import day_hours
from availability.rules.days import BREAK, NOT_IN, DayHours
from core.actors import Actor
from core.refusals import Problem
from core.walltime import day_bounds, from_epoch_minutes, local_date
from practice.models import Location, Practice, Provider, Room
from practice.states import Modality
from scheduling.models import AppointmentType, TypeOffer
from scheduling.queries.loads import caps_reached
from scheduling.queries.opening_limits import APART, LICENCE, NOT_ONLINE, SUPERVISION
from scheduling.queries.openings import Candidate, Openings, Search, find_openings
from scheduling.queries.problems import problems_with
from scheduling.rules import words
from scheduling.rules.wishes import Wish

CAPS = {
    "day": "Daily maximum of {most} reached",
    "week": "Weekly maximum of {most} reached",
    "kind_day": "Daily maximum of {most} of this type reached",
    "kind_practice_day": "The practice's {most} of this type are taken that day",
}


BARRED = {
    APART: "Not for this client",
    LICENCE: "Not licensed where the client lives",
    SUPERVISION: "Has no supervisor at work",
    NOT_ONLINE: "Cannot be booked online",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Excluded:
    """A provider without an opening, and why. Each reason alone is enough."""

    name: str
    reasons: tuple[str, ...]


def why_not(wish: Wish, *, by: Actor, now: dt.datetime) -> list[Problem]:
    """What stands against this start; empty for an opening. `book` decides by the same list."""
    return problems_with(wish, by=by, now=now)


def excluded(
    search: Search, on: dt.date, *, by: Actor, practice: Practice, now: dt.datetime
) -> list[Excluded]:
    """Everybody in question (those named, else all the reader sees) without an opening that day, by name."""
    return _Day(search, on, by=by, practice=practice, now=now).excluded()


class _Day:
    def __init__(
        self, search: Search, on: dt.date, *, by: Actor, practice: Practice, now: dt.datetime
    ) -> None:
        self.search = replace(search, first=on, last=on)
        self.on, self.by, self.practice, self.now = on, by, practice, now
        self.kind = AppointmentType.objects.get(pk=search.type_id)

    def excluded(self) -> list[Excluded]:
        found = self._found(self.search)
        without = [one for one in found.candidates if not found.minutes[one.id]]
        reasons = self._of_people({one.id for one in found.candidates})
        reasons |= {
            one.id: (one.name, [BARRED[found.barred[one.id]]]) for one in without if one.id in found.barred
        }
        reasons |= self._of_the_day([one for one in without if one.id not in found.barred], found)
        return sorted(
            (Excluded(name=name, reasons=tuple(why)) for name, why in reasons.values()),
            key=lambda one: one.name,
        )

    def _found(self, search: Search, now: dt.datetime | None = None) -> Openings:
        return find_openings(search, by=self.by, practice=self.practice, now=now or self.now)

    # --- who is no candidate ------------------------------------------------------------------

    def _of_people(self, candidates: set[int]) -> dict[int, tuple[str, list[str]]]:
        people = Provider.objects.visible_to(self.by).active().exclude(pk__in=candidates)
        if self.search.providers:
            people = people.filter(public_id__in=self.search.providers)
        offering = set(TypeOffer.objects.filter(type=self.kind).values_list("provider_id", flat=True))
        return {one.pk: (one.name, list(self._unfit(one, offers=one.pk in offering))) for one in people}

    def _unfit(self, one: Provider, *, offers: bool) -> Iterator[str]:
        asked = self.search
        if not self.kind.is_active:
            yield f"{self.kind.name} is no longer offered"
        elif not offers:
            yield f"Does not offer {self.kind.name}"
        elif asked.modality and asked.modality not in self.kind.modalities:
            yield f"{self.kind.name} is not offered by {Modality(asked.modality).label.lower()}"
        if asked.insurance and asked.insurance not in one.insurances:
            yield f"Does not take {asked.insurance}"
        if asked.language and asked.language not in one.languages:
            yield f"Does not speak {asked.language}"
        if asked.specialty and asked.specialty not in one.specialties:
            yield f"No specialist in {asked.specialty}"
        if asked.gender and asked.gender.lower() != one.gender.lower():
            yield f"Not {asked.gender}"

    # --- whose day has no room ----------------------------------------------------------------

    def _of_the_day(self, without: Sequence[Candidate], found: Openings) -> dict[int, tuple[str, list[str]]]:
        if not without:
            return {}
        whole = self._whole_day(found)
        if whole:
            return {one.id: (one.name, [whole]) for one in without}
        reasons = self._hours(without) | self._caps(without)
        rest = [one for one in without if one.id not in reasons]
        reasons |= self._by_asking_less(rest) if rest else {}
        return {one.id: (one.name, reasons[one.id]) for one in without}

    def _whole_day(self, found: Openings) -> str:
        if self.on < local_date(self.now, self.practice.tz):
            return "The day has passed"
        if self.search.weekdays and self.on.weekday() not in self.search.weekdays:
            return f"{self.on:%A} was not asked for"
        if self.on not in found.paid:
            return "No authorization with sessions left that day"
        return ""

    def _hours(self, without: Sequence[Candidate]) -> dict[int, list[str]]:
        closures = set(
            Closure.objects.filter(first_on__lte=self.on, last_on__gte=self.on).values_list(
                "reason", flat=True
            )
        )
        days = day_hours([one.id for one in without], self.on, own=self.practice.tz)
        return {pk: [_not_in(day, closures)] for pk, day in days.items() if not day.open}

    def _caps(self, without: Sequence[Candidate]) -> dict[int, list[str]]:
        reached = caps_reached(
            [(one.id, one.caps) for one in without],
            type_id=self.kind.pk,
            on=self.on,
            practice=self.practice,
            now=self.now,
        )
        return {
            pk: [CAPS[name].format(most=most) for name, most in caps.items()]
            for pk, caps in reached.items()
            if caps
        }

    # --- what else was asked for --------------------------------------------------------------

    def _by_asking_less(self, rest: Sequence[Candidate]) -> dict[int, list[str]]:
        asked = replace(self.search, providers=tuple(one.public_id for one in rest))
        reasons: dict[int, list[str]] = {one.id: [] for one in rest}
        for why, fewer in self._fewer(asked):
            self._note(reasons, why, self._found(replace(asked, **fewer)).minutes)
        midnight = from_epoch_minutes(day_bounds(self.on, self.practice.tz)[0])
        if self.now > midnight:
            self._note(reasons, "Nothing left today", self._found(asked, midnight).minutes)
        bare = {name: value for _, fewer in self._fewer(asked) for name, value in fewer.items()}
        together = self._found(replace(asked, **bare)).minutes if bare else {}
        for pk, found in reasons.items():
            if not found:
                found.append("Not with all of this together" if together.get(pk) else "Fully booked")
        return reasons

    def _note(self, reasons: dict[int, list[str]], why: str, found: Mapping[int, list[int]]) -> None:
        for pk, minutes in found.items():
            if minutes:
                reasons[pk].append(why)

    def _fewer(self, asked: Search) -> Iterator[tuple[str, dict]]:
        """(what to say when leaving this out helps, the search's fields without it)."""
        if asked.from_time > dt.time.min or asked.until_time:
            yield f"Nothing free {self._clock_said(asked)}", {"from_time": dt.time.min, "until_time": None}
        if asked.room_id or asked.any_room:
            yield self._room_said(asked), {"room_id": None, "any_room": False}
        if asked.location_id:
            place = Location.objects.filter(pk=asked.location_id).values_list("name", flat=True).first()
            yield f"Not at {place} that day", {"location_id": None}
        if asked.modality == Modality.TELEHEALTH:
            yield "Keeps these hours for people who come in", {"modality": ""}
        if asked.client_ids:
            yield "The client cannot come then", {"client_ids": ()}

    def _clock_said(self, asked: Search) -> str:
        start, end = (_clock(at, self.practice) for at in (asked.from_time, asked.until_time))
        if asked.until_time is None:
            return f"from {start} on"
        return f"before {end}" if asked.from_time == dt.time.min else f"between {start} and {end}"

    def _room_said(self, asked: Search) -> str:
        room = Room.objects.filter(pk=asked.room_id).first() if asked.room_id else None
        return f"{room.name} is taken or does not fit" if room else "No fitting room is free"


def _clock(at: dt.time | None, practice: Practice) -> str:
    return words.clock(at.hour * 60 + at.minute, h24=practice.clock_24h) if at else ""


def _not_in(day: DayHours, closures: set[str]) -> str:
    """A day without hours: why, when a reason is known."""
    known = [span.reason for span in day.closed if span.reason not in (NOT_IN, BREAK)]
    if not known:
        return "No hours that day"
    return f"Closed: {known[0]}" if known[0] in closures else f"Away: {known[0]}"
