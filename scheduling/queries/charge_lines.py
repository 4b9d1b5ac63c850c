"""Charges as the worklist says them, and as the file for the billing system has them."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from core.actors import Actor
from practice.models import Client
from practice.permissions import may
from scheduling.models import Appointment, Attendance, Charge
from scheduling.queries.charges import billed_client, money, visit_of, what_of
from scheduling.rules import words
from scheduling.rules.charges import forbids
from scheduling.rules.money import amount
from scheduling.states import TOGETHER, Against, ChargeKind, ChargeState, Missing


@dataclass(frozen=True, slots=True, kw_only=True)
class Remedy:
    """What is missing, what helps, and where; `url` empty where the reader may not go, and `by` says who may."""

    what: str
    help: str
    url: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    charge: Charge
    who: str
    record: str
    what: str
    more: str
    amount: str
    visit_url: str
    remedies: Sequence[Remedy]
    against: str
    may_ask: bool
    usual_reason: str
    copay: str
    parked: bool  # Undo is still open
    change_id: uuid.UUID
    other_id: uuid.UUID


def line_of(charge: Charge, by: Actor, now: dt.datetime) -> Line:
    visit, client = visit_of(charge), billed_client(charge)
    return Line(
        charge=charge,
        who=who_of(charge, visit),
        record=client.record_number if client else "",
        what=what_of(charge),
        more=_more(charge, visit),
        amount=money(charge.amount_cents),
        visit_url=visit_url(visit, charge.served_on.isoformat()),
        remedies=[_remedy(what, visit, client, by) for what in charge.missing],
        against=", ".join(Against(word).label for word in charge.against),
        may_ask=not forbids(charge.against),
        copay=money(charge.expected_copay_cents),
        parked=now < charge.not_before,
        change_id=uuid.uuid4(),
        other_id=uuid.uuid4(),
        usual_reason=", ".join(Against(word).label for word in charge.against).capitalize(),
    )


def who_of(charge: Charge, visit: Appointment) -> str:
    if charge.attendance:
        return charge.attendance.client.name
    return people_of(visit) if visit.type.category in TOGETHER else visit.title or visit.type.name


def people_of(visit: Appointment) -> str:
    people: Sequence[Attendance] = list(visit.attendances.all())
    names = [(p.client.preferred_name or p.client.first_name, p.client.last_name) for p in people]
    return words.joined_names(names) or visit.title or visit.type.name


def visit_url(visit: Appointment, on: str) -> str:
    return f"{reverse('scheduling:calendar')}?on={on}&visit={visit.public_id}"


def _more(charge: Charge, visit: Appointment) -> str:
    if charge.kind != ChargeKind.SERVICE:
        return visit.type.name
    units = f", {charge.units} units" if charge.units not in (1, -1) else ""
    return f"{visit.type.name}, {charge.minutes} min{units}"


def _remedy(what: str, visit: Appointment, client: Client | None, by: Actor) -> Remedy:
    """One place for each; told in words to whoever may not go there."""
    public_id = [client.public_id] if client else []
    of_type = ("type.change", "scheduling:type-edit", [visit.type_id])
    table: dict[str, tuple[str, str, str, list[Any]]] = {
        Missing.CODE: (f"Give {visit.type.name} a code for {visit.minutes} min", *of_type),
        Missing.RATE: (f"Give {visit.type.name} a rate", *of_type),
        Missing.AUTHORIZATION: (
            "Add the authorization",
            "authorization.change",
            "scheduling:client-authorizations",
            public_id,
        ),
        Missing.SUPERVISOR: (
            "Name the supervisor",
            "settings.change",
            "admin:practice_provider_change",
            [visit.provider_id],
        ),
        Missing.BIRTH_DATE: ("Add the birth date", "client.change", "practice:client-edit", public_id),
    }
    helps, verb, name, args = table[what]
    label = Missing(what).label
    if may(by, verb) and args:
        return Remedy(what=label, help=helps, url=reverse(name, args=args))
    return Remedy(what=label, help=helps, by="the desk" if verb == "client.change" else "an admin")


# The file, a line for each charge. Nothing in a row of one person is about another: no title, no note.
COLUMNS = (
    "charge",
    "status",
    "served_on",
    "record_number",
    "last_name",
    "first_name",
    "birth_on",
    "insurances",
    "kind",
    "cpt_code",
    "modifiers",
    "units",
    "minutes",
    "place_of_service",
    "rate",
    "amount",
    "expected_copay",
    "provider",
    "credentials",
    "supervising_provider",
    "authorization_payer",
    "authorization_number",
    "location",
    "type",
    "meeting",
    "missing",
    "reverses",
    "reason",
    "exported_at",
    "batch",
)


def cells(charge: Charge, zone: Any) -> dict[str, Any]:
    return {
        "charge": charge.public_id,
        "status": ChargeState(charge.status).label,  # type: ignore[attr-defined]  # annotated
        "served_on": charge.served_on,
        "kind": charge.get_kind_display(),
        "cpt_code": charge.cpt_code,
        "modifiers": charge.modifiers,
        "units": charge.units,
        "minutes": charge.minutes,
        "place_of_service": charge.place_of_service,
        "rate": amount(charge.rate_cents),
        "amount": amount(charge.amount_cents),
        "expected_copay": amount(charge.expected_copay_cents),
        "missing": [Missing(what).label for what in charge.missing],
        "reverses": charge.reverses.public_id if charge.reverses else None,
        "reason": charge.reason,
        "exported_at": charge.exported_at and charge.exported_at.astimezone(zone),
        "batch": charge.exported_by_change_id,
        **_of_client(billed_client(charge)),
        **_of_visit(charge, visit_of(charge)),
    }


def _of_client(client: Client | None) -> dict[str, Any]:
    if client is None:
        return {}
    names = ("record_number", "last_name", "first_name", "birth_on", "insurances")
    return {name: getattr(client, name) for name in names}


def _of_visit(charge: Charge, visit: Appointment) -> dict[str, Any]:
    provider, permit, supervisor = charge.provider, charge.authorization, charge.supervising_provider
    return {
        "provider": provider.name if provider else "",
        "credentials": provider.credentials if provider else "",
        "supervising_provider": supervisor.name if supervisor else "",
        "authorization_payer": permit.payer if permit else "",
        "authorization_number": permit.number if permit else "",
        "location": visit.location.name if visit.location else "",
        "type": visit.type.name,
        "meeting": visit.public_id,
    }


def file_rows(rows: Iterator[Charge], zone: Any) -> Iterator[dict[str, Any]]:
    return (cells(charge, zone) for charge in rows)
