"""A key pressed while we call about a visit (F16): acted on at once, for whom we called."""

import datetime as dt

import pytest

from core import clock
from messaging.models import Message, StaffTask
from messaging.rules.calls import Said
from messaging.signals import key_pressed
from messaging.tests.factories import MessageFactory
from practice.tests.factories import AddressFactory
from reminders.models import Reminder
from reminders.tests.conftest import NOW, PHONE, ny
from scheduling.models import Attendance
from scheduling.operations import move
from scheduling.rules.wishes import Place
from scheduling.tests.factories import AttendanceFactory


@pytest.fixture
def called(regular, agree, booked) -> Message:
    """A call about Thursday at 11 is on the phone."""
    agree(regular, PHONE)
    person = booked(regular)
    return call_about(person)


def call_about(person: Attendance, **columns) -> Message:
    reminder = Reminder.objects.filter(attendance=person).first()
    return MessageFactory(
        purpose="reminders.reminder", subject=reminder.pk, client=person.client, channel="voice", address=PHONE,
        state="accepted", accepted_at=NOW, **columns,
    )  # fmt: skip


def press(question: Message, meaning: str, *, is_sure: bool = False, now: dt.datetime = NOW) -> Said | None:
    with clock.frozen(now):
        answers = key_pressed.send(Message, question=question, meaning=meaning, is_sure=is_sure, now=now)
    return next((said for _, said in answers if said), None)


def person_of(question: Message) -> Attendance:
    return Reminder.objects.get(pk=question.subject).attendance


def test_one_confirms_by_call(called):
    assert [press(called, "yes"), press(called, "yes")] == [Said.CONFIRMED, Said.CONFIRMED]

    person = person_of(called)
    assert (person.confirmed_how, person.confirmed_by_kind) == ("voice", "client")


def test_two_cancels_in_good_time_and_asks_again_inside_the_notice(called):
    late = ny(26, 9)

    assert press(called, "cancel", now=late) == Said.ASK_SURE
    assert person_of(called).appointment.state == "scheduled"
    assert press(called, "cancel", is_sure=True, now=late) == Said.CANCELLED
    person = person_of(called)
    assert (person.appointment.state, person.late_cancelled) == ("cancelled", True)


def test_in_good_time_one_two_is_enough(called):
    assert press(called, "cancel") == Said.CANCELLED
    assert person_of(called).appointment.state == "cancelled"


def test_three_makes_a_task_to_call_back(called, regular):
    assert press(called, "move") == Said.CALL_BACK
    assert list(StaffTask.objects.values_list("kind", "client", "message")) == [
        ("call_client", regular.pk, called.pk)
    ]


@pytest.mark.parametrize("meaning", ["yes", "cancel"])
def test_a_visit_that_moved_since_is_left_alone(called, desk, meaning):
    visit = person_of(called).appointment
    move(
        visit.pk,
        to=Place(provider_id=visit.provider_id, starts_at=ny(27), minutes=50),
        by=desk,
        override_reason="x y z",
    )

    assert press(called, meaning) == Said.MOVED_SINCE
    person = person_of(called)
    assert (person.appointment.state, person.confirmed_at) == ("scheduled", None)


def test_of_two_only_the_one_we_called_is_taken_off(called):
    other = AttendanceFactory(appointment=person_of(called).appointment)

    assert press(called, "cancel") == Said.CANCELLED
    other.refresh_from_db()
    assert (person_of(called).state, other.state, other.appointment.state) == (
        "cancelled",
        "expected",
        "scheduled",
    )


def test_two_who_share_the_number_are_asked_by_a_person(called):
    other = AttendanceFactory(appointment=person_of(called).appointment)
    AddressFactory(client=other.client, value=PHONE)

    assert press(called, "cancel") == Said.CALL_US
    assert person_of(called).state == "expected"
    assert StaffTask.objects.get().kind == "may_want_to_cancel"


def test_a_contact_cancels_only_with_the_right_to(called, guardian, regular):
    mother = guardian(may_confirm=True, may_cancel=False)
    Message.objects.filter(pk=called.pk).update(contact=mother)
    called.refresh_from_db()

    assert [press(called, "cancel"), press(called, "yes")] == [Said.CALL_US, Said.CONFIRMED]
    assert person_of(called).confirmed_by_kind == "contact"


def test_a_call_of_somebody_else_is_not_ours(called):
    Message.objects.filter(pk=called.pk).update(purpose="somebody.else")
    called.refresh_from_db()

    assert press(called, "yes") is None
