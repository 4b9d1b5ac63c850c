"""A series looked at before it is booked: every occurrence with what stands against it, in a fixed number of queries.

The rows are decided one after another, so one that may stand is in the way of the next.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from availability.models import Closure
from core.refusals import Problem, Severity
from core.walltime import to_utc
from practice.models import Authorization, Practice, Provider, Room
from practice.queries import the_practice
from scheduling.models import Appointment, AppointmentType, Series, TypeOffer
from scheduling.queries.authorizations import with_use
from scheduling.queries.many import PRACTICE, Asked, Book, Ledger
from scheduling.queries.problems import wish_of
from scheduling.rules import words
from scheduling.rules.overrides import is_reason
from scheduling.rules.problems import problems
from scheduling.rules.recurrence import Pattern, Rhythm
from scheduling.rules.wishes import Wish
from scheduling.states import AppointmentState, Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One occurrence as it is asked for, in wall time. `override`: why it should stand against what is in the way."""

    on: dt.date
    at: dt.time
    provider_id: int | None = None
    room_id: int | None = None
    override: str = ""
    is_skipped: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """One row of the table. `clock_note`: what a clock change does to it; `closures`: what the place is closed for."""

    line: Line
    wish: Wish
    problems: tuple[Problem, ...]
    closures: tuple[str, ...]
    clock_note: str

    @property
    def against(self) -> list[Problem]:
        return [p for p in self.problems if p.severity != Severity.WARNING]

    @property
    def may_override(self) -> bool:
        return bool(self.against) and all(p.severity == Severity.NEEDS_OVERRIDE for p in self.against)

    @property
    def is_overridden(self) -> bool:
        return self.may_override and is_reason(self.line.override)

    @property
    def stands(self) -> bool:
        return not self.line.is_skipped and (not self.against or self.is_overridden)

    @property
    def blocks(self) -> bool:
        """Keeps the whole series from being booked."""
        return not self.line.is_skipped and not self.stands


def lines_of(rhythm: Rhythm, template: Wish) -> list[Line]:
    return [
        Line(on=on, at=rhythm.at, provider_id=template.provider_id, room_id=template.room_id)
        for on in rhythm.dates
    ]


def plan_series(
    template: Wish,
    lines: Sequence[Line],
    *,
    zone: ZoneInfo,
    now: dt.datetime,
    held: Appointment | None = None,
) -> list[Planned]:
    """`template` gives type, length, people and place; each line its own time, provider and room.

    `held`: a hold that will give way to the series, so it stands in nobody's way.
    """
    rooms = Room.objects.in_bulk({line.room_id for line in lines} - {None})
    wishes = [_wish(template, line, rooms, zone) for line in lines]
    found = _decided(wishes, lines, now=now, held=held)
    closures = _closures(lines)
    notes = _clock_notes(lines, zone)
    return [
        Planned(
            line=line,
            wish=wish,
            problems=tuple(against),
            closures=tuple(c.reason for c in closures if _is_closed(c, line.on, wish.location_id)),
            clock_note=note,
        )
        for line, wish, against, note in zip(lines, wishes, found, notes, strict=True)
    ]


def _wish(template: Wish, line: Line, rooms: dict[int, Room], zone: ZoneInfo) -> Wish:
    room = rooms.get(line.room_id or 0)
    return replace(
        template,
        starts_at=to_utc(line.on, line.at, zone),
        provider_id=line.provider_id,
        # Who leads alone that day does not lead together with themselves; nor is there a second without a first.
        co_provider_id=None
        if line.provider_id in (None, template.co_provider_id)
        else template.co_provider_id,
        room_id=line.room_id,
        location_id=room.location_id if room else template.location_id,
        source=Source.SERIES,
    )


def _decided(
    wishes: Sequence[Wish], lines: Sequence[Line], *, now: dt.datetime, held: Appointment | None
) -> list[list[Problem]]:
    book = book_of(wishes)
    ledger = Ledger([asked_of(wish, book) for wish in wishes], book, now=now)
    if held and held.state == AppointmentState.HELD and held.hold_until and held.hold_until > now:
        leave_out(ledger, [held])
    found = []
    for place, line in enumerate(lines):
        here = problems(ledger.facts(place))
        found.append(here)
        if not line.is_skipped and may_stand(here, line.override):
            ledger.took(place)
    return found


def may_stand(found: Iterable[Problem], override: str) -> bool:
    against = [p for p in found if p.severity != Severity.WARNING]
    return not against or (
        is_reason(override) and all(p.severity == Severity.NEEDS_OVERRIDE for p in against)
    )


def book_of(wishes: Collection[Wish]) -> Book:
    """Four queries, whatever the number of wishes."""
    people = {pk for wish in wishes for pk in wish.people}
    offers = TypeOffer.objects.filter(type__in={wish.type_id for wish in wishes}, provider__in=people)
    return Book(
        practice=the_practice(),
        types=AppointmentType.objects.in_bulk(),
        providers=Provider.objects.select_related("supervisor").in_bulk(people),
        rooms=Room.objects.in_bulk({wish.room_id for wish in wishes} - {None}),
        offered=set(offers.values_list("type_id", "provider_id")),
    )


def asked_of(wish: Wish, book: Book) -> Asked:
    kind, room = book.types[wish.type_id], book.rooms.get(wish.room_id or 0)
    before, after = wish.buffer_before_minutes, wish.buffer_after_minutes
    full = replace(
        wish,
        buffer_before_minutes=kind.buffer_before_minutes if before is None else before,
        buffer_after_minutes=kind.buffer_after_minutes if after is None else after,
    )
    return Asked(wish=full, cleaning_minutes=room.cleaning_minutes if room else 0)


def leave_out(ledger: Ledger, leaving: Sequence[Appointment]) -> None:
    """These give up their places in the same act, so they neither stand in the way nor count."""
    gone = {visit.pk for visit in leaving}
    for place, standing in ledger.standing.items():
        ledger.standing[place] = [busy for busy in standing if busy.id not in gone]
    zone = ledger.book.practice.tz
    for visit in leaving:
        on = visit.starts_at.astimezone(zone).date()
        for provider_id in (*visit.people, PRACTICE):
            ledger.counts[provider_id, on, visit.type_id] -= 1


def _closures(lines: Sequence[Line]) -> list[Closure]:
    days = [line.on for line in lines]
    if not days:
        return []
    return list(Closure.objects.filter(first_on__lte=max(days), last_on__gte=min(days)))


def _is_closed(closure: Closure, on: dt.date, location_id: int | None) -> bool:
    return closure.first_on <= on <= closure.last_on and closure.location_id in (None, location_id)


def _clock_notes(lines: Sequence[Line], zone: ZoneInfo) -> list[str]:
    """The wall clock keeps its time; said where the offset changes, or where the night itself interferes."""
    practice = the_practice()
    notes: list[str] = []
    last: dt.timedelta | None = None
    for line in lines:
        wall = dt.datetime.combine(line.on, line.at, zone)
        note = _of_night(wall, practice)
        if not note and last is not None and wall.utcoffset() != last:
            note = f"The clocks have changed; still {_said(wall, practice)} on the wall."
        last = wall.utcoffset()
        notes.append(note)
    return notes


def _of_night(wall: dt.datetime, practice: Practice) -> str:
    real = wall.astimezone(dt.UTC).astimezone(wall.tzinfo)
    if real.replace(tzinfo=None) != wall.replace(tzinfo=None):
        return f"{_said(wall, practice)} does not exist that night: it is {_said(real, practice)}."
    if wall.utcoffset() != wall.replace(fold=1).utcoffset():
        return f"{_said(wall, practice)} comes twice that night: the first is meant."
    return ""


def _said(wall: dt.datetime, practice: Practice) -> str:
    return words.clock(wall.hour * 60 + wall.minute, h24=practice.clock_24h)


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """What an insurer still allows, besides what is kept already.

    `covered`: how many of the planned rows, from the first one on.
    """

    authorization: Authorization
    left: int
    covered: int


def allowances(client_ids: Collection[int], planned: Sequence[Planned]) -> list[Allowance]:
    """Of every authorization that is valid on some row. One query."""
    days = [row.line.on for row in planned if not row.line.is_skipped]
    if not days or not client_ids:
        return []
    rows = Authorization.objects.filter(
        client__in=client_ids, starts_on__lte=max(days), ends_on__gte=min(days)
    )
    counted = with_use(rows).order_by("ends_on", "pk")
    return [_allowance(row, max(row.left, 0), days) for row in counted]  # type: ignore[attr-defined]  # annotated


def _allowance(row: Authorization, left: int, days: Sequence[dt.date]) -> Allowance:
    valid = sum(row.starts_on <= on <= row.ends_on for on in days)
    return Allowance(authorization=row, left=left, covered=min(left, valid))


def pattern_of(series: Series) -> Pattern | None:
    """None for a rule of another system that is neither of weeks nor of months."""
    try:
        return Pattern.of(series.rule)
    except (ValueError, KeyError, IndexError):
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Extension:
    """What `count` more visits of a series would be: like its last one that follows the rule."""

    series: Series
    pattern: Pattern
    template: Wish
    lines: list[Line]
    zone: ZoneInfo


def extension(series: Series, count: int) -> Extension | None:
    """None where nothing follows the rule any more, or the rule is of another system."""
    pattern = pattern_of(series)
    own = series.appointments.filter(changed_alone=False).prefetch_related("attendances")
    last = own.order_by("starts_at").last()
    if pattern is None or last is None:
        return None
    zone = ZoneInfo(series.zone)
    on = last.starts_at.astimezone(zone).date()
    template = replace(
        wish_of(last),
        rate_cents=last.rate_cents,
        billing_mode=last.billing_mode,
        series_id=series.pk,
        title=last.title,
    )
    if not template.client_ids:  # its last visit was cancelled: the same people as came to it before
        people = last.attendances.values_list("client_id", flat=True)
        template = replace(template, client_ids=tuple(people))
    lines = [
        Line(on=day, at=series.local_time, provider_id=last.provider_id, room_id=last.room_id)
        for day in pattern.more(on, count)
    ]
    return Extension(series=series, pattern=pattern, template=template, lines=lines, zone=zone)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Which of its series a visit is. `often`: the rule in words, empty for one of another system."""

    often: str
    number: int
    total: int
    last_on: dt.date


def standing_of(visit: Appointment) -> Standing | None:
    """Cancelled visits count neither way. One query, with the series loaded."""
    if visit.series is None:
        return None
    own = visit.series.appointments.shown().order_by("starts_at", "pk")
    rows = list(own.values_list("pk", "starts_at"))
    pattern = pattern_of(visit.series)
    return Standing(
        often=pattern.said if pattern else "",
        number=next((number for number, (pk, _) in enumerate(rows, 1) if pk == visit.pk), 0),
        total=len(rows),
        last_on=max((at for _, at in rows), default=visit.starts_at)
        .astimezone(ZoneInfo(visit.series.zone))
        .date(),
    )
