"""What will not be said of a visit to come, and why: the other half of its plan."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable

from practice.models import ClientContact, Practice
from practice.queries import contacts_closed
from reminders.models import Reminder
from reminders.queries.reach import Key, Reached
from reminders.queries.schedule import Schedule, the_schedule, traits_of
from reminders.rules.due import Judged
from reminders.rules.schedule import NOT_RISKY, OFF
from scheduling.models import Attendance

NO_WAY = "no channel of it may be used for them"
NOT_YET_PLANNED = "not planned yet; Reach plans it"
CONFIDENTIAL = "Confidential: no contact is told"
# True of every visit, and so no news of this one.
UNREMARKABLE = (OFF, NOT_RISKY)


def left_out(
    everybody: Iterable[Reached], rows: Collection[Reminder], now: dt.datetime
) -> dict[Key, list[str]]:
    """{(attendance, contact): sentences} of steps without a row, of who is to be told. One query."""
    schedule, planned = the_schedule(now), defaultdict(set)
    for row in rows:
        planned[row.attendance_id, row.contact_id].add(row.rule_id)
    return {one.key: _sentences(one, schedule, planned[one.key]) for one in everybody}


def _sentences(one: Reached, schedule: Schedule, planned: set[int | None]) -> list[str]:
    visit, traits = one.attendance.appointment, traits_of(one.attendance)
    _, left = schedule.steps(traits)
    said = [
        f"{schedule.names[step.step.rule_id]}: {_low(step.why)}"
        for step in left
        if step.why not in UNREMARKABLE
    ]
    judged = schedule.judged(visit.starts_at, visit.ends_at, one.person, traits, False)
    missing = [step for step in judged if step.step.rule_id not in planned]
    return [*said, *(f"{schedule.names[step.step.rule_id]}: {_why(one, step)}" for step in missing)]


def _why(one: Reached, step: Judged) -> str:
    if step.why:
        return _low(step.why)
    return NOT_YET_PLANNED if one.best(step.step.channels) else NO_WAY


def _low(words: str) -> str:
    return f"{words[:1].lower()}{words[1:]}"


def not_told(people: Collection[Attendance], practice: Practice, now: dt.datetime) -> list[str]:
    """Contacts who hear nothing of this visit, by name and reason. Two queries."""
    clients = {person.client_id for person in people if not person.is_confidential}
    contacts = ClientContact.objects.filter(client__in=clients).order_by("pk").only("name")
    closed = contacts_closed([one.pk for one in contacts], now, right="may_receive", practice=practice)
    said = [f"{one.name}: {_low(closed[one.pk])}" for one in contacts if one.pk in closed]
    is_confidential = any(person.is_confidential for person in people)
    return [CONFIDENTIAL, *said] if is_confidential else said
