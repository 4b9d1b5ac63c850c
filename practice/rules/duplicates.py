"""Is this somebody we already know? Said as warnings: two people may share a phone, or a name."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from core.refusals import Problem, Severity

ALIKE = 0.6
REMEDY = "Open that record, or say that this is somebody else."


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A client that looks like the new one. likeness: trigram similarity of the whole name, 0 to 1."""

    client_id: int
    name: str
    record_number: str
    last_name: str
    birth_on: dt.date | None
    shares_phone: bool
    likeness: float


def problems_with_new(last_name: str, birth_on: dt.date | None, known: Sequence[Known]) -> list[Problem]:
    """One warning per person who looks alike, the strongest reason only, in the order given."""
    return [_warning(person, reason) for person in known if (reason := _reason(last_name, birth_on, person))]


def _reason(last_name: str, birth_on: dt.date | None, person: Known) -> str:
    if person.shares_phone:
        return "has the same phone number"
    same_last_name = person.last_name.casefold() == last_name.casefold()
    if birth_on and person.birth_on == birth_on and same_last_name:
        return "has the same last name and birth date"
    if person.likeness >= ALIKE and not (birth_on and person.birth_on and person.birth_on != birth_on):
        return "has nearly the same name"
    return ""


def _warning(person: Known, reason: str) -> Problem:
    return Problem(
        code="duplicate",
        severity=Severity.WARNING,
        message=f"{person.name} (#{person.record_number}) {reason}.",
        remedy=REMEDY,
        blocking={"kind": "client", "id": person.client_id},
    )
