"""What the carrier calls back with: later, by the worker, signed."""

import datetime as dt
from collections import Counter
from urllib.parse import parse_qsl

import pytest
import responses
from twilio.request_validator import RequestValidator

from core import clock
from messaging.models import RehearsalMessage
from messaging.rehearsal import callbacks, ledger
from messaging.rehearsal.tasks import rehearsal_callbacks

TO, FROM = "+12025550117", "+12025550100"
BASE = "http://127.0.0.1:8000"
STATUS_URL, SMS_URL = f"{BASE}/webhooks/twilio/status/token/", f"{BASE}/webhooks/twilio/sms"
SECOND = dt.timedelta(seconds=1)


@pytest.fixture
def office(rehearsing):
    """Our own webhooks, as the carrier finds them."""
    rehearsing.PUBLIC_BASE_URL = BASE
    with responses.RequestsMock(assert_all_requests_are_fired=False) as ours:
        ours.post(STATUS_URL, status=204)
        ours.post(SMS_URL, status=204)
        yield ours


def said(office) -> list[dict[str, str]]:
    return [dict(parse_qsl(call.request.body)) for call in office.calls]


def run(minutes: float = 10) -> None:
    """Let the carrier's time pass, a step at a time."""
    for step in range(4):
        with clock.frozen(clock.now() + dt.timedelta(minutes=minutes * (step + 1))):
            rehearsal_callbacks()


def test_taking_a_text_calls_nobody(text, office):
    text(callback_url=STATUS_URL)

    assert len(office.calls) == 0


def test_a_text_is_sent_then_delivered_and_each_step_is_told_once(text, office):
    row = text(callback_url=STATUS_URL)

    run()

    row.refresh_from_db()
    assert [call["MessageStatus"] for call in said(office)] == ["sent", "delivered"]
    assert {call["MessageSid"] for call in said(office)} == {row.sid}
    assert (row.status, row.due_at, row.next_status) == ("delivered", None, "")


def test_every_call_is_signed_as_twilio_signs(text, office, rehearsing):
    text(callback_url=STATUS_URL)
    ledger.hear(sender=TO, office=FROM, body="Y")

    run()

    for call in office.calls:
        params = dict(parse_qsl(call.request.body))
        signature = call.request.headers["X-Twilio-Signature"]
        assert RequestValidator(rehearsing.TWILIO_AUTH_TOKEN).validate(call.request.url, params, signature)
    assert len(office.calls) == 3


def test_what_a_client_types_reaches_our_webhook_with_twilios_fields(office, db):
    row = ledger.hear(sender=TO, office=FROM, body="running late!")

    run()

    (call,) = said(office)
    wanted = {"MessageSid": row.sid, "From": TO, "To": FROM, "Body": "running late!", "NumMedia": "0"}
    assert {name: call[name] for name in wanted} == wanted
    assert RehearsalMessage.objects.get().status == "received"


def test_an_undelivered_text_says_why(text, office, wrong):
    wrong(undelivered_percent=100)
    text(callback_url=STATUS_URL)

    run()

    last = said(office)[-1]
    assert (last["MessageStatus"], last["ErrorCode"]) == ("undelivered", "30003")


def test_late_callbacks_wait_their_turn(text, office, wrong, monkeypatch):
    wrong(late_seconds=60)
    monkeypatch.setattr(ledger.secrets, "randbelow", lambda most: most - 1)
    row = text(callback_url=STATUS_URL)

    assert callbacks.post_due(row.created_at + 59 * SECOND) == 0
    assert callbacks.post_due(row.created_at + 60 * SECOND) == 1


def test_doubled_callbacks_come_twice(text, office, wrong):
    wrong(is_doubled=True)
    text(callback_url=STATUS_URL)

    run()

    assert Counter(call["MessageStatus"] for call in said(office)) == {"sent": 2, "delivered": 2}


def test_a_call_nobody_answers_is_tried_once_more(text, rehearsing):
    rehearsing.PUBLIC_BASE_URL = BASE
    row = text(callback_url=STATUS_URL)
    with responses.RequestsMock() as nobody:  # nothing registered: every call fails to connect
        callbacks.post_due(clock.now() + SECOND)

        assert len(nobody.calls) == 2
    row.refresh_from_db()
    assert row.status == "sent"


def test_nothing_is_called_when_not_rehearsing(text, office, rehearsing):
    text(callback_url=STATUS_URL)
    rehearsing.REHEARSAL = False

    run()

    assert len(office.calls) == 0


@pytest.mark.parametrize("word", ["STOP", "cancel", "HELP"])
def test_opt_words_are_answered_by_the_carrier_itself(office, db, word):
    ledger.hear(sender=TO, office=FROM, body=word)

    own = RehearsalMessage.objects.get(direction="outbound-reply")
    assert (own.client_address, own.status, own.callback_url) == (TO, "delivered", "")


def test_yes_is_a_plain_answer_unless_the_number_had_stopped(office, db):
    ledger.hear(sender=TO, office=FROM, body="yes")
    assert not RehearsalMessage.objects.filter(direction="outbound-reply").exists()

    ledger.hear(sender=TO, office=FROM, body="stop")
    ledger.hear(sender=TO, office=FROM, body="yes")

    assert RehearsalMessage.objects.filter(direction="outbound-reply").count() == 2
