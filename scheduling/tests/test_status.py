import datetime as dt

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core import clock
from practice.tests.factories import ClientFactory
from scheduling.models import Appointment
from scheduling.rules.status import status_of
from scheduling.states import AppointmentState as A
from scheduling.states import AttendanceState as P
from scheduling.states import CancelReason, Status
from scheduling.tests.factories import AppointmentFactory, AttendanceFactory

PEOPLE = st.lists(st.tuples(st.sampled_from(P.values), st.booleans()), max_size=3)


@pytest.mark.parametrize(
    ("state", "people", "status"),
    [
        (A.CANCELLED, [(P.ARRIVED, True)], Status.CANCELLED),
        (A.RELEASED, [], Status.CANCELLED),
        (A.COMPLETED, [(P.ABSENT, False)], Status.COMPLETED),
        (A.IN_SESSION, [(P.ARRIVED, False)], Status.IN_SESSION),
        (A.SCHEDULED, [(P.ABSENT, True)], Status.NO_SHOW),
        (A.SCHEDULED, [(P.ABSENT, True), (P.EXCUSED, False)], Status.NO_SHOW),
        (A.SCHEDULED, [(P.ABSENT, True), (P.EXPECTED, True)], Status.CONFIRMED),
        (A.SCHEDULED, [(P.ARRIVED, False), (P.EXPECTED, False)], Status.CHECKED_IN),
        (A.SCHEDULED, [(P.EXPECTED, True), (P.EXPECTED, False)], Status.SCHEDULED),
        (A.SCHEDULED, [(P.CANCELLED, False), (P.EXPECTED, True)], Status.CONFIRMED),
        (A.SCHEDULED, [(P.CANCELLED, True)], Status.SCHEDULED),
        (A.SCHEDULED, [], Status.SCHEDULED),
        (A.HELD, [], Status.HELD),
        (A.REQUESTED, [(P.EXPECTED, False)], Status.REQUESTED),
    ],
)
def test_status_follows_the_facts(state, people, status):
    assert status_of(state, people) == status


@pytest.fixture
def visit(db):
    people = [ClientFactory() for _ in range(3)]
    return AppointmentFactory(), people


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(state=st.sampled_from(A.values), people=PEOPLE)
def test_the_database_derives_the_same_status(visit, state, people):
    row, clients = visit
    row.attendances.all().delete()
    _stand(row, state)
    for client, (how, confirmed) in zip(clients, people, strict=False):
        AttendanceFactory(appointment=row, client=client, state=how, **_confirmation(confirmed))

    assert Appointment.objects.with_status().get(pk=row.pk).status == status_of(state, people)


def _stand(row, state):
    now = clock.now()
    gone = {"cancelled_at": now, "cancel_reason": CancelReason.OTHER, "cancelled_by_kind": "system"}
    back = {"cancelled_at": None, "cancel_reason": "", "cancelled_by_kind": ""}
    until = now + dt.timedelta(hours=1) if state == A.HELD else None
    facts = gone if state == A.CANCELLED else back
    Appointment.objects.filter(pk=row.pk).update(state=state, hold_until=until, **facts)


def _confirmation(confirmed):
    if not confirmed:
        return {}
    return {"confirmed_at": clock.now(), "confirmed_by_kind": "user", "confirmed_how": "staff"}
