"""A client's page while their provider is away: what they may choose, by post only, and never for anybody else."""

import datetime as dt
import uuid

import pytest
from django.core.cache import cache
from django.urls import reverse

from availability.tests.factories import TimeOffFactory
from core import clock
from practice.models import Practice
from practice.tests.factories import given_link
from scheduling import operations
from scheduling.models import Appointment, Replan
from scheduling.operations import Row, Terms
from scheduling.tests.conftest import NOW, at

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]
LATER = NOW + dt.timedelta(minutes=5)


@pytest.fixture(autouse=True)
def calm(now):
    cache.clear()


@pytest.fixture
def admin(actor, admin_user):
    return actor(admin_user)


@pytest.fixture
def asked(clinic, wish, admin):
    """`asked(14, 16)`: the regular client's visits tomorrow, offered to the colleague; answers token of the first."""

    def ask(*hours: int, way: str = "cover") -> str:
        Practice.objects.update(phone="+12025550100", sender_name="Riverside Office")
        clinic.type.modalities = ["in_person", "telehealth"]
        clinic.type.save()
        visits = [operations.book(wish(hour), by=admin).appointment for hour in hours]
        off = TimeOffFactory(provider=clinic.provider, starts_at=at(0), ends_at=at(0, day=26))
        provider_id = clinic.colleague.pk if way == "cover" else None
        rows = [Row(appointment_id=v.pk, edition=1, way=way, provider_id=provider_id) for v in visits]
        operations.approve_time_off(off.pk, rows, terms=Terms(if_silent="cancel"), by=admin)
        return given_link(clinic.regular, subject=visits[0].attendances.get().pk)

    return ask


def page(client, token: str, when=LATER) -> str:
    with clock.frozen(when):
        return client.get(reverse("scheduling:own-visit", args=[token])).content.decode()


def choose(client, token: str, choice: str, when=LATER):
    with clock.frozen(when):
        form = {"choice": choice, "change_id": uuid.uuid4()}
        return client.post(reverse("scheduling:own-choose", args=[token]), form)


def test_the_choices_stand_on_the_page_and_nothing_before_the_undo_window_closed(asked, client):
    token = asked(14)

    assert "Your provider is not in" not in page(client, token, NOW)
    shown = page(client, token)
    assert "Please choose what suits you, by Wed, Nov 25, 12:00 pm." in shown
    assert "If we do not hear from you by then, this visit is cancelled." in shown
    assert "Same time with Owen Brandt, LCSW" in shown
    assert "Same time by video" in shown
    assert ">Confirm<" not in shown


def test_looking_does_nothing(asked, client):
    token = asked(14)
    with clock.frozen(LATER):
        answer = client.get(reverse("scheduling:own-choose", args=[token]), {"choice": "cover"})

    assert answer.status_code == 405
    assert Replan.objects.get().state == "asked"


@pytest.mark.parametrize(("choice", "state"), [("cover", "accepted"), ("video", "by_video")])
def test_a_choice_is_made_by_one_press(asked, client, clinic, choice, state):
    token = asked(14)

    answer = choose(client, token, choice)

    assert answer.status_code == 302
    visit = Appointment.objects.get(state="scheduled")
    assert Replan.objects.get().state == state
    assert (visit.provider, visit.modality) == (
        (clinic.colleague, "in_person") if choice == "cover" else (clinic.provider, "telehealth")
    )
    assert "Your provider is not in" not in page(client, token)


def test_another_time_by_the_usual_page_answers_as_well(asked, client, clinic):
    token = asked(14)
    visit = Appointment.objects.get(state="scheduled")
    minute = int(at(9, day=27).timestamp() // 60)

    with clock.frozen(LATER):
        client.post(
            reverse("scheduling:own-move", args=[token]),
            {"at": minute, "occurrence": visit.occurrence, "change_id": uuid.uuid4()},
        )
        operations.settle_replans()

    visit.refresh_from_db()
    replan = Replan.objects.get()
    assert (visit.starts_at, replan.state, replan.hold.state) == (at(9, day=27), "moved", "released")


def test_cancelling_is_never_late_when_the_practice_is_away(asked, client):
    token = asked(9)
    with clock.frozen(LATER):
        cancel = reverse("scheduling:own-cancel", args=[token])
        assert "late" not in client.get(cancel).content.decode()
        client.post(cancel, {"occurrence": 1, "change_id": uuid.uuid4()})

    visit = Appointment.objects.get(state="cancelled")
    assert (visit.cancel_reason, visit.attendances.get().late_cancelled) == ("provider_unavailable", False)


def test_after_the_hour_nothing_is_chosen_here(asked, client):
    token = asked(14)
    over = Replan.objects.get().answer_by

    answer = choose(client, token, "cover", over)

    assert answer.status_code == 409
    assert Replan.objects.get().state == "asked"


def test_a_colleague_who_is_booked_after_all_is_said(asked, client, clinic, wish, admin):
    token = asked(14)
    with clock.frozen(LATER):
        hold = Replan.objects.get().hold
        operations.release(hold.pk, by=admin)
        operations.book(wish(14, provider_id=clinic.colleague.pk, client_ids=(clinic.other.pk,)), by=admin)

    answer = choose(client, token, "cover")

    assert answer.status_code == 409
    assert "not possible any more" in answer.content.decode()


def test_the_other_visits_of_the_same_client_are_one_press_away(asked, client):
    token = asked(10, 14)
    shown = page(client, token)
    assert "Also to choose: Wed, Nov 25, 2:00 pm" in shown
    other = Replan.objects.order_by("was_starts_at").last().appointment.attendances.get()

    with clock.frozen(LATER):
        answer = client.post(reverse("scheduling:own-also", args=[token, other.pk]))
        there = client.get(answer.headers["Location"]).content.decode()

    assert "2:00" in there


def test_a_visit_of_somebody_else_is_not(asked, client, clinic, wish, admin):
    token = asked(10)
    foreign = operations.book(
        wish(16, client_ids=(clinic.other.pk,), provider_id=clinic.colleague.pk), by=admin
    )
    seat = foreign.appointment.attendances.get()

    with clock.frozen(LATER):
        answer = client.post(reverse("scheduling:own-also", args=[token, seat.pk]))

    assert answer.status_code == 409
