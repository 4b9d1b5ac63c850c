"""From plan row to message, decided again at sending, and what comes back to the tile and the timeline."""

import datetime as dt
import re
from html import escape

import pytest

from core import clock
from messaging import purposes
from messaging.models import Message, StaffTask
from messaging.operations.moves import enter
from messaging.purposes import Send, Skip
from messaging.states import MessageState
from messaging.tests.factories import TemplateFactory
from practice.models import AuditEntry
from reminders.models import Notice, Reminder
from reminders.operations.promoting import promote
from reminders.queries import saying
from reminders.tests.conftest import MAIL, NOW, PHONE, ny
from scheduling.operations import cancel, confirm, move
from scheduling.rules.wishes import Place

LATER = NOW + dt.timedelta(minutes=2)


@pytest.fixture
def sent(regular, agree, booked, practice):
    """An attendance whose confirmation became a message."""
    practice.sender_name, practice.phone = "Riverside Office", "+12025550100"
    practice.save()
    agree(regular, PHONE)
    person = booked(regular)
    promote(LATER, 100)
    return person


def reminder(channel: str = "sms") -> Reminder:
    return Reminder.objects.get(rule__kind="initial", channel=channel)


def said(row: Reminder) -> Send | Skip:
    return saying.decide_reminders([row.pk], LATER)[row.pk]


def to_carrier(message: Message, *states: str) -> None:
    message.lease_owner, message.lease_until = "x", LATER
    message.save()
    for state in states:
        Message.objects.filter(pk=message.pk).update(state=message.state)
        enter(
            message,
            MessageState(state),
            now=LATER,
            reason="" if state != "undelivered" else "Phone off (code 30003)",
        )


def test_a_due_row_becomes_one_message(sent):
    row, message = reminder(), Message.objects.get(channel="sms")

    assert row.state == "sent"
    assert (message.purpose, message.subject, message.address) == ("reminders.reminder", row.pk, PHONE)
    assert (message.klass, message.drop_rank, message.change) == ("reminder", 0, row.change)
    assert (message.not_before, message.due_at, message.useful_until) == (row.not_before, NOW, ny(26))
    assert (message.asks, message.answer_until) == ("confirm", ny(26))
    assert promote(LATER, 100) == 0


def test_the_portal_copy_asks_nothing(sent):
    message = Message.objects.get(channel="portal")

    assert (message.address, message.asks, message.answer_until) == ("", "", None)


def test_promotion_takes_at_most_what_is_asked(regular, agree, booked):
    agree(regular, PHONE)
    booked(regular)

    assert [promote(LATER, 1), promote(LATER, 1), promote(LATER, 1)] == [1, 1, 0]


def test_the_text_is_made_at_sending(sent):
    assert said(reminder()) == Send(
        text="Riverside Office: you have an appointment Thu Nov 26 at 11:00 am. Reply Y to confirm, C to cancel, "
        "R to move. Questions: (202) 555-0100. STOP to opt out."
    )


def test_stop_is_explained_on_first_contact_only(sent):
    Message.objects.filter(channel="sms").update(state="accepted", accepted_at=LATER)

    assert not said(reminder()).text.endswith("STOP to opt out.")


def test_who_has_confirmed_is_reminded_without_the_question(sent, desk):
    confirm(sent.pk, by=desk)

    assert "Reply C to cancel, R to move." in said(reminder()).text


def test_the_portal_and_mails_say_it_with_room_to_breathe(sent):
    letter = said(reminder("portal"))

    assert letter.subject_line == "Your appointment on Thu Nov 26"
    assert letter.text == (
        "Hello,\n\nYou have an appointment:\n\n  Thursday, November 26, 11:00 am\n\n"
        "To confirm, move or cancel, please call (202) 555-0100.\n\nRiverside Office\n"
    )
    assert "<strong>Thursday, November 26, 11:00 am</strong>" in letter.html


def test_the_practices_own_words_are_used_and_still_say_how_to_opt_out(sent):
    TemplateFactory(scope=0, body="{practice}: see you {day}, {client}! {choices}")

    assert said(reminder()) == Send(
        text="Riverside Office: see you Thursday, Rita! Reply Y to confirm, C to cancel, R to move. "
        "STOP to opt out."
    )


def test_words_for_one_step_go_before_words_for_all(sent):
    TemplateFactory(scope=0, body="All {when}")
    TemplateFactory(body="This {when}", scope=reminder().rule_id)
    TemplateFactory(body="Another {when}", scope=0, key="moved")

    assert said(reminder()).text.startswith("This Thu Nov 26")


def test_a_client_is_written_to_in_their_language(sent, regular):
    regular.language = "es"
    regular.save()
    TemplateFactory(body="English words {when}", scope=reminder().rule_id)

    assert said(reminder()).text.startswith("Riverside Office: cita el jue 26 nov a las 11:00 am.")
    assert said(reminder("portal")).subject_line == "Su cita del jue 26 nov"


@pytest.mark.parametrize(
    "spoken", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{provider}"]
)
def test_a_mail_carries_no_markup_of_anybodys(sent, regular, spoken):
    """Neither what staff typed nor a name somebody gave becomes markup, or a variable of its own."""
    regular.preferred_name = spoken
    regular.save()
    TemplateFactory(
        scope=0,
        channel="portal",
        subject_line="Hi {client}",
        body="<b onclick=x>{client}</b>\n\n{when} & more",
    )

    body = said(reminder("portal")).html

    marks = re.findall(r"<[^>]*>", body)
    assert marks == ["<p>", "</p>", "<p>", "<strong>", "</strong>", "</p>"]
    assert escape(spoken) in body


def _cancelled(person, desk) -> None:
    cancel(person.appointment_id, reason="weather", by=desk)


def _moved(person, desk) -> None:
    to = Place(provider_id=person.appointment.provider_id, starts_at=ny(27), minutes=50)
    move(person.appointment_id, to=to, by=desk, override_reason="meant")


def _set(row, **columns) -> None:
    type(row).objects.filter(pk=row.pk).update(**columns)


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (_cancelled, "The visit was cancelled"),
        (_moved, "The visit was changed since"),
        (lambda p, _: _set(p.appointment, state="completed"), "The visit is no longer ahead: completed"),
        (lambda p, _: _set(p, state="excused"), "This person is no longer expected"),
        (lambda p, _: _set(p.appointment, starts_at=NOW, ends_at=ny(26)), "The visit has begun"),
    ],
)
def test_nothing_is_sent_about_a_visit_that_is_no_longer_so(sent, desk, spoil, reason):
    spoil(sent, desk)

    assert said(reminder()) == Skip(reason)


def test_a_contact_hears_nothing_of_a_visit_made_confidential(regular, guardian, agree, booked):
    agree(regular, PHONE, contact=guardian())
    person = booked(regular)
    _set(person, is_confidential=True)

    promote(LATER, 100)

    row = Reminder.objects.get(contact__isnull=False, rule__kind="initial")
    assert (row.state, row.reason) == ("skipped", "The visit is confidential from contacts")


def test_a_row_that_cannot_go_is_skipped_with_its_reason_on_the_timeline(regular, agree, booked):
    agree(regular, PHONE)
    person = booked(regular)
    regular.addresses.update(safe_to_text=False)

    promote(LATER, 100)

    assert (reminder().state, reminder().reason) == ("skipped", "No address may be used for it any more")
    (line,) = AuditEntry.objects.about("attendance", person.pk).filter(act="reminder.skipped")
    assert line.after == {"channel": "sms", "reason": "No address may be used for it any more"}


@pytest.mark.parametrize(
    ("states", "badge"),
    [
        (["claimed", "sending"], ("planned", 0)),
        (["claimed", "sending", "accepted"], ("sent", 1)),
        (["claimed", "sending", "accepted", "delivered"], ("delivered", 1)),
        (["claimed", "sending", "accepted", "undelivered"], ("failed", 0)),
    ],
)
def test_the_tile_follows_the_message(sent, states, badge):
    to_carrier(Message.objects.get(channel="sms"), *states)

    sent.refresh_from_db()
    assert (sent.contact_state, sent.contact_count) == badge


def test_the_timeline_says_what_became_of_it(sent):
    to_carrier(Message.objects.get(channel="sms"), "claimed", "sending", "accepted", "undelivered")

    lines = AuditEntry.objects.about("attendance", sent.pk).filter(act__startswith="message.")
    assert [(line.act, line.after["what"], line.after["reason"]) for line in lines] == [
        ("message.sent", "Initial confirmation", ""),
        ("message.undelivered", "Initial confirmation", "Phone off (code 30003)"),
    ]


def test_after_a_move_the_tile_speaks_of_the_new_time(sent, desk):
    to_carrier(Message.objects.get(channel="sms"), "claimed", "sending", "accepted", "delivered")

    _moved(sent, desk)

    sent.refresh_from_db()
    assert (sent.contact_state, sent.contact_count) == ("planned", 0)


def notice_after(at: dt.datetime, desk, person, **more) -> Notice:
    to = Place(**({"provider_id": person.appointment.provider_id, "starts_at": at, "minutes": 50} | more))
    with clock.frozen(LATER):
        move(person.appointment_id, to=to, by=desk, override_reason="meant")
    return Notice.objects.get()


def test_the_notice_names_the_new_time(sent, desk):
    notice = notice_after(ny(27, 14), desk, sent)

    assert saying.decide_notices([notice.pk], LATER)[notice.pk].text == (
        "Riverside Office: your appointment has moved to Fri Nov 27 at 2:00 pm. Reply Y to confirm, C to cancel, "
        "R to move. Questions: (202) 555-0100. STOP to opt out."
    )


def test_another_provider_at_the_same_time_is_a_detail(sent, desk, colleague):
    notice = notice_after(ny(26), desk, sent, provider_id=colleague.pk)

    assert "a detail of your appointment Thu Nov 26 at 11:00 am has changed" in (
        saying.decide_notices([notice.pk], LATER)[notice.pk].text
    )


def test_a_notice_overtaken_by_another_act_is_not_sent(sent, desk):
    notice = notice_after(ny(27), desk, sent)

    cancel(sent.appointment_id, reason="weather", by=desk)

    assert saying.decide_notices([notice.pk], LATER)[notice.pk] == Skip("It was changed again since")


def test_a_notice_by_mail_is_a_letter(regular, agree, booked, desk):
    agree(regular, MAIL)
    person = booked(regular)
    promote(LATER, 100)

    notice = notice_after(ny(27), desk, person)

    letter = saying.decide_notices([notice.pk], LATER)[notice.pk]
    assert letter.subject_line == "Your appointment on Fri Nov 27"
    assert "Your appointment has moved. It is now:\n\n  Friday, November 27, 11:00 am" in letter.text


def test_a_move_of_today_also_asks_somebody_to_call(sent, desk, regular):
    notice_after(ny(23, 15), desk, sent)

    to_carrier(Message.objects.get(purpose="reminders.notice"), "claimed", "sending", "accepted")

    assert list(StaffTask.objects.values_list("kind", "client")) == [("call_client", regular.pk)]


def test_our_purposes_are_known_to_messaging():
    assert {p.name for p in purposes.all()} >= {"reminders.reminder", "reminders.notice", "reminders.answer"}
