"""May this be booked? Facts in, problems out. Every door shows this one list.

Twin: the exclusion constraints of `Appointment` have the last word on overlaps, and
`rules.openings`, which finds the same times set-wise.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field

from core.refusals import Problem, Severity
from scheduling.rules.wishes import Place

OVERRIDE, BLOCKER, WARNING = Severity.NEEDS_OVERRIDE, Severity.BLOCKER, Severity.WARNING


@dataclass(frozen=True, slots=True, kw_only=True)
class Busy:
    """A blocking neighbour. Spans are aware UTC datetimes; `blocked` and `room_span` are with their margins."""

    id: int
    people: frozenset[int]
    room_id: int | None
    client_ids: frozenset[int]
    starts_at: dt.datetime
    ends_at: dt.datetime
    blocked: tuple[dt.datetime, dt.datetime]
    room_span: tuple[dt.datetime, dt.datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """A provider's open spans that day as (start, end, location or None), and why the rest is closed."""

    open: tuple[tuple[dt.datetime, dt.datetime, int | None], ...]
    closed: tuple[tuple[dt.datetime, dt.datetime, str], ...] = ()
    in_person: tuple[tuple[dt.datetime, dt.datetime], ...] = ()  # the open ones kept for people who come
    outside: tuple[tuple[dt.datetime, dt.datetime], ...] = ()  # busy elsewhere, by an outside calendar


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All a decision needs, loaded in a constant number of queries. Counts exclude the visit itself."""

    place: Place
    buffer_before_minutes: int
    buffer_after_minutes: int
    cleaning_minutes: int = 0
    client_ids: frozenset[int] = frozenset()
    type_is_active: bool = True
    type_name: str = ""
    type_modalities: frozenset[str] = frozenset()
    offered: dict[int, bool] = field(default_factory=dict)
    names: dict[int, str] = field(default_factory=dict)
    hours: dict[int, Hours] = field(default_factory=dict)
    neighbours: tuple[Busy, ...] = ()
    room_name: str = ""
    room_location_id: int | None = None
    room_capacity: int | None = None
    room_is_active: bool = True
    room_lacks: tuple[str, ...] = ()  # what the type needs and the room does not have
    room_outages: tuple[tuple[dt.datetime, dt.datetime, str], ...] = ()
    room_has_steps: bool = False
    needs_access: bool = False
    heads: int = 0
    counts: dict[str, tuple[int, int]] = field(default_factory=dict)
    inactive_clients: int = 0
    now: dt.datetime | None = None
    clock: str = "%-I:%M %p"
    zone: dt.tzinfo = dt.UTC

    @property
    def blocked(self) -> tuple[dt.datetime, dt.datetime]:
        return (
            self.place.starts_at - dt.timedelta(minutes=self.buffer_before_minutes),
            self.place.ends_at + dt.timedelta(minutes=self.buffer_after_minutes),
        )

    @property
    def room_span(self) -> tuple[dt.datetime, dt.datetime]:
        return self.place.starts_at, self.place.ends_at + dt.timedelta(minutes=self.cleaning_minutes)


def overlap(a: tuple[dt.datetime, dt.datetime], b: tuple[dt.datetime, dt.datetime]) -> bool:
    return a[0] < b[1] and b[0] < a[1]


def problems(facts: Facts) -> list[Problem]:
    """Blockers first, then what needs an override, then warnings; each check's own order kept."""
    order = {BLOCKER: 0, OVERRIDE: 1, WARNING: 2}
    found = [p for check in CHECKS for p in check(facts)]
    return sorted(found, key=lambda p: order[p.severity])


def _said(facts: Facts, moment: dt.datetime) -> str:
    return moment.astimezone(facts.zone).strftime(facts.clock).lower()


def _span_said(facts: Facts, busy: Busy) -> str:
    return f"from {_said(facts, busy.starts_at)} to {_said(facts, busy.ends_at)}"


def _thing(busy: Busy) -> dict:
    return {
        "kind": "appointment",
        "id": busy.id,
        "starts_at": busy.starts_at.isoformat(),
        "ends_at": busy.ends_at.isoformat(),
    }


def _type(facts: Facts) -> Iterator[Problem]:
    if not facts.type_is_active:
        yield Problem(
            code="type_archived",
            severity=BLOCKER,
            field="type",
            message=f"{facts.type_name} is no longer offered.",
            remedy="Choose another type.",
        )
    if facts.type_modalities and facts.place.modality not in facts.type_modalities:
        yield Problem(
            code="modality",
            severity=OVERRIDE,
            field="modality",
            message=f"{facts.type_name} is not offered this way.",
            remedy="Choose how it is offered, or override.",
        )
    for provider_id, offered in facts.offered.items():
        if not offered:
            yield Problem(
                code="not_offered",
                severity=OVERRIDE,
                field="provider",
                message=f"{facts.names[provider_id]} does not offer {facts.type_name}.",
                remedy="Choose another provider, or override.",
            )


def _hours(facts: Facts) -> Iterator[Problem]:
    span = (facts.place.starts_at, facts.place.ends_at)
    for provider_id, hours in facts.hours.items():
        within = [o for o in hours.open if overlap(o[:2], span)]
        if not _covers(within, span):
            why = next(
                (reason for start, end, reason in hours.closed if overlap((start, end), span)), "Not in"
            )
            yield Problem(
                code="outside_hours",
                severity=OVERRIDE,
                field="starts_at",
                message=f"{facts.names[provider_id]} is not available then: {why}.",
                remedy="Choose a time inside the hours, or override.",
            )
        elif _elsewhere(facts, within):
            yield Problem(
                code="other_location",
                severity=OVERRIDE,
                field="location",
                message=f"{facts.names[provider_id]} works at another location then.",
                remedy="Choose that location, telehealth, or override.",
            )


def _elsewhere(facts: Facts, within: list[tuple]) -> bool:
    """Where one is matters to who comes in; by video or phone one may be at any office."""
    place = facts.place
    comes_in = place.location_id and place.modality == "in_person"
    return bool(comes_in) and any(o[2] not in (None, place.location_id) for o in within)


def _telehealth(facts: Facts) -> Iterator[Problem]:
    if facts.place.modality != "telehealth":
        return
    span = (facts.place.starts_at, facts.place.ends_at)
    for provider_id, hours in facts.hours.items():
        if any(overlap(kept, span) for kept in hours.in_person):
            yield Problem(
                code="no_telehealth_hours",
                severity=OVERRIDE,
                field="modality",
                message=f"{facts.names[provider_id]} keeps these hours for people who come in.",
                remedy="Choose another time, or override.",
            )


def _covers(spans: list[tuple], span: tuple[dt.datetime, dt.datetime]) -> bool:
    reached = span[0]
    for start, end, _ in sorted(spans, key=lambda s: s[0]):
        if start > reached:
            return False
        reached = max(reached, end)
    return reached >= span[1]


def _provider_busy(facts: Facts) -> Iterator[Problem]:
    people, session = set(facts.place.people), (facts.place.starts_at, facts.place.ends_at)
    for busy in facts.neighbours:
        clash = people & busy.people
        if not clash or not overlap(facts.blocked, busy.blocked):
            continue
        buffers = "" if overlap(session, (busy.starts_at, busy.ends_at)) else ", and the buffers do not fit"
        yield Problem(
            code="provider_busy",
            severity=OVERRIDE,
            field="starts_at",
            message=f"{facts.names.get(min(clash), 'The provider')} is booked {_span_said(facts, busy)}{buffers}.",
            remedy="Choose another time, or overbook with a reason.",
            blocking=_thing(busy),
        )


def _room(facts: Facts) -> Iterator[Problem]:
    if facts.place.room_id is not None:
        yield from _room_fits(facts)
        yield from _room_free(facts)


def _room_fits(facts: Facts) -> Iterator[Problem]:
    if not facts.room_is_active:
        yield Problem(
            code="room_inactive",
            severity=BLOCKER,
            field="room",
            message=f"{facts.room_name} is no longer used.",
            remedy="Choose another room.",
        )
    if facts.place.location_id and facts.room_location_id != facts.place.location_id:
        yield Problem(
            code="room_elsewhere",
            severity=BLOCKER,
            field="room",
            message=f"{facts.room_name} is at another location.",
            remedy="Choose a room there.",
        )
    if facts.room_capacity is not None and facts.heads > facts.room_capacity:
        yield _unfit(
            facts, "room_small", f"{facts.room_name} holds {facts.room_capacity}, {facts.heads} are coming."
        )
    if facts.room_lacks:
        yield _unfit(facts, "room_equipment", f"{facts.room_name} has no {', '.join(facts.room_lacks)}.")
    if facts.room_has_steps and facts.needs_access:
        yield _unfit(
            facts, "room_steps", f"{facts.room_name} is not accessible, and somebody coming needs that."
        )


def _unfit(facts: Facts, code: str, message: str) -> Problem:
    remedy = (
        "Choose a larger room, or override." if code == "room_small" else "Choose another room, or override."
    )
    return Problem(code=code, severity=OVERRIDE, field="room", message=message, remedy=remedy)


def _room_free(facts: Facts) -> Iterator[Problem]:
    for start, end, reason in facts.room_outages:
        if overlap(facts.room_span, (start, end)):
            until = f"{_said(facts, end)} on {end.astimezone(facts.zone):%b} {end.astimezone(facts.zone).day}"
            yield _unfit(facts, "room_out", f"{facts.room_name} cannot be used until {until}: {reason}.")
    for busy in facts.neighbours:
        if busy.room_id == facts.place.room_id and overlap(facts.room_span, busy.room_span):
            yield Problem(
                code="room_busy",
                severity=OVERRIDE,
                field="room",
                message=f"{facts.room_name} is in use {_span_said(facts, busy)}.",
                remedy="Choose another room, or share it with a reason.",
                blocking=_thing(busy),
            )


def _clients(facts: Facts) -> Iterator[Problem]:
    span = (facts.place.starts_at, facts.place.ends_at)
    for busy in facts.neighbours:
        if facts.client_ids & busy.client_ids and overlap(span, (busy.starts_at, busy.ends_at)):
            yield Problem(
                code="client_busy",
                severity=OVERRIDE,
                field="client",
                message=f"The client already has a visit {_span_said(facts, busy)}.",
                remedy="Choose another time, or override if both are meant.",
                blocking=_thing(busy),
            )
    if facts.inactive_clients:
        yield Problem(
            code="client_inactive",
            severity=WARNING,
            field="client",
            message="The client is not active.",
            remedy="Check that this is the right person.",
        )


_CAPS = {
    "provider_day": ("provider", "The provider's {most} visits for that day are taken."),
    "provider_week": ("provider", "The provider's {most} visits for that week are taken."),
    "type_provider_day": ("type", "The provider's {most} visits of this type for that day are taken."),
    "type_practice_day": ("type", "The practice's {most} visits of this type for that day are taken."),
}


def _caps(facts: Facts) -> Iterator[Problem]:
    for name, (count, most) in facts.counts.items():
        if count >= most:
            about, words = _CAPS[name]
            yield Problem(
                code=f"cap_{name}",
                severity=OVERRIDE,
                field=about,
                message=words.format(most=most),
                remedy="Choose another day, or override.",
            )


def _outside_busy(facts: Facts) -> Iterator[Problem]:
    span = (facts.place.starts_at, facts.place.ends_at)
    for provider_id, hours in facts.hours.items():
        for start, end in hours.outside:
            if overlap((start, end), span):
                between = f"from {_said(facts, start)} to {_said(facts, end)}"
                yield Problem(
                    code="outside_busy",
                    severity=WARNING,
                    field="starts_at",
                    message=f"{facts.names[provider_id]}’s outside calendar is busy {between}.",
                    remedy="Ask first, or choose another time.",
                )


def _past(facts: Facts) -> Iterator[Problem]:
    if facts.now and facts.place.starts_at < facts.now:
        yield Problem(
            code="past",
            severity=WARNING,
            field="starts_at",
            message="This time has passed.",
            remedy="Nothing will be sent to the client.",
        )


CHECKS = (_type, _hours, _telehealth, _provider_busy, _room, _clients, _caps, _outside_busy, _past)
