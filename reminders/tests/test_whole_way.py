"""From booking to the answered text, over HTTP: the real twilio client, the stand-in, signed webhooks."""

import datetime as dt

import pytest

from core import clock
from messaging.carriers.line import hang_up
from messaging.models import Message, RehearsalMessage
from messaging.operations import dispatch
from messaging.rehearsal import callbacks, ledger
from practice.models import AuditEntry
from reminders.tests.conftest import MAIL, NOW, PHONE

pytestmark = pytest.mark.django_db(transaction=True)


class World:
    """Time passes in steps; in each the dispatcher ticks and the carrier calls back."""

    def __init__(self) -> None:
        self.now = NOW

    def pass_minutes(self, minutes: int = 2) -> None:
        for _ in range(3):
            self.now += dt.timedelta(minutes=minutes)
            dispatch.tick()
            callbacks.post_due(self.now)

    def says(self, word: str) -> None:
        ledger.hear(sender=PHONE, office="+12025550100", body=word)
        self.pass_minutes()


@pytest.fixture
def world(live_server, settings, monkeypatch):
    settings.REHEARSAL = True
    settings.TWILIO_FROM_NUMBER = "+12025550100"
    settings.PUBLIC_BASE_URL = live_server.url
    settings.TWILIO_API_BASE_URL = f"{live_server.url}/rehearsal/twilio"
    settings.EMAIL_BACKEND = "messaging.rehearsal_mail.MailboxBackend"
    made = World()
    monkeypatch.setattr(clock, "now", lambda: made.now)  # the server's threads too
    yield made
    hang_up()  # the live server keeps a database connection as long as somebody holds the line


def phone() -> list[tuple[str, str]]:
    rows = RehearsalMessage.objects.filter(client_address=PHONE).order_by("pk")
    return [(row.direction, row.body.split(".")[0]) for row in rows]


def test_a_booking_is_texted_once_answered_and_confirmed(world, regular, agree, booked):
    agree(regular, PHONE)
    person = booked(regular)

    world.pass_minutes()
    person.refresh_from_db()
    assert phone() == [("outbound-api", "Stillwater: you have an appointment Thu Nov 26 at 11:00 am")]
    assert (person.contact_state, person.contact_count) == ("delivered", 1)

    world.says("Y")
    person.refresh_from_db()
    assert phone()[1:] == [("inbound", "Y"), ("outbound-api", "Thank you, you are confirmed")]
    assert (person.confirmed_how, person.confirmed_by_id) == ("sms", regular.pk)


def test_the_timeline_tells_the_whole_way_once(world, regular, agree, booked):
    agree(regular, PHONE)
    person = booked(regular)

    world.pass_minutes()

    lines = AuditEntry.objects.about("attendance", person.pk).filter(act__startswith="message.")
    told = [(line.act, line.after["channel"]) for line in lines]
    assert sorted(told) == [("message.delivered", "sms"), ("message.sent", "portal"), ("message.sent", "sms")]


def test_a_mail_reaches_the_mailbox(world, regular, agree, booked):
    agree(regular, MAIL)
    booked(regular)

    world.pass_minutes()

    (mail,) = RehearsalMessage.objects.filter(kind="email")
    assert (mail.client_address, mail.subject_line) == (MAIL, "Your appointment on Thu Nov 26")


def test_stop_silences_every_later_reminder(world, regular, agree, booked):
    agree(regular, PHONE)
    booked(regular)
    world.pass_minutes()

    world.says("STOP")
    world.pass_minutes(24 * 60)

    assert [direction for direction, _ in phone()] == ["outbound-api", "inbound", "outbound-reply"]
    assert not Message.objects.filter(channel="sms", state__in=["due", "claimed", "sending"]).exists()


def test_cancel_by_text_ends_the_visit(world, regular, agree, booked):
    agree(regular, PHONE)
    visit = booked(regular).appointment
    world.pass_minutes()

    world.says("C")
    world.pass_minutes(24 * 60)

    visit.refresh_from_db()
    assert visit.state == "cancelled"
    assert [body for _, body in phone()][2:] == ["Your appointment Thu Nov 26 at 11:00 am is cancelled"]
