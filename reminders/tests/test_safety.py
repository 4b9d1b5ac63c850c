"""Who stayed away is called; for some, before anything is closed."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils.http import urlencode

from core import clock
from messaging.models import Alarm, StaffTask
from messaging.operations.alarms import ring_again
from practice.operations.safety import flag_client
from reminders.queries.rebooking import rebook
from reminders.tests.conftest import PHONE, ny
from scheduling.operations import cancel, mark_absent, take_back_absent, undo

AFTER = ny(26, 12)


@pytest.fixture
def person(booked, regular, agree):
    agree(regular, PHONE)
    return booked(regular)


@pytest.fixture
def flagged(regular, provider, actor):
    flag_client(regular.pk, on=True, reason="Told us so.", by=actor(provider))


def kinds() -> list[str]:
    return sorted(StaffTask.objects.values_list("kind", flat=True))


def test_every_no_show_asks_for_a_call_once_undo_is_over(person, desk):
    with clock.frozen(AFTER):
        mark_absent(person.pk, by=desk)

        task = StaffTask.objects.get()
        assert (task.kind, task.client_id, task.not_before) == (
            "outreach",
            person.client_id,
            AFTER + dt.timedelta(seconds=60),
        )
        assert not StaffTask.objects.open(AFTER).exists()


def test_a_mistake_asks_for_nothing(person, desk):
    with clock.frozen(AFTER):
        mark_absent(person.pk, by=desk)
        take_back_absent(person.pk, by=desk)

    assert kinds() == []


def test_undo_takes_the_tasks_along(person, desk, flagged):
    with clock.frozen(AFTER):
        done = mark_absent(person.pk, by=desk)
        assert kinds() == ["outreach", "safety_call"]
        undo(done.change.pk, by=desk)

    assert kinds() == []


def test_call_before_closing_rings_after_the_undo_window(person, desk, flagged, front_desk):
    with clock.frozen(AFTER):
        mark_absent(person.pk, by=desk)
        assert Alarm.objects.count() == 0
    later = AFTER + dt.timedelta(seconds=61)
    with clock.frozen(later):
        assert ring_again(later) == 1

    assert Alarm.objects.filter(user=front_desk).exists()


def test_a_late_cancellation_of_theirs_is_called_too_and_an_early_one_is_not(booked, regular, flagged, desk):
    early, late = booked(regular, at=ny(27)), booked(regular, at=ny(24, 9))
    cancel(early.appointment_id, reason="client_request", by=desk)
    assert kinds() == []

    cancel(late.appointment_id, reason="client_request", by=desk)
    assert kinds() == ["safety_call"]


def test_somebody_without_the_mark_only_gets_an_outreach(person, desk):
    with clock.frozen(AFTER):
        mark_absent(person.pk, by=desk)

    assert kinds() == ["outreach"]


def test_the_task_of_a_no_show_leads_to_the_booking_form_filled_in(person, desk, front_desk, signed_in):
    with clock.frozen(AFTER):
        mark_absent(person.pk, by=desk)
    with clock.frozen(AFTER + dt.timedelta(minutes=2)):
        browser = signed_in(front_desk)
        page = browser.get(reverse("messaging:task-list"))
        visit = person.appointment
        wanted = urlencode(
            {"client": person.client.public_id, "type": visit.type_id, "provider": visit.provider.public_id}
        )
        assert f'href="/visits/new/?{wanted.replace("&", "&amp;")}"' in page.content.decode()
        form = browser.get(f"/visits/new/?{wanted}").content.decode()

    assert person.client.name in form


def test_rebooking_is_looked_up_for_one_as_for_three(person, desk, django_assert_num_queries, booked, agree):
    with clock.frozen(AFTER):
        mark_absent(person.pk, by=desk)
    task = StaffTask.objects.get()
    for many in (1, 3):
        tasks = dict.fromkeys(range(many), (task.client_id, task.change_id))
        with django_assert_num_queries(3):
            assert len(rebook(tasks)) == many
