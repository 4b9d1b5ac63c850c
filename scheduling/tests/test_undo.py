"""Undo within scheduling's own tables; the whole database is compared in tests/test_undo_equality.py."""

import datetime as dt

import pytest

from core import clock
from core.actors import Actor, ActorKind
from core.refusals import NotAllowed, Refusal, StaleEdit
from practice.models import CareTeam, Change
from scheduling import operations
from scheduling.models import Appointment, Attendance
from scheduling.rules.wishes import Place
from scheduling.tests.conftest import NOW, at

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]


@pytest.fixture
def desk(actor, front_desk) -> Actor:
    return actor(front_desk)


@pytest.fixture
def booked(wish, desk):
    return operations.book(wish(14, note="bring forms"), by=desk)


def test_undo_of_a_booking_leaves_no_row(clinic, wish, desk):
    acted = operations.book(wish(provider_id=clinic.colleague.pk), by=desk)

    operations.undo(acted.change.pk, by=desk)

    assert (Appointment.objects.count(), Attendance.objects.count()) == (0, 0)
    assert not CareTeam.objects.filter(provider=clinic.colleague, client=clinic.regular).exists()


def test_undo_keeps_a_care_team_another_visit_relies_on(clinic, wish, desk):
    first = operations.book(wish(14, provider_id=clinic.colleague.pk), by=desk)
    operations.book(wish(16, provider_id=clinic.colleague.pk), by=desk)

    operations.undo(first.change.pk, by=desk)

    assert CareTeam.objects.filter(provider=clinic.colleague, client=clinic.regular).exists()


def test_undo_of_a_move_restores_place_and_confirmation_but_no_counter_falls(clinic, booked, desk):
    visit, person = booked.appointment, booked.appointment.attendances.get()
    operations.confirm(person.pk, by=desk)
    moved = operations.move(
        visit.pk, to=Place(provider_id=clinic.colleague.pk, starts_at=at(16), minutes=30), by=desk
    )

    operations.undo(moved.change.pk, by=desk)

    visit.refresh_from_db()
    person.refresh_from_db()
    assert (visit.starts_at, visit.minutes, visit.provider) == (at(14), 50, clinic.provider)
    assert (visit.occurrence, visit.edition, visit.ics_sequence) == (1, 3, 2)
    assert person.confirmed_at == NOW


def test_undo_of_a_cancellation_restores_free_text(booked, desk):
    cancelled = operations.cancel(booked.appointment.pk, reason="other", text="moved to Spain", by=desk)
    assert Change.objects.get(pk=cancelled.change.pk).texts == {
        f"appointment:{booked.appointment.pk}": {"cancel_text": ""}
    }

    operations.undo(cancelled.change.pk, by=desk)

    visit = Appointment.objects.get(pk=booked.appointment.pk)
    assert (visit.state, visit.cancel_text, visit.note) == ("scheduled", "", "bring forms")
    assert visit.attendances.get().state == "expected"


@pytest.mark.parametrize("seconds", [60, 61, 3600])
def test_it_is_too_late_after_the_window(booked, desk, seconds):
    with clock.frozen(NOW + dt.timedelta(seconds=seconds)), pytest.raises(Refusal, match="too late"):
        operations.undo(booked.change.pk, by=desk)


def test_undo_is_refused_once_somebody_built_on_it(booked, desk, regular):
    person = booked.appointment.attendances.get()
    operations.confirm(person.pk, how="sms", by=Actor(kind=ActorKind.CLIENT, id=regular.pk, via="sms"))

    with pytest.raises(StaleEdit):
        operations.undo(booked.change.pk, by=desk)


def test_undo_is_refused_when_the_old_time_was_taken(clinic, wish, booked, desk):
    moved = operations.move(
        booked.appointment.pk, to=Place(provider_id=clinic.provider.pk, starts_at=at(16), minutes=50), by=desk
    )
    operations.book(wish(14, client_ids=(clinic.other.pk,)), by=desk)

    with pytest.raises(Refusal, match="taken since"):
        operations.undo(moved.change.pk, by=desk)

    booked.appointment.refresh_from_db()
    assert booked.appointment.starts_at == at(16)


def test_undo_happens_once(booked, desk):
    operations.undo(booked.change.pk, by=desk)

    with pytest.raises(Refusal, match="already taken back"):
        operations.undo(booked.change.pk, by=desk)


def test_only_who_did_it_or_an_admin_takes_it_back(booked, actor, provider, admin_user):
    with pytest.raises(NotAllowed):
        operations.undo(booked.change.pk, by=actor(provider))

    operations.undo(booked.change.pk, by=actor(admin_user))


def test_a_clients_act_has_no_window(booked, regular):
    client = Actor(kind=ActorKind.CLIENT, id=regular.pk, via="sms")
    answered = operations.confirm(booked.appointment.attendances.get().pk, how="sms", by=client)

    with pytest.raises(Refusal, match="too late"):
        operations.undo(answered.change.pk, by=client)


def test_undo_puts_back_a_neighbours_overbook_flag(clinic, wish, booked, desk):
    over = operations.book(
        wish(14, client_ids=(clinic.other.pk,)), by=desk, override_reason="urgent"
    ).appointment
    cancelled = operations.cancel(booked.appointment.pk, reason="client_request", by=desk)
    over.refresh_from_db()
    assert not over.overbooked_provider

    operations.undo(cancelled.change.pk, by=desk)

    over.refresh_from_db()
    assert over.overbooked_provider


def test_undo_clears_the_flag_of_whoever_was_booked_over_the_new_place(clinic, wish, booked, desk):
    moved = operations.move(
        booked.appointment.pk, to=Place(provider_id=clinic.provider.pk, starts_at=at(16), minutes=50), by=desk
    )
    over = operations.book(
        wish(16, client_ids=(clinic.other.pk,)), by=desk, override_reason="urgent"
    ).appointment
    assert over.overbooked_provider

    operations.undo(moved.change.pk, by=desk)

    over.refresh_from_db()
    assert not over.overbooked_provider
