"""Counters and charges equal what is counted anew from the facts, whatever was marked, corrected, undone, completed."""

import datetime as dt

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core import clock
from core.refusals import Refusal
from groups import operations
from groups.models import Meeting
from groups.queries.history import matrix_of
from groups.queries.roster import counts_of
from groups.queries.sheet import sheet_of
from groups.tests.factories import MeetingFactory
from practice.tests.factories import ClientFactory
from scheduling.models import Attendance, Charge
from scheduling.operations import complete, mark_all_here, reopen, undo
from scheduling.rules.marks import Fact, mark_of
from scheduling.tests.conftest import NOW
from scheduling.tests.factories import AppointmentFactory, AttendanceFactory
from tests.examples import examples

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]

PEOPLE = 3
steps = st.lists(
    st.tuples(
        st.sampled_from(["mark", "mark", "mark", "mark", "all", "complete", "reopen", "undo", "undo"]),
        st.integers(0, PEOPLE - 1),
        st.sampled_from(["here", "late", "absent", "excused", "none"]),
        st.integers(0, 90),  # seconds since the tap
    ),
    min_size=4,
    max_size=14,
)


@settings(
    max_examples=examples(12, ci=60),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    deadline=None,
)
@given(steps=steps)
def test_counters_and_charges_are_what_the_facts_say(steps, group, leader):
    with transaction.atomic():
        type(group.type).objects.filter(pk=group.type_id).update(is_billable=True, rate="60.00")
        visit = AppointmentFactory(
            type=group.type, provider=group.facilitator, starts_at=NOW - dt.timedelta(minutes=30)
        )
        meeting = MeetingFactory(group=group, appointment=visit)
        people = [AttendanceFactory(appointment=visit, client=ClientFactory()) for _ in range(PEOPLE)]
        changes: list = []
        for number, step in enumerate(steps):
            with clock.frozen(NOW + dt.timedelta(seconds=number)):
                _act(step, meeting, people, leader, changes)
                _check(meeting, people, leader)
        transaction.set_rollback(True)


def _act(step: tuple, meeting: Meeting, people: list, by, changes: list) -> None:
    what, who, mark, age = step
    visit_id = meeting.appointment_id
    try:
        if what == "mark":
            seen_at = clock.now() - dt.timedelta(seconds=age)
            operations.mark_member(meeting.pk, people[who].pk, mark=mark, by=by, seen_at=seen_at)
        elif what == "all":
            changes.append(mark_all_here(visit_id, by=by).pk)
        elif what == "complete":
            changes.append(complete(visit_id, by=by).change.pk)
        elif what == "reopen":
            changes.append(reopen(visit_id, by=by).change.pk)
        elif changes:
            undo(changes.pop(), by=by)
    except Refusal:
        return


def _check(meeting: Meeting, people: list, by) -> None:
    meeting = Meeting.objects.select_related("appointment", "group").get(pk=meeting.pk)
    visit = meeting.appointment
    rows = list(Attendance.objects.filter(appointment=visit))
    facts = [mark_of(Fact(state=p.state, arrived_at=p.arrived_at, is_late=p.is_late)) for p in rows]
    sheet = sheet_of(visit, meeting.group, by)
    assert sorted(row.mark for row in sheet.rows) == sorted(facts)
    assert sum(sheet.counts.values()) == PEOPLE
    matrix = matrix_of(meeting.group, clock.now())
    assert sorted(line.cells[0] for line in matrix.lines) == sorted(facts)
    counted = counts_of(meeting.group, [p.client_id for p in rows])
    assert {p.client_id: p.state for p in rows} == {
        client: next(iter(states)) for client, states in counted.items()
    }
    due = {p.pk for p in rows if visit.state == "completed" and p.state == "attended"}
    charged = Charge.objects.standing().filter(kind="service").values_list("attendance", flat=True)
    assert sorted(charged) == sorted(due)
