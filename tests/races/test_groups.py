"""Processes at one group: the last place goes to one, two sheets agree, a session is completed and charged once."""

import collections
import datetime as dt
import os

import pytest

from config.bench.racing import BOOKED, REFUSED, race
from core import clock
from core.actors import Actor, ActorKind
from groups import operations
from groups.models import Membership
from groups.tests.factories import GroupFactory, MeetingFactory, MembershipFactory
from practice.models import AuditEntry
from practice.states import Role
from practice.tests.factories import ClientFactory, PracticeFactory
from scheduling.models import Attendance, Charge
from scheduling.operations import complete
from scheduling.tests.factories import AppointmentFactory, AttendanceFactory

ROUNDS = int(os.environ.get("RACE_ROUNDS", "3"))
DESK = Actor(kind=ActorKind.USER, id=1, roles=frozenset({Role.FRONT_DESK}), undo_seconds=60)


def _by_round(told) -> dict:
    by_round = collections.defaultdict(collections.Counter)
    for one in told:
        by_round[one.round][one.what] += 1
    return by_round


@pytest.fixture
def groups(transactional_db):
    """One group of two places a round, one of them taken."""
    PracticeFactory()
    rows = [GroupFactory(capacity=2) for _ in range(ROUNDS)]
    for row in rows:
        MembershipFactory(group=row)
    return rows


def test_the_last_place_goes_to_one_of_twenty(groups):
    asking = {
        (number, me): MembershipFactory(
            group=group, client=ClientFactory(), state="referred", seat=None, enrolled_at=None
        ).pk
        for number, group in enumerate(groups)
        for me in range(20)
    }

    def attempt(me: int, number: int) -> None:
        operations.enrol(asking[number, me], by=DESK)

    told = race(attempt, contenders=20, rounds=ROUNDS)

    assert _by_round(told) == {number: {BOOKED: 1, REFUSED: 19} for number in range(ROUNDS)}
    for group in groups:
        assert sorted(group.memberships.seated().values_list("seat", flat=True)) == [1, 2]
    assert Membership.objects.filter(state="enrolled").count() == 2 * ROUNDS


@pytest.fixture
def sessions(groups):
    """A session a round that began a quarter of an hour ago, with two people on it."""
    made = []
    for group in groups:
        type(group.type).objects.filter(pk=group.type_id).update(is_billable=True, rate="60.00")
        visit = AppointmentFactory(
            type=group.type,
            provider=group.facilitator,
            starts_at=clock.now() - dt.timedelta(minutes=15),
        )
        made.append(MeetingFactory(group=group, appointment=visit))
        for _ in range(2):
            AttendanceFactory(appointment=visit)
    return made


def test_two_sheets_at_once_end_with_the_last_fact_and_both_in_the_history(sessions):
    """Each taps the same member six times; whoever's tap was made last stands, whichever came through last."""
    people = [meeting.appointment.attendances.first().pk for meeting in sessions]
    began = clock.now() - dt.timedelta(minutes=10)
    marks = ("here", "absent", "late", "excused", "here", "absent")

    def attempt(me: int, number: int) -> None:
        for n, mark in enumerate(marks):
            operations.mark_member(
                sessions[number].pk,
                people[number],
                mark=mark,
                seen_at=began + dt.timedelta(seconds=10 * n + me),
                by=DESK,
            )

    told = race(attempt, contenders=2, rounds=ROUNDS)

    assert _by_round(told) == {number: {BOOKED: 2} for number in range(ROUNDS)}
    for person in Attendance.objects.filter(pk__in=people):
        assert (person.state, person.marked_at) == ("absent", began + dt.timedelta(seconds=51))
        assert AuditEntry.objects.filter(subject_kind="attendance", subject_id=person.pk).count() == 12


def test_completing_twice_at_once_charges_once(sessions):
    Attendance.objects.update(state="arrived", arrived_at=clock.now())

    def attempt(me: int, number: int) -> None:
        complete(sessions[number].appointment_id, by=DESK)

    told = race(attempt, contenders=4, rounds=ROUNDS)

    assert _by_round(told) == {number: {BOOKED: 1, REFUSED: 3} for number in range(ROUNDS)}
    assert Charge.objects.standing().filter(kind="service").count() == 2 * ROUNDS
