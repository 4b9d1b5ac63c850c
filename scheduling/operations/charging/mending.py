"""Visits that were never charged, and charges that lacked something which is there now."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence

from core.actors import Actor
from practice.models import Client
from practice.operations.acting import Acting, begin, operation
from practice.operations.images import image
from practice.permissions import may, require
from scheduling.models import Appointment, Attendance, Charge
from scheduling.operations.authorizing import use_sessions
from scheduling.operations.charging.acting import Charged, done, done_before
from scheduling.operations.charging.making import Key, Maker, record_made
from scheduling.operations.charging.reversing import reverse
from scheduling.operations.charging.settling import settle
from scheduling.operations.locking import lock_rows
from scheduling.states import AttendanceState, ChargeState, Missing

# What a charge is made of; where all of it is as before, nothing was mended.
MADE_OF = (
    "cpt_code",
    "modifiers",
    "place_of_service",
    "rate_cents",
    "supervising_provider_id",
    "authorization_id",
    "missing",
)


@operation("charge.charge_now", "appointment")
def charge_now(visit_ids: Iterable[int], *, by: Actor, change_id: uuid.UUID | None = None) -> Charged:
    """Charge visits that were completed without: under other settings, or taken over from another system."""
    ids = sorted(set(visit_ids))
    acting = begin("charge.charge_now", change_id, by, {"visits": ids})
    if acting.repeat:
        return done_before(acting)
    require(may(by, "charge.change"))
    lock_rows(Appointment, ids)
    visits = list(Appointment.objects.filter(pk__in=ids).select_related("type"))
    settle(acting, visits)
    made = Charge.objects.filter(change=acting.change).of_visits(ids)
    return done(acting, made.order_by("pk").values_list("pk", flat=True))


@operation("charge.remake", "charge")
def remake(charge_ids: Iterable[int], *, by: Actor, change_id: uuid.UUID | None = None) -> Charged:
    """Look again at charges with something missing: where anything was mended since, reverse and make anew.

    An authorization that came late is used by now. Answers with the charges that were replaced.
    """
    ids = sorted(set(charge_ids))
    acting = begin("charge.remake", change_id, by, {"charges": ids})
    if acting.repeat:
        return done_before(acting)
    require(may(by, "charge.change"))
    charges, visits = _locked(acting, ids)
    people = _people(visits)
    _use_late_authorizations(acting, charges, visits, people)
    keys = [_key(charge, people) for charge in charges]
    fresh = Maker(acting, visits.values(), people).charges(keys)
    pairs = [(old, new) for old, new in zip(charges, fresh, strict=True) if _was_mended(old, new)]
    if pairs:
        reverse(acting, [old for old, _ in pairs])
        made = Charge.objects.bulk_create([new for _, new in pairs])
        record_made(acting, made)
    return done(acting, [old.pk for old, _ in pairs])


def _locked(acting: Acting, ids: Sequence[int]) -> tuple[list[Charge], dict[int, Appointment]]:
    """Clients, visits, attendances, then the charges, as every act."""
    seen = Charge.objects.filter(pk__in=ids).select_related("attendance")
    of_person = [charge.attendance for charge in seen if charge.attendance]
    visit_ids = {c.appointment_id for c in seen if c.appointment_id} | {p.appointment_id for p in of_person}
    lock_rows(Client, [person.client_id for person in of_person])
    lock_rows(Appointment, visit_ids)
    lock_rows(Attendance, [person.pk for person in of_person])
    lock_rows(Charge, ids)
    missing = Charge.objects.with_state().filter(pk__in=ids, status=ChargeState.MISSING)
    charges = list(missing.filter(reverses=None, not_before__lte=acting.now).order_by("pk"))
    return charges, Appointment.objects.select_related("type").in_bulk(visit_ids)


def _people(visits: Iterable[int]) -> dict[int, list[Attendance]]:
    found: dict[int, list[Attendance]] = defaultdict(list)
    rows = Attendance.objects.filter(appointment__in=list(visits)).select_related("client").order_by("pk")
    for person in rows:
        found[person.appointment_id].append(person)
    return found


def _key(charge: Charge, people: dict[int, list[Attendance]]) -> Key:
    if charge.appointment_id:
        return charge.appointment_id, None, charge.kind
    [visit_id] = [pk for pk, them in people.items() if any(p.pk == charge.attendance_id for p in them)]
    return visit_id, charge.attendance_id, charge.kind


def _use_late_authorizations(
    acting: Acting,
    charges: Iterable[Charge],
    visits: dict[int, Appointment],
    people: dict[int, list[Attendance]],
) -> None:
    lacking = {charge.attendance_id for charge in charges if Missing.AUTHORIZATION in charge.missing}
    for visit_id, them in people.items():
        late = [p for p in them if p.pk in lacking and p.state == AttendanceState.ATTENDED]
        befores = [image(person) for person in late]
        use_sessions(visits[visit_id], late)
        for person, before in zip(late, befores, strict=True):
            if person.authorization_used:
                person.edition += 1
                acting.saved("attendance.authorization", person, before)


def _was_mended(old: Charge, new: Charge) -> bool:
    return any(getattr(old, name) != getattr(new, name) for name in MADE_OF)
