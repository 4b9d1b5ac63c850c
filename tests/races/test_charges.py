"""Many hands complete and correct the same meeting at once: each person is charged once."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from core import clock
from core.actors import Actor, ActorKind
from core.refusals import Refusal
from practice.states import Role
from practice.tests.factories import PracticeFactory
from scheduling import operations
from scheduling.models import Appointment, Charge
from scheduling.tests.factories import AppointmentFactory, AppointmentTypeFactory, AttendanceFactory

pytestmark = pytest.mark.django_db(transaction=True)
HANDS = 8
DESK = Actor(kind=ActorKind.USER, id=1, roles=frozenset({Role.FRONT_DESK}), undo_seconds=60)


@pytest.fixture
def meeting(transactional_db) -> Appointment:
    PracticeFactory()
    kind = AppointmentTypeFactory(category="group", cpt_code="90853", rate=60)
    row = AppointmentFactory(type=kind, starts_at=clock.now() - dt.timedelta(hours=2))
    AttendanceFactory.create_batch(4, appointment=row, state="arrived")
    return row


def at_once(*acts) -> list[str]:
    """How each went, run together on connections of their own."""

    def run(act) -> str:
        try:
            act()
        except Refusal as refusal:
            return type(refusal).__name__
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor(len(acts)) as pool:
        return sorted(pool.map(run, acts))


def charged() -> list[int]:
    return sorted(Charge.objects.standing().values_list("attendance", flat=True))


def test_completed_by_many_at_once_each_is_charged_once(meeting):
    went = at_once(*[lambda: operations.complete(meeting.pk, by=DESK)] * HANDS)

    assert went == ["WrongState"] * (HANDS - 1) + ["done"]
    assert charged() == sorted(meeting.attendances.values_list("pk", flat=True))
    assert Charge.objects.count() == 4


def test_completed_alone_and_in_bulk_each_is_charged_once(meeting):
    other = AppointmentFactory(type=meeting.type, starts_at=meeting.starts_at)
    AttendanceFactory(appointment=other, state="arrived")
    both = [meeting.pk, other.pk]

    at_once(
        *[lambda: operations.complete(meeting.pk, by=DESK)] * 3,
        *[lambda: operations.complete_many(both, by=DESK)] * 3,
        *[lambda: operations.complete_many(reversed(both), by=DESK)] * 2,
    )

    assert Charge.objects.count() == 5
    assert {v.state for v in Appointment.objects.all()} == {"completed"}


def test_corrected_by_many_at_once_one_charge_stands(meeting):
    operations.complete(meeting.pk, by=DESK)
    person = meeting.attendances.order_by("pk").first()
    away = [lambda: operations.correct(person.pk, state="excused", by=DESK)] * 4
    back = [lambda: operations.correct(person.pk, state="attended", by=DESK)] * 4

    at_once(*away, *back)

    person.refresh_from_db()
    expected = 1 if person.state == "attended" else 0
    assert charged().count(person.pk) == expected
    assert sum(c.units for c in Charge.objects.filter(attendance=person)) == expected
