"""Counters and charges equal what is counted anew from the facts, whatever was marked, corrected, undone, completed."""

import datetime as dt
import uuid
from dataclasses import dataclass, field

import pytest
from django.db import transaction
from django.db.models import Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core import clock
from core.actors import Actor
from core.refusals import Refusal
from groups import operations
from groups.models import Meeting
from groups.queries.history import matrix_of
from groups.queries.roster import counts_of
from groups.queries.sheet import sheet_of
from groups.tests.factories import MeetingFactory
from practice.models import Change
from practice.tests.factories import ClientFactory
from scheduling.models import Attendance, Charge
from scheduling.operations import complete, complete_many, mark_all_here, reopen, undo
from scheduling.operations.charging import void
from scheduling.rules.marks import Fact, mark_of
from scheduling.tests.conftest import NOW
from scheduling.tests.factories import AppointmentFactory, AttendanceFactory
from tests.examples import examples

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]

PEOPLE = 3
CENTS = 6000
ACTS = [
    *["mark"] * 5,
    *["all", "complete", "complete"],
    *["complete many", "reopen", "undo", "undo", "void", "void", "wait"],
]
steps = st.lists(
    st.tuples(
        st.sampled_from(ACTS),
        st.integers(0, PEOPLE - 1),
        st.sampled_from(["here", "late", "absent", "excused", "none"]),
        st.integers(0, 90),  # seconds since the tap
    ),
    min_size=4,
    max_size=16,
)


@dataclass(slots=True)
class World:
    """One session and what a test knows of it. `taken_back`: whose charge the biller took back for good, as it stands.

    `done`: changes that could be undone, with what was taken back before each.
    """

    meeting: Meeting
    people: list[Attendance]
    leader: Actor
    biller: Actor
    now: dt.datetime = NOW
    taken_back: frozenset[int] = frozenset()
    done: list[tuple[uuid.UUID, frozenset[int]]] = field(default_factory=list)

    @property
    def visit_id(self) -> int:
        return self.meeting.appointment_id


@settings(
    max_examples=examples(12, ci=60),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    deadline=None,
)
@given(steps=steps)
def test_counters_and_charges_are_what_the_facts_say(steps, group, leader, actor, biller):
    with transaction.atomic():
        type(group.type).objects.filter(pk=group.type_id).update(is_billable=True, rate="60.00")
        visit = AppointmentFactory(
            type=group.type, provider=group.facilitator, starts_at=NOW - dt.timedelta(minutes=30)
        )
        meeting = MeetingFactory(group=group, appointment=visit)
        people = [AttendanceFactory(appointment=visit, client=ClientFactory()) for _ in range(PEOPLE)]
        world = World(meeting, people, leader, actor(biller))
        for step in steps:
            world.now += dt.timedelta(minutes=2) if step[0] == "wait" else dt.timedelta(seconds=1)
            with clock.frozen(world.now):
                _try(world, *step)
                _check(world)
        transaction.set_rollback(True)


def _try(world: World, what: str, who: int, mark: str, age: int) -> None:
    before = world.taken_back
    try:
        with transaction.atomic():
            changes = _act(world, what, who, mark, age)
    except Refusal:
        return
    world.done += [(pk, before) for pk in changes if Change.objects.filter(pk=pk).exists()]


def _act(world: World, what: str, who: int, mark: str, age: int) -> list[uuid.UUID]:
    if what == "mark":
        return _mark(world, world.people[who].pk, mark, age)
    if what == "void":
        return _void(world, world.people[who].pk)
    if what == "undo" and world.done:
        change_id, before = world.done.pop()
        undo(
            change_id,
            by=world.biller if Change.objects.get(pk=change_id).act == "charge.void" else world.leader,
        )
        world.taken_back = before
    acts = {
        "all": lambda: mark_all_here(world.visit_id, by=world.leader),
        "complete": lambda: complete(world.visit_id, by=world.leader).change,
        "complete many": lambda: complete_many([world.visit_id], by=world.leader).change,
        "reopen": lambda: reopen(world.visit_id, by=world.leader).change,
    }
    if what not in acts:
        return []
    change = acts[what]()
    if what == "reopen":
        world.taken_back = frozenset()
    return [change.pk]


def _mark(world: World, pk: int, mark: str, age: int) -> list[uuid.UUID]:
    """A tap, with the id a phone gives it; "late" of who was not here is two acts."""
    change_id, was = uuid.uuid4(), Attendance.objects.get(pk=pk).state
    seen_at = clock.now() - dt.timedelta(seconds=age)
    operations.mark_member(
        world.meeting.pk, pk, mark=mark, by=world.leader, seen_at=seen_at, change_id=change_id
    )
    if Attendance.objects.get(pk=pk).state != was:
        world.taken_back -= {pk}
    return [change_id, uuid.uuid5(change_id, "late")]


def _void(world: World, pk: int) -> list[uuid.UUID]:
    charge = Charge.objects.standing().filter(attendance=pk).first()
    if charge is None:
        return []
    change = void(charge.pk, reason="Agreed with the client", by=world.biller).change
    world.taken_back |= {pk}
    return [change.pk]


def _check(world: World) -> None:
    meeting = Meeting.objects.select_related("appointment", "group").get(pk=world.meeting.pk)
    visit = meeting.appointment
    rows = list(Attendance.objects.filter(appointment=visit))
    facts = [mark_of(Fact(state=p.state, arrived_at=p.arrived_at, is_late=p.is_late)) for p in rows]
    sheet = sheet_of(visit, meeting.group, world.leader)
    assert sorted(row.mark for row in sheet.rows) == sorted(facts)
    assert sum(sheet.counts.values()) == PEOPLE
    matrix = matrix_of(meeting.group, clock.now())
    assert sorted(line.cells[0] for line in matrix.lines) == sorted(facts)
    counted = counts_of(meeting.group, [p.client_id for p in rows])
    assert {p.client_id: p.state for p in rows} == {
        client: next(iter(states)) for client, states in counted.items()
    }
    due = {p.pk for p in rows if visit.state == "completed" and p.state == "attended"} - world.taken_back
    charged = Charge.objects.standing().filter(kind="service").values_list("attendance", flat=True)
    assert sorted(charged) == sorted(due)
    owed = Charge.objects.aggregate(total=Sum("amount_cents"))["total"] or 0
    assert owed == CENTS * len(due)
