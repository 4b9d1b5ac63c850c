"""The next channel when one has failed for good: once, and never while somebody may have heard."""

import datetime as dt

import pytest

from core import clock
from messaging.models import Message, StaffTask
from messaging.operations import settling
from messaging.operations.giving_up import give_up
from messaging.operations.moves import enter
from messaging.states import MessageState, TaskKind
from messaging.tests.factories import AttemptFactory
from practice.states import Channel
from reminders.models import Reminder, ReminderRule
from reminders.operations.promoting import promote
from reminders.tests.conftest import MAIL, NOW, PHONE, ny
from reminders.tests.factories import RuleOverrideFactory
from scheduling.operations import move
from scheduling.rules.wishes import Place

LATER = NOW + dt.timedelta(minutes=2)


@pytest.fixture
def text(regular, agree, booked, practice) -> Message:
    """The confirmation of a booking, by text to somebody who also reads email."""
    agree(regular, PHONE)
    agree(regular, MAIL)
    booked(regular)
    promote(LATER, 100)
    return Message.objects.get(channel=Channel.SMS)


def fail(message: Message, *, state=MessageState.DEAD, is_certain: bool = True) -> None:
    message.refresh_from_db()
    give_up(message, state, reason="This address cannot receive it", now=LATER, is_certain=is_certain)


def on(channel: str) -> list[Reminder]:
    return list(Reminder.objects.filter(rule__kind="initial", channel=channel))


def test_a_text_that_failed_for_good_becomes_an_email(text):
    fail(text)
    (mail,) = on(Channel.EMAIL)

    assert (mail.state, mail.due_at, mail.useful_until) == ("planned", LATER, ny(26))
    assert StaffTask.objects.count() == 0
    promote(LATER, 100)
    assert Message.objects.get(channel=Channel.EMAIL).address == MAIL


def test_after_the_last_channel_a_person_is_asked(text, regular):
    fail(text)
    promote(LATER, 100)
    fail(Message.objects.get(channel=Channel.EMAIL))

    assert StaffTask.objects.get().kind == TaskKind.NOT_DELIVERED
    assert len(Reminder.objects.filter(rule__kind="initial").exclude(channel=Channel.PORTAL)) == 2


@pytest.mark.parametrize(
    ("usual", "differs"), [(["sms"], ["sms", "email"]), (["sms", "email"], ["sms"])], ids=["more", "fewer"]
)
def test_an_exception_says_where_its_visits_go_on(text, usual, differs):
    reminder = Reminder.objects.select_related("rule", "attendance__appointment").get(pk=text.subject)
    ReminderRule.objects.filter(pk=reminder.rule_id).update(channels=usual)
    kind = reminder.attendance.appointment.type
    RuleOverrideFactory(rule=reminder.rule, type=kind, is_active=True, channels=differs)

    fail(text)

    goes_on = "email" in differs
    assert (len(on(Channel.EMAIL)), StaffTask.objects.count()) == (int(goes_on), int(not goes_on))


def test_the_same_failure_twice_makes_one_chain(text):
    from reminders.operations.falling_back import reminders_elsewhere  # noqa: PLC0415  asked twice on purpose

    fail(text)
    reminders_elsewhere([text.subject], LATER)

    assert len(on(Channel.EMAIL)) == 1


def test_nothing_elsewhere_while_the_outcome_is_unknown(text):
    fail(text, is_certain=False)

    assert on(Channel.EMAIL) == []
    assert StaffTask.objects.get().kind == TaskKind.NOT_DELIVERED


@pytest.mark.parametrize("state", ["sending", "verifying", "accepted", "delivered"])
def test_nothing_elsewhere_when_another_of_its_step_may_have_arrived(text, state):
    (row,) = on(Channel.SMS)
    twin = Reminder.objects.create(
        attendance=row.attendance, rule=row.rule, occurrence=row.occurrence, channel=Channel.VOICE,
        state="sent", not_before=NOW, due_at=NOW, falls_due_at=NOW, useful_until=row.useful_until,
    )  # fmt: skip
    leased = {"lease_owner": "x", "lease_until": LATER} if state == "sending" else {}
    Message.objects.create(
        purpose=text.purpose, subject=twin.pk, client=text.client, channel=Channel.VOICE, address=PHONE,
        klass="reminder", not_before=NOW, due_at=NOW, send_at=NOW, useful_until=row.useful_until,
        state=state, created_at=NOW, **leased,
    )  # fmt: skip
    fail(text)

    assert on(Channel.EMAIL) == []


def test_a_notice_of_a_move_goes_on_too(text, booked, desk):
    visit = Reminder.objects.get(pk=text.subject).attendance.appointment
    to = Place(provider_id=visit.provider_id, starts_at=ny(27, 12), minutes=50)
    with clock.frozen(LATER):
        move(visit.pk, to=to, by=desk, notice="standard", override_reason="test")
    notice = Message.objects.get(purpose="reminders.notice")
    give_up(notice, MessageState.DEAD, reason="This address cannot receive it", now=LATER)
    again = Message.objects.get(purpose="reminders.notice", channel=Channel.EMAIL)

    assert (again.subject, again.address, again.state, again.asks) == (notice.subject, MAIL, "due", "")


def test_undelivered_goes_on_and_a_late_delivery_changes_nothing_back(text):
    enter(text, MessageState.ACCEPTED, now=LATER, accepted_at=LATER)
    attempt = AttemptFactory(message=text, provider_sid="SM1", state="accepted")
    for status, code in (("undelivered", "30003"), ("delivered", "")):
        settling.progress(text, attempt, status=status, code=code, now=LATER)

    assert (text.state, len(on(Channel.EMAIL))) == (MessageState.DELIVERED, 1)
