"""Undo of acts on groups leaves every table as it was, as tests/test_undo_equality.py asks of visits."""

import datetime as dt
import uuid

import pytest

from core import clock
from groups import operations
from groups.models import Group
from groups.states import ExitReason, GroupState
from groups.tests.conftest import desk, group, hall, leader  # noqa: F401  the same group
from groups.tests.factories import MeetingFactory, MembershipFactory
from groups.tests.test_members import facts_of
from groups.tests.test_sessions import book, plan, reachable
from practice.tests.factories import ClientFactory
from scheduling.operations import Chosen, mark, mark_all_here, undo
from scheduling.queries.series import plan_series
from scheduling.tests.conftest import NEW_YORK, NOW, clinic, now  # noqa: F401  the same small clinic
from scheduling.tests.factories import AppointmentFactory
from tests.test_undo_equality import snapshot

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]

BEGUN = dt.datetime(2026, 11, 25, 10, 5, tzinfo=NEW_YORK)


@pytest.fixture
def scene(group, hall, leader):  # noqa: F811
    """Three members, one referred, three sessions; somebody else leads along; a sister group meets next week."""
    Group.objects.filter(pk=group.pk).update(is_drop_in=True, co_facilitator=hall.colleague, capacity=6)
    group.refresh_from_db()
    hall.members = [MembershipFactory(group=group, client=ClientFactory()) for _ in range(3)]
    reachable(hall.members[0].client, "member@example.com")
    hall.sessions = [visit.meeting for visit in book(group, leader, 3)]
    hall.asking = operations.refer(group.pk, client_id=hall.regular.pk, by=leader).member
    operations.hold_member(hall.members[2].pk, by=leader)
    other = AppointmentFactory(
        type=group.type, provider=hall.provider, capacity=5, starts_at=NOW + dt.timedelta(days=6, hours=5)
    )
    hall.sister = MeetingFactory(group__type=group.type, appointment=other)
    group.refresh_from_db()
    hall.group = group
    return hall


def _plan(scene, by):
    made = plan(scene.group, 2)
    rows = plan_series(made.template, made.lines, zone=NEW_YORK, now=clock.now())
    chosen = [Chosen(wish=row.wish) for row in rows]
    return operations.plan_sessions(
        scene.group.pk, made.rhythm, chosen, count=2, extends=made.extends, by=by
    ).change


def _seat(scene, number: int) -> int:
    return scene.sessions[0].appointment.attendances.order_by("pk")[number].pk


ACTS = {
    "plan": _plan,
    "refer": lambda s, by: operations.refer(s.group.pk, client_id=s.other.pk, by=by).change,
    "enrol": lambda s, by: operations.enrol(s.asking.pk, by=by).change,
    "wait": lambda s, by: operations.wait_in_line(s.asking.pk, by=by).change,
    "screen": lambda s, by: operations.screen(s.asking.pk, is_approved=True, notes="Fits", by=by).change,
    "hold": lambda s, by: operations.hold_member(s.members[0].pk, by=by, notice="standard").change,
    "resume": lambda s, by: operations.resume(s.members[2].pk, by=by).change,
    "exit": lambda s, by: (
        operations.exit_member(
            s.members[0].pk, reason=ExitReason.OTHER, text="Moved", notice="standard", by=by
        ).change
    ),
    "close": lambda s, by: operations.set_group_state(s.group.pk, state=GroupState.CLOSED, by=by).change,
    "edit": lambda s, by: operations.save_group(s.group.pk, facts_of(s.group, capacity=8), by=by).change,
    "mark": lambda s, by: mark(_seat(s, 0), mark="late", note="Bus", by=by).change,
    "all here": lambda s, by: mark_all_here(s.sessions[0].appointment_id, by=by),
    "walk in": lambda s, by: operations.walk_in(s.sessions[0].pk, client_id=s.regular.pk, by=by).change,
    "make up": lambda s, by: operations.make_up(s.members[0].pk, s.sister.pk, by=by).change,
    "absent": lambda s, by: operations.report_absent(s.sessions[1].pk, by=by).change,
    "alone": lambda s, by: operations.lead_alone(s.sessions[1].pk, by=by, change_id=uuid.uuid4()).change,
}


@pytest.mark.parametrize("act", ACTS)
def test_undo_leaves_every_table_as_it_was(act, scene, leader, provider):  # noqa: F811
    type(scene.regular).objects.get(pk=scene.other.pk).care_team.create(provider=provider)
    with clock.frozen(BEGUN):
        before = snapshot()
        change = ACTS[act](scene, leader)
        changed = snapshot()
        undo(change.pk, by=leader)
        after = snapshot()

    assert changed != before
    assert after == before
