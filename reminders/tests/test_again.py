"""Said again by hand, tried once more, or said on the phone."""

import datetime as dt

import pytest

from core import clock
from core.refusals import NotAllowed, Refusal
from messaging.models import Message, StaffTask
from messaging.operations.tasks import raise_task
from messaging.states import TaskKind
from practice.models import AuditEntry
from reminders.models import Notice, Reminder
from reminders.operations.again import NobodyThere, phoned_instead, resend, try_again
from reminders.operations.promoting import promote
from reminders.tests.conftest import MAIL, NOW, PHONE, ny
from scheduling import operations
from scheduling.models import Attendance

LATER = NOW + dt.timedelta(minutes=2)


@pytest.fixture
def person(regular, agree, booked) -> Attendance:
    """Thursday at eleven; the confirmation has been handed over."""
    agree(regular, PHONE)
    agree(regular, MAIL)
    one = booked(regular)
    with clock.frozen(LATER):
        promote(LATER, 100)
    return one


@pytest.fixture
def letter(person) -> StaffTask:
    """The confirmation's text did not arrive."""
    message = Message.objects.get(channel="sms")
    Message.objects.filter(pk=message.pk).update(state="undelivered", reason="Phone off (code 30003)")
    return raise_task(TaskKind.NOT_DELIVERED, now=LATER, client_id=person.client_id, message=message)


def acts(person: Attendance) -> list[str]:
    entries = AuditEntry.objects.about("attendance", person.pk).filter(actor_kind="user")
    return [entry.act for entry in entries if entry.act.startswith(("message", "reminders"))]


def test_a_visit_is_said_again_on_the_channel_that_was_pressed_once_the_window_closes(person, desk):
    with clock.frozen(LATER):
        first = resend(person.pk, channel="sms", by=desk)
        second = resend(person.pk, channel="sms", by=desk)
        mail = resend(person.pk, channel="email", by=desk)

    rows = Reminder.objects.filter(resend_no__gt=0).order_by("pk")
    assert [(row.channel, row.resend_no, row.change_id, row.not_before) for row in rows] == [
        ("sms", 1, first.change.pk, LATER + dt.timedelta(minutes=1)),
        ("sms", 2, second.change.pk, LATER + dt.timedelta(minutes=1)),
        ("email", 1, mail.change.pk, LATER + dt.timedelta(minutes=1)),
    ]
    assert {row.rule.name for row in rows} == {"Initial confirmation"}
    assert acts(person) == ["reminders.resent"] * 3


def test_undo_takes_it_back_and_leaves_the_plan(person, desk):
    before = list(Reminder.objects.order_by("pk").values())
    with clock.frozen(LATER):
        acted = resend(person.pk, channel="sms", by=desk)
        operations.undo(acted.change.pk, by=desk)

    assert list(Reminder.objects.order_by("pk").values()) == before
    assert Attendance.objects.filter(pk=person.pk).exists()


def test_the_same_press_twice_is_one_message(person, desk):
    change_id = "6a7f4a4e-5d0b-4a3e-9a52-0f6f0a4d1b11"
    for _ in range(2):
        resend(person.pk, channel="sms", by=desk, change_id=change_id)

    assert Reminder.objects.filter(resend_no__gt=0).count() == 1


def test_nothing_is_sent_again_where_it_may_not_or_makes_no_sense(
    person, desk, agree, regular, actor, biller
):
    agree(regular, PHONE, granted=False)

    with pytest.raises(NobodyThere):
        resend(person.pk, channel="sms", by=desk)
    with pytest.raises(NotAllowed):
        resend(person.pk, channel="email", by=actor(biller))
    with clock.frozen(ny(26, 12)), pytest.raises(Refusal, match="The visit has begun"):
        resend(person.pk, channel="email", by=desk)
    assert not Reminder.objects.filter(resend_no__gt=0).exists()


def test_a_stranger_s_visit_is_not_there(person, actor, colleague):
    with pytest.raises(Attendance.DoesNotExist):
        resend(person.pk, channel="sms", by=actor(colleague.user))


def test_what_did_not_arrive_is_tried_once_more_now_and_is_dealt_with(letter, person, desk):
    with clock.frozen(LATER):
        try_again(letter.pk, by=desk)
        try_again(letter.pk, by=desk)
        promote(LATER, 100)

    row = Reminder.objects.get(resend_no=1)
    assert (row.channel, row.state, row.falls_due_at) == ("sms", "sent", LATER)
    assert Message.objects.filter(channel="sms", state="due").count() == 1
    assert not StaffTask.objects.filter(done_at=None).exists()
    assert acts(person) == ["message.resent"]


def test_a_notice_is_told_again_to_the_same_address(person, desk, provider):
    with clock.frozen(LATER):
        operations.cancel(person.appointment_id, reason="emergency", by=desk, notice="standard")
    notice = Notice.objects.get()
    message = Message.objects.get(purpose="reminders.notice")
    Message.objects.filter(pk=message.pk).update(state="dead", reason="Gone")
    task = raise_task(TaskKind.NOT_DELIVERED, now=LATER, client_id=person.client_id, message=message)

    try_again(task.pk, by=desk)

    again = Message.objects.get(purpose="reminders.notice", state="due")
    assert (again.subject, again.address, again.klass) == (notice.pk, message.address, message.klass)


def test_too_late_is_said_and_the_letter_stays(letter, desk):
    with clock.frozen(ny(26, 12)), pytest.raises(Refusal, match="has begun"):
        try_again(letter.pk, by=desk)

    assert StaffTask.objects.filter(done_at=None).count() == 1


def test_phoned_instead_is_on_the_timeline_and_closes_it(letter, person, desk):
    phoned_instead(letter.pk, by=desk)
    phoned_instead(letter.pk, by=desk)

    letter.refresh_from_db()
    assert (letter.done_by_id, acts(person)) == (desk.id, ["message.phoned"])


def test_who_may_not_close_tasks_may_not_phone_either(letter, actor, biller, colleague):
    with pytest.raises(NotAllowed):
        phoned_instead(letter.pk, by=actor(biller))
    with pytest.raises(StaffTask.DoesNotExist):
        phoned_instead(letter.pk, by=actor(colleague.user))
