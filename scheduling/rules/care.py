"""May these people be booked together, by whom, and is it paid for? Part of the one list in `rules.problems`.

Why two are kept apart is known to nobody here: the words say that they are, and never who the other one is.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

from core.refusals import Problem, Severity
from scheduling.rules.authorizations import Permit, fitting, is_low, said
from scheduling.rules.facts import (
    Busy,
    Facts,
    Giver,
    Person,
    overlap,
    span_said,
    thing,
    visit_in_the_way,
)

REMOTE = frozenset({"telehealth", "phone"})
OVERRIDE, BLOCKER, WARNING = Severity.NEEDS_OVERRIDE, Severity.BLOCKER, Severity.WARNING


def keep_apart(facts: Facts) -> Iterator[Problem]:
    for pair in facts.apart:
        if pair.provider_id in facts.place.people:
            yield Problem(
                code="kept_apart_provider",
                severity=BLOCKER,
                field="provider",
                message=f"{facts.names[pair.provider_id or 0]} and this client are kept apart.",
                remedy="Choose another provider.",
                blocking=thing("keepapart", pair.id, facts.session),
            )
        elif {pair.client_id, pair.other_client_id} <= facts.client_ids:
            yield Problem(
                code="kept_apart_together",
                severity=BLOCKER,
                field="client",
                message="Two of these clients are kept apart.",
                remedy="Book them on visits of their own.",
                blocking=thing("keepapart", pair.id, facts.session),
            )
    yield from _same_waiting_room(facts)


def _same_waiting_room(facts: Facts) -> Iterator[Problem]:
    if facts.place.modality != "in_person":
        return
    others = apart_from(facts)
    for busy in facts.neighbours:
        if others & busy.client_ids and _may_meet(facts, busy):
            yield Problem(
                code="kept_apart_waiting",
                severity=OVERRIDE,
                field="starts_at",
                message=f"Somebody this client is kept apart from has a visit there {span_said(facts, busy)}.",
                remedy=f"Leave {2 * facts.apart_minutes} minutes between them, or override if they cannot meet.",
                blocking=visit_in_the_way(busy),
            )


def apart_from(facts: Facts) -> frozenset[int]:
    """The clients somebody on this visit must not meet; two on the visit itself are another matter."""
    pairs = [{pair.client_id, pair.other_client_id} for pair in facts.apart if pair.other_client_id]
    return frozenset(pk for pair in pairs for pk in pair if pk is not None) - facts.client_ids


def _may_meet(facts: Facts, busy: Busy) -> bool:
    """Both are in the house from some minutes before until some after. A place nobody named may be the same one."""
    here = facts.place.location_id or facts.room_location_id
    is_same_place = here is None or busy.location_id in (None, here)
    wait = 2 * dt.timedelta(minutes=facts.apart_minutes)
    start, end = facts.session
    return busy.is_in_person and is_same_place and overlap((start - wait, end + wait), _session(busy))


def _session(busy: Busy) -> tuple[dt.datetime, dt.datetime]:
    return busy.starts_at, busy.ends_at


def licence(facts: Facts) -> Iterator[Problem]:
    """By video or phone it is the law of where the client is that counts. What is not on file is only said."""
    if facts.place.modality not in REMOTE:
        return
    for giver in facts.givers:
        missing = [one for one in facts.people if not is_licensed(giver, one.region)]
        for one in missing:
            yield Problem(
                code="licence",
                severity=OVERRIDE,
                field="provider",
                message=f"{facts.names[giver.id]} has no licence for {one.region}, where the client lives.",
                remedy="Meet in person, choose another provider, or override.",
                blocking=thing("provider", giver.id, facts.session),
            )
    if facts.people and _licence_unknown(facts):
        yield Problem(
            code="licence_unknown",
            severity=WARNING,
            field="provider",
            message="It is not on file where the client lives, or where the provider is licensed.",
            remedy="Ask where the client will be.",
            blocking=thing("client", facts.people[0].id, facts.session),
        )


def _licence_unknown(facts: Facts) -> bool:
    return not all(one.region for one in facts.people) or not all(
        giver.licensed_regions for giver in facts.givers
    )


def is_licensed(giver: Giver, region: str) -> bool:
    """Unknown counts as licensed: a practice that keeps no such list is not stopped by it."""
    return not region or not giver.licensed_regions or region.casefold() in giver.licensed_regions


def supervision(facts: Facts) -> Iterator[Problem]:
    giver = facts.givers[0] if facts.givers else None
    if facts.needs_supervisor and giver and giver.is_unsupervised:
        yield Problem(
            code="supervision",
            severity=OVERRIDE,
            field="provider",
            message=f"{facts.type_name} needs a supervisor, and {facts.names[giver.id]} has none at work.",
            remedy="Choose another provider, or override.",
            blocking=thing("provider", giver.id, facts.session),
        )


def authorization(facts: Facts) -> Iterator[Problem]:
    for client_id, permits in (facts.permits or {}).items():
        fit = fitting(permits, facts.on)
        if fit is None:
            yield _none_fits(facts, client_id, permits)
        elif is_low(fit.left, fit.ends_on, facts.today):
            yield Problem(
                code="authorization_low",
                severity=WARNING,
                field="client",
                message=f"The authorization is nearly over: {said(fit.left, fit.ends_on).lower()}.",
                remedy="Ask the insurer for more.",
                blocking=_permit(fit),
            )


def _none_fits(facts: Facts, client_id: int, permits: Sequence[Permit]) -> Problem:
    valid = [one for one in permits if one.is_valid(facts.on)]
    ended = [one for one in permits if one.ends_on < facts.on]
    last = max(valid or ended, key=lambda one: one.ends_on, default=None)
    code, message = "authorization_missing", f"{facts.type_name} needs an authorization, and there is none."
    if valid and last:
        code, message = "authorization_used", "Every session of the authorization is used or booked."
    elif last:
        code, message = (
            "authorization_ended",
            f"The authorization ended on {last.ends_on:%B} {last.ends_on.day}.",
        )
        if last.ends_on >= facts.today:
            message = f"The authorization ends before that day, on {last.ends_on:%B} {last.ends_on.day}."
    return Problem(
        code=code,
        severity=OVERRIDE,
        field="client",
        message=message,
        remedy="Add one on the client's card, or override.",
        blocking=_permit(last) if last else thing("client", client_id, facts.session),
    )


def _permit(permit: Permit) -> dict:
    return thing("authorization", permit.id, (permit.starts_on, permit.ends_on))


def language(facts: Facts) -> Iterator[Problem]:
    giver = facts.givers[0] if facts.givers else None
    for one in facts.people:
        if giver is None or _speaks(giver, one):
            continue
        yield Problem(
            code="interpreter" if one.needs_interpreter else "language",
            severity=WARNING,
            field="provider",
            message=f"The client needs an interpreter for {one.language}."
            if one.needs_interpreter
            else f"{facts.names[giver.id]} does not speak {one.language}.",
            remedy="Arrange one for this time." if one.needs_interpreter else "Choose somebody who does.",
            blocking=thing("client", one.id, facts.session),
        )


def _speaks(giver: Giver, one: Person) -> bool:
    """Nothing is said of a provider whose languages are not on file, unless an interpreter is asked for."""
    if not one.language or one.language.casefold() in giver.languages:
        return True
    return not giver.languages and not one.needs_interpreter
