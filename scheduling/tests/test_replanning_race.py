"""In the same second: two approvals, an approval and a move, an answer and the end of its time, two answers."""

import datetime as dt
import threading
from collections.abc import Callable

import pytest
from django.db import connection

from availability.models import TimeOff
from availability.tests.factories import TimeOffFactory
from core import clock
from core.actors import SYSTEM, Actor, ActorKind
from core.refusals import Refusal
from scheduling import operations
from scheduling.models import Appointment, Replan
from scheduling.operations import Row
from scheduling.operations.choices import settle_replan
from scheduling.operations.replanning import place_of, replace
from scheduling.tests.conftest import NOW, at

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("now")]


def at_once(*acts: Callable[[], object], when: dt.datetime = NOW) -> list[str]:
    """What became of each, sorted."""
    start, outcomes = threading.Barrier(len(acts)), []

    def run(act: Callable[[], object]) -> None:
        try:
            with clock.frozen(when):
                start.wait()
                act()
            outcomes.append("done")
        except Refusal:
            outcomes.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(outcomes)


@pytest.fixture
def admin(actor, admin_user) -> Actor:
    return actor(admin_user)


@pytest.fixture
def plan(clinic, wish, admin):
    """A visit tomorrow at two, time off that day, and the row that offers it to the colleague."""
    visit = operations.book(wish(14), by=admin).appointment
    off = TimeOffFactory(provider=clinic.provider, starts_at=at(0), ends_at=at(0, day=26))
    return visit, off, Row(appointment_id=visit.pk, edition=1, way="cover", provider_id=clinic.colleague.pk)


def test_two_people_approve_the_same_time_off(plan, admin):
    _, off, row = plan

    def approve():
        operations.approve_time_off(off.pk, [row], by=admin)

    assert at_once(approve, approve) == ["done", "refused"]
    assert (TimeOff.objects.get().state, Replan.objects.count()) == ("granted", 1)
    assert Appointment.objects.filter(state="held").count() == 1


def test_approving_and_moving_one_of_its_visits(plan, admin):
    visit, off, row = plan
    to = replace(place_of(visit), starts_at=at(9, day=27))

    at_once(
        lambda: operations.approve_time_off(off.pk, [row], by=admin),
        lambda: operations.move(visit.pk, to=to, edition=1, by=admin),
    )

    visit.refresh_from_db()
    is_granted = TimeOff.objects.get().state == "granted"
    assert is_granted == (Replan.objects.count() == 1)
    # Whoever came second saw it: the plan is refused for a visit that moved, a move of a visit in doubt still stands.
    assert is_granted or visit.starts_at == at(9, day=27)


def test_an_answer_and_the_end_of_the_time_for_it(plan, clinic, admin):
    _, off, row = plan
    operations.approve_time_off(off.pk, [row], terms=operations.Terms(if_silent="cancel"), by=admin)
    replan = Replan.objects.get()
    client = Actor(kind=ActorKind.CLIENT, id=clinic.regular.pk)

    at_once(
        lambda: operations.accept_cover(replan.pk, by=client),
        lambda: settle_replan(replan.pk, by=SYSTEM),
        when=replan.answer_by - dt.timedelta(seconds=1),
    )
    at_once(
        lambda: operations.accept_cover(replan.pk, by=client),
        lambda: settle_replan(replan.pk, by=SYSTEM),
        when=replan.answer_by,
    )

    replan.refresh_from_db()
    visit = Appointment.objects.get(pk=replan.appointment_id)
    assert (replan.state, visit.provider, visit.state) == ("accepted", clinic.colleague, "scheduled")
    assert replan.hold.state == "released"


def test_two_answers_from_two_phones(plan, clinic, admin):
    _, off, row = plan
    clinic.type.modalities = ["in_person", "telehealth"]
    clinic.type.save()
    operations.approve_time_off(off.pk, [row], by=admin)
    replan, client = Replan.objects.get(), Actor(kind=ActorKind.CLIENT, id=clinic.regular.pk)

    found = at_once(
        lambda: operations.accept_cover(replan.pk, by=client),
        lambda: operations.choose_video(replan.pk, by=client),
        when=NOW + dt.timedelta(minutes=5),
    )

    replan.refresh_from_db()
    assert found == ["done", "refused"]
    assert replan.state in ("accepted", "by_video")
    assert not Appointment.objects.filter(state="held").exists()
