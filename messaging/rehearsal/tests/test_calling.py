"""Calls that ring on the page, and mails as their reader sees them."""

import datetime as dt
from urllib.parse import parse_qsl

import pytest
import responses
from django.core.mail import EmailMultiAlternatives, get_connection
from django.urls import reverse

from core import clock
from messaging.models import RehearsalMessage
from messaging.rehearsal import callbacks, calling, letters
from messaging.rehearsal.ledger import Wrong
from practice.tests.factories import AddressFactory

TO, FROM = "+12025550142", "+12025550101"
BASE = "http://127.0.0.1:8000"
ASK, STATUS, KEYS = f"{BASE}/webhooks/twilio/voice/t/", f"{BASE}/webhooks/twilio/call/t/", f"{BASE}/keys/"
MENU = f'<Response><Gather action="{KEYS}"><Say>Press 1.</Say></Gather></Response>'
THANKS = "<Response><Say>Thank you.</Say><Hangup/></Response>"


@pytest.fixture
def office(rehearsing, db):
    rehearsing.PUBLIC_BASE_URL = BASE
    with responses.RequestsMock(assert_all_requests_are_fired=False) as ours:
        ours.post(STATUS, status=204)
        ours.post(ASK, body=MENU)
        ours.post(KEYS, body=THANKS)
        yield ours


@pytest.fixture
def call(office):
    row = calling.ring(to=TO, sender=FROM, ask_url=ASK, callback_url=STATUS)
    tick()
    row.refresh_from_db()
    return row


def tick(seconds: int = 0) -> None:
    with clock.frozen(clock.now() + dt.timedelta(seconds=seconds)):
        callbacks.post_due(clock.now())


def told(office) -> list[dict[str, str]]:
    return [dict(parse_qsl(one.request.body)) for one in office.calls]


def press(row, what: str) -> bool:
    done = calling.act(row.sid, what, clock.now())
    tick()
    row.refresh_from_db()
    return done


def test_it_rings_until_somebody_takes_it_and_says_so(call, office):
    assert (call.status, told(office)[0]["CallStatus"]) == ("ringing", "ringing")

    press(call, "answer")

    assert (call.status, call.body, call.ask_url) == ("in-progress", "Press 1.", KEYS)
    assert told(office)[-1]["AnsweredBy"] == "human"


def test_a_key_is_told_and_the_answer_ends_the_call(call, office):
    press(call, "answer")
    press(call, "1")
    tick(seconds=2)
    call.refresh_from_db()

    assert told(office)[2]["Digits"] == "1"
    assert (call.body, call.status) == ("Press 1.\nThank you.", "completed")
    assert (told(office)[-1]["CallStatus"], told(office)[-1]["AnsweredBy"]) == ("completed", "human")


@pytest.mark.parametrize(
    ("what", "by"), [("voicemail", "machine_end_beep"), ("unsure", "unknown")], ids=["voicemail", "unsure"]
)
def test_whoever_takes_it_is_named_as_twilio_names_them(call, office, what, by):
    press(call, what)

    assert told(office)[-1]["AnsweredBy"] == by


def test_busy_hanging_up_and_letting_it_ring(call, office):
    other = calling.ring(to=TO, sender=FROM, ask_url=ASK, callback_url=STATUS)
    tick()
    press(call, "busy")
    press(other, "answer")
    press(other, "hangup")
    third = calling.ring(to=TO, sender=FROM, ask_url=ASK, callback_url=STATUS)
    tick()
    tick(seconds=60)
    third.refresh_from_db()

    assert [call.status, other.status, third.status] == ["busy", "completed", "no-answer"]


@pytest.mark.parametrize("what", ["1", "hangup", "nonsense", ""])
def test_what_cannot_be_done_to_a_ringing_phone_does_nothing(call, what):
    assert press(call, what) is False
    assert call.status == "ringing"


def test_nothing_is_done_to_a_call_that_is_over(call):
    press(call, "busy")

    assert press(call, "answer") is False


@pytest.mark.parametrize(
    ("change", "code"),
    [({"to": "x"}, 21211), ({"sender": ""}, 21213), ({"ask_url": "https://evil.example.org/"}, 21205)],
)
def test_what_twilio_would_refuse_is_refused(office, change, code):
    with pytest.raises(Wrong) as refused:
        calling.ring(**({"to": TO, "sender": FROM, "ask_url": ASK, "callback_url": STATUS} | change))

    assert refused.value.code == code


# --- the page ----------------------------------------------------------------------------------


def test_the_page_shows_the_call_with_its_keys(call, signed_in, front_desk):
    AddressFactory(value=TO)
    browser = signed_in(front_desk)

    ringing = browser.get(reverse("rehearsal:phones")).content.decode()
    browser.post(reverse("rehearsal:call-act"), {"sid": call.sid, "act": "answer"})
    tick()
    talking = browser.get(reverse("rehearsal:phones")).content.decode()

    assert "Incoming call" in ringing
    assert "Let voicemail answer" in ringing
    assert "“Press 1.”" in talking
    assert all(f'value="{digit}"' in talking for digit in "1239")


def test_somebody_elses_client_is_not_answered_for(call, signed_in, provider, colleague, stranger):
    AddressFactory(client=stranger, value=TO)

    answer = signed_in(provider).post(reverse("rehearsal:call-act"), {"sid": call.sid, "act": "answer"})

    assert answer.status_code == 404
    call.refresh_from_db()
    assert call.status == "ringing"


def test_a_call_is_taken_by_a_button_and_only_in_a_rehearsal(call, rehearsing, signed_in, front_desk):
    browser, address = signed_in(front_desk), reverse("rehearsal:call-act")

    by_link = browser.get(address)
    rehearsing.REHEARSAL = False
    outside = browser.post(address, {"sid": call.sid, "act": "answer"})

    call.refresh_from_db()
    assert [by_link.status_code, outside.status_code, call.next_status] == [405, 404, "no-answer"]


def test_a_mail_shows_its_links_and_its_calendar_file(rehearsing, signed_in, front_desk):
    rehearsing.EMAIL_BACKEND = "messaging.rehearsal_mail.MailboxBackend"
    mail = EmailMultiAlternatives("A visit", "Hello", "office@example.org", ["lena@example.com"])
    mail.connection = get_connection()
    mail.attach_alternative(
        '<p style="margin:0">Hello <a href="https://x.example.org/v/1/">Confirm</a></p>', "text/html"
    )
    mail.attach_alternative("BEGIN:VCALENDAR\nMETHOD:REQUEST\nSEQUENCE:2\n", "text/calendar; method=REQUEST")
    mail.send()
    row = RehearsalMessage.objects.get()
    browser = signed_in(front_desk)

    page = browser.get(reverse("rehearsal:phones")).content.decode()
    drawn = browser.get(reverse("rehearsal:mail", args=[row.sid]))

    assert "invite.ics · REQUEST · sequence 2" in page
    assert 'href="https://x.example.org/v/1/"' in page
    assert "default-src 'none'" in drawn["Content-Security-Policy"]
    assert "script-src 'none'" in drawn["Content-Security-Policy"]
    assert b'style="margin:0"' in drawn.content


def test_only_what_a_browser_may_follow_is_a_link():
    html = '<a href="javascript:alert(1)">a</a><a href="https://b/">b <b>c</b></a><a>d</a><a href="/e">e</a>'

    assert letters.links_in(html) == [("b", "https://b/")]
    assert letters.calendar_line("") == ""
