"""The stand-in, asked by Twilio's own client over HTTP."""

import datetime as dt

import pytest
from django.test import Client as Browser
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client as Twilio

from core import clock
from messaging.carriers.line import HttpClient
from messaging.models import RehearsalMessage
from messaging.rehearsal import ledger, shapes

TO, FROM = "+12025550117", "+12025550100"
URL = f"/rehearsal/twilio/2010-04-01/Accounts/AC{'1' * 32}/Messages.json"

# The properties of api.v2010.account.message in Twilio's OpenAPI description (twilio_api_v2010.json).
PROPERTIES = (
    "account_sid api_version body date_created date_sent date_updated direction error_code "
    "error_message from messaging_service_sid num_media num_segments price price_unit sid status "
    "subresource_uris to uri"
)


def send(carrier: Twilio, body: str = "Hello", **more):
    return carrier.messages.create(to=TO, from_=FROM, body=body, **more)


def refused(act) -> tuple[int, int]:
    with pytest.raises(TwilioRestException) as caught:
        act()
    return caught.value.status, caught.value.code


def test_a_text_is_taken_stored_and_answered_as_queued(carrier, live_server):
    made = send(carrier, status_callback=f"{live_server.url}/webhooks/twilio/status/x/", validity_period=600)

    row = RehearsalMessage.objects.get()
    assert (made.sid, made.status, made.num_segments, made.direction) == (
        row.sid,
        "queued",
        "1",
        "outbound-api",
    )
    assert (row.client_address, row.office_address, row.body) == (TO, FROM, "Hello")
    assert made.date_created == row.created_at.replace(microsecond=0)
    assert made.date_sent is None


def test_a_text_can_be_fetched_by_its_sid(carrier):
    made = send(carrier)

    assert carrier.messages(made.sid).fetch().body == "Hello"
    assert refused(carrier.messages("SM" + "0" * 32).fetch) == (404, 20404)


def test_the_list_is_newest_first_and_pages_as_the_client_expects(carrier):
    sids = [send(carrier, f"Text {n}").sid for n in range(5)]
    carrier.messages.create(to="+12025550142", from_=FROM, body="Somebody else's")

    listed = carrier.messages.list(to=TO, page_size=2)

    assert [row.sid for row in listed] == sids[::-1]


def test_the_list_is_narrowed_by_date_and_by_sender(carrier):
    send(carrier)
    now = clock.now()
    day = now.date()

    def count(**filters) -> int:
        return len(carrier.messages.list(**filters))

    hour = dt.timedelta(hours=1)
    assert [count(date_sent_after=now - hour), count(date_sent_after=now + hour)] == [1, 0]
    assert [count(date_sent_before=now + hour), count(date_sent_before=now - hour)] == [1, 0]
    assert [count(date_sent=day), count(date_sent=day - dt.timedelta(days=2))] == [1, 0]
    assert [count(from_=FROM), count(from_=TO)] == [1, 0]


def test_a_text_of_the_client_is_listed_under_our_number(carrier):
    row = ledger.hear(sender=TO, office=FROM, body="Y")

    listed = carrier.messages.list(to=FROM)

    assert [(m.sid, m.direction, m.from_) for m in listed] == [(row.sid, "inbound", TO)]


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"to": ""}, 21604),
        ({"from_": ""}, 21603),
        ({"body": ""}, 21602),
        ({"to": "555-0117"}, 21211),
        ({"body": "x" * 1601}, 21617),
        ({"status_callback": "https://example.com/elsewhere"}, 21609),
    ],
)
def test_what_twilio_refuses_is_refused_with_its_code(carrier, given, code):
    words = {"to": TO, "from_": FROM, "body": "Hello"} | given

    assert refused(lambda: carrier.messages.create(**words)) == (400, code)
    assert not RehearsalMessage.objects.exists()


def test_a_number_that_wrote_stop_is_closed_until_it_writes_start(carrier):
    ledger.hear(sender=TO, office=FROM, body=" Stop ")
    assert refused(lambda: send(carrier)) == (400, 21610)

    ledger.hear(sender=TO, office=FROM, body="START")

    assert send(carrier).status == "queued"


def test_the_wrong_token_is_told_to_authenticate(carrier, rehearsing):
    stranger = Twilio(rehearsing.TWILIO_ACCOUNT_SID, "guessed", http_client=HttpClient(timeout=5))

    assert refused(lambda: send(stranger)) == (401, 20003)
    assert not RehearsalMessage.objects.exists()


@pytest.mark.parametrize("header", ["", "Basic", "Basic ???", "Bearer QUM6eA=="])
def test_a_call_without_proper_credentials_is_refused(rehearsing, db, header):
    answer = Browser().get(URL, headers={"Authorization": header})

    assert (answer.status_code, answer.json()["code"]) == (401, 20003)


def test_without_rehearsal_there_is_nothing_there(carrier, rehearsing):
    rehearsing.REHEARSAL = False

    assert refused(lambda: send(carrier))[0] == 404
    assert refused(carrier.messages("SM" + "0" * 32).fetch)[0] == 404


@pytest.mark.parametrize(
    ("fault", "answer", "taken"),
    [
        ("busy_percent", (429, 20429), 0),
        ("broken_percent", (500, 20500), 0),
        ("dropped_percent", (503, 20503), 1),
    ],
)
def test_the_fault_switches_work(carrier, wrong, fault, answer, taken):
    wrong(**{fault: 100})

    assert refused(lambda: send(carrier)) == answer
    assert RehearsalMessage.objects.count() == taken


def test_the_answer_has_exactly_the_fields_twilio_describes(text):
    assert set(shapes.message(text())) == set(PROPERTIES.split())
