"""May this be booked? Facts in, problems out. Every door shows this one list.

Twin: the exclusion constraints of `Appointment` have the last word on overlaps, and
`rules.openings`, which finds the same times set-wise.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from core.refusals import Problem, Severity
from scheduling.rules import care, limits
from scheduling.rules.facts import Facts, Moments, overlap, said, span_said, thing, visit_in_the_way

OVERRIDE, BLOCKER, WARNING = Severity.NEEDS_OVERRIDE, Severity.BLOCKER, Severity.WARNING


def problems(facts: Facts) -> list[Problem]:
    """Blockers first, then what needs an override, then warnings; each check's own order kept."""
    order = {BLOCKER: 0, OVERRIDE: 1, WARNING: 2}
    found = [p for check in CHECKS for p in check(facts)]
    return sorted(found, key=lambda p: order[p.severity])


def _type(facts: Facts) -> Iterator[Problem]:
    if not facts.type_is_active:
        yield Problem(
            code="type_archived",
            severity=BLOCKER,
            field="type",
            message=f"{facts.type_name} is no longer offered.",
            remedy="Choose another type.",
            blocking=thing("type", facts.type_id, facts.session),
        )
    if facts.type_modalities and facts.place.modality not in facts.type_modalities:
        yield Problem(
            code="modality",
            severity=OVERRIDE,
            field="modality",
            message=f"{facts.type_name} is not offered this way.",
            remedy="Choose how it is offered, or override.",
            blocking=thing("type", facts.type_id, facts.session),
        )
    for provider_id, offered in facts.offered.items():
        if not offered:
            yield Problem(
                code="not_offered",
                severity=OVERRIDE,
                field="provider",
                message=f"{facts.names[provider_id]} does not offer {facts.type_name}.",
                remedy="Choose another provider, or override.",
                blocking=thing("provider", provider_id, facts.session),
            )


def _hours(facts: Facts) -> Iterator[Problem]:
    span = (facts.place.starts_at, facts.place.ends_at)
    for provider_id, hours in facts.hours.items():
        within = [o for o in hours.open if overlap(o[:2], span)]
        if not _covers(within, span):
            closed = ((start, end, why) for start, end, why in hours.closed if overlap((start, end), span))
            start, end, why = next(closed, (*span, "Not in"))
            yield Problem(
                code="outside_hours",
                severity=OVERRIDE,
                field="starts_at",
                message=f"{facts.names[provider_id]} is not available then: {why}.",
                remedy="Choose a time inside the hours, or override.",
                blocking=thing("hours", provider_id, (start, end)),
            )
        elif _elsewhere(facts, within):
            yield Problem(
                code="other_location",
                severity=OVERRIDE,
                field="location",
                message=f"{facts.names[provider_id]} works at another location then.",
                remedy="Choose that location, telehealth, or override.",
                blocking=thing("hours", provider_id, span),
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
                blocking=thing("hours", provider_id, span),
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
            message=f"{facts.names.get(min(clash), 'The provider')} is booked {span_said(facts, busy)}{buffers}.",
            remedy="Choose another time, or overbook with a reason.",
            blocking=visit_in_the_way(busy),
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
            blocking=thing("room", facts.place.room_id, facts.room_span),
        )
    if facts.place.location_id and facts.room_location_id != facts.place.location_id:
        yield Problem(
            code="room_elsewhere",
            severity=BLOCKER,
            field="room",
            message=f"{facts.room_name} is at another location.",
            remedy="Choose a room there.",
            blocking=thing("room", facts.place.room_id, facts.room_span),
        )
    if facts.room_capacity is not None and facts.heads > facts.room_capacity:
        yield _unfit(
            facts, "room_small", f"{facts.room_name} holds {facts.room_capacity}, {facts.heads} are coming."
        )
    if facts.room_lacks:
        yield _unfit(facts, "room_equipment", f"{facts.room_name} has no {', '.join(facts.room_lacks)}.")
    if facts.room_has_steps and any(one.needs_access for one in facts.people):
        yield _unfit(
            facts, "room_steps", f"{facts.room_name} is not accessible, and somebody coming needs that."
        )


def _unfit(facts: Facts, code: str, message: str, span: Moments | None = None) -> Problem:
    remedy = (
        "Choose a larger room, or override." if code == "room_small" else "Choose another room, or override."
    )
    return Problem(
        code=code,
        severity=OVERRIDE,
        field="room",
        message=message,
        remedy=remedy,
        blocking=thing("room", facts.place.room_id, span or facts.room_span),
    )


def _room_free(facts: Facts) -> Iterator[Problem]:
    for start, end, reason in facts.room_outages:
        if overlap(facts.room_span, (start, end)):
            until = f"{said(facts, end)} on {end.astimezone(facts.zone):%b} {end.astimezone(facts.zone).day}"
            message = f"{facts.room_name} cannot be used until {until}: {reason}."
            yield _unfit(facts, "room_out", message, (start, end))
    for busy in facts.neighbours:
        if busy.room_id == facts.place.room_id and overlap(facts.room_span, busy.room_span):
            yield Problem(
                code="room_busy",
                severity=OVERRIDE,
                field="room",
                message=f"{facts.room_name} is in use {span_said(facts, busy)}.",
                remedy="Choose another room, or share it with a reason.",
                blocking=visit_in_the_way(busy),
            )


def _clients(facts: Facts) -> Iterator[Problem]:
    span = (facts.place.starts_at, facts.place.ends_at)
    for busy in facts.neighbours:
        if facts.client_ids & busy.client_ids and overlap(span, (busy.starts_at, busy.ends_at)):
            yield Problem(
                code="client_busy",
                severity=OVERRIDE,
                field="client",
                message=f"The client already has a visit {span_said(facts, busy)}.",
                remedy="Choose another time, or override if both are meant.",
                blocking=visit_in_the_way(busy),
            )
    closed = next((one for one in facts.people if not one.is_open), None)
    if closed:
        yield Problem(
            code="client_inactive",
            severity=WARNING,
            field="client",
            message="The client is not active.",
            remedy="Check that this is the right person.",
            blocking=thing("client", closed.id, facts.session),
        )


def _outside_busy(facts: Facts) -> Iterator[Problem]:
    for provider_id, hours in facts.hours.items():
        for start, end in hours.outside:
            if overlap((start, end), facts.session):
                between = f"from {said(facts, start)} to {said(facts, end)}"
                yield Problem(
                    code="outside_busy",
                    severity=WARNING,
                    field="starts_at",
                    message=f"{facts.names[provider_id]}’s outside calendar is busy {between}.",
                    remedy="Ask first, or choose another time.",
                    blocking=thing("outside", provider_id, (start, end)),
                )


CHECKS = (
    _type,
    care.keep_apart,
    _hours,
    _telehealth,
    _provider_busy,
    _room,
    _clients,
    care.supervision,
    care.licence,
    care.authorization,
    limits.caps,
    limits.blocks,
    limits.online,
    _outside_busy,
    limits.past,
    care.language,
)
