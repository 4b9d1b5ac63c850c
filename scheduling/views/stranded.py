"""Booked visits in the way of a change of hours, as lines of a table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from practice.models import Practice
from scheduling.models import Appointment
from scheduling.queries.stranded import Stranded
from scheduling.rules import words
from scheduling.states import UNCOUNTED
from scheduling.views import answers


@dataclass(frozen=True, slots=True)
class Line:
    when: str
    who: str
    kind: str
    why: str
    url: str


def lines_of(stranded: Iterable[Stranded], practice: Practice) -> list[Line]:
    """No query: the visits come with their people."""
    return [
        Line(
            answers.span(one.visit, practice),
            _who(one.visit),
            one.visit.type.name,
            one.why,
            answers.calendar_url(one.visit, practice),
        )
        for one in stranded
    ]


def _who(visit: Appointment) -> str:
    coming = [row.client for row in visit.attendances.all() if row.state not in UNCOUNTED]
    people = [(client.preferred_name or client.first_name, client.last_name) for client in coming]
    return visit.title or words.joined_names(people) or visit.type.name
