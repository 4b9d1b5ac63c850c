"""What goes out as mail: its parts, its headers, SES, and what a refusal means."""

import email
import socket
import threading
from email import policy
from http.server import BaseHTTPRequestHandler, HTTPServer
from uuid import UUID

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, NoCredentialsError, ReadTimeoutError
from django.core import mail
from django.urls import reverse
from moto import mock_aws
from moto.ses.models import ses_backends

from messaging.carriers import mail_connection
from messaging.carriers.email import EmailCarrier, compose
from messaging.carriers.letters import CalendarPart, CarrierSilent, Letter
from messaging.purposes import Send
from messaging.rules.errors import Verdict
from messaging.states import MessageState
from messaging.tests.conftest import MORNING, sent
from messaging.tests.test_invitations import VISIT
from practice.models import Link, Practice
from practice.states import Channel

TOKEN = UUID(int=5)


@pytest.fixture(autouse=True)
def hung_up():
    """A line to one test's server is not kept for the next."""
    mail_connection.drop()
    yield
    mail_connection.drop()


def letter(**more) -> Letter:
    facts = {
        "attempt_id": 1, "token": TOKEN, "channel": "email", "sender": "office@example.org",
        "sender_name": "Riverside Office", "destination": "lena@example.com", "text": "Hello\n",
        "subject_line": "Your appointment", "html": "<p>Hello</p>", "started_at": MORNING, "valid_seconds": 60,
    }  # fmt: skip
    return Letter(**(facts | more))


def shape(part) -> object:
    kind = part.get_content_type()
    return (kind, [shape(one) for one in part.iter_parts()]) if part.is_multipart() else kind


def parsed(message):
    return email.message_from_bytes(message.message().as_bytes(), policy=policy.default)


def test_the_parts_stand_where_calendars_look_for_them():
    calendar = CalendarPart(method="REQUEST", text="BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n")

    told = parsed(compose(letter(calendar=calendar)))

    assert shape(told) == (
        "multipart/mixed",
        [("multipart/alternative", ["text/plain", "text/html", "text/calendar"]), "application/ics"],
    )
    alternative, attached = told.iter_parts()
    part = list(alternative.iter_parts())[2]
    assert (part.get_param("method"), part.get_param("charset"), str(part["Content-Type"]).count("charset")) == (
        "REQUEST", "utf-8", 1,
    )  # fmt: skip
    assert (attached.get_filename(), attached["Content-Transfer-Encoding"]) == ("invite.ics", "base64")


def test_without_a_calendar_it_is_text_and_html_only():
    assert shape(parsed(compose(letter()))) == ("multipart/alternative", ["text/plain", "text/html"])


def test_a_name_cannot_break_out_of_the_header():
    with pytest.raises(mail.BadHeaderError):
        compose(letter(subject_line="Hello\nBcc: x@example.com")).message()


@pytest.fixture
def mailed(due, mailoutbox, purpose, db):
    """`mailed(send)`: sent through the whole way; the message and what left the house."""

    def make(send: Send | None = None, **columns):
        message = due(channel=Channel.EMAIL, **columns)
        if send:
            purpose.answers[message.subject] = send
        return sent(message), mailoutbox[-1]

    return make


def test_stopping_is_one_press_and_named_in_headers_and_words(mailed, client):
    message, out = mailed()

    stop = Link.objects.get()
    url = out.extra_headers["List-Unsubscribe"].strip("<>")
    assert (stop.purpose, stop.subject, stop.client) == ("unsubscribe", message.pk, message.client)
    assert out.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert url.startswith("https://desk.example.org/u/")
    assert [url in words for words in (out.body, out.alternatives[0].content)] == [True, True]
    token = url.rstrip("/").rpartition("/")[2]
    assert client.post(reverse("messaging:own-unsubscribe", args=[token])).status_code == 200


def test_it_carries_the_practices_name_and_the_attempts_tag(mailed):
    Practice.objects.update(sender_name="Riverside Office")
    message, out = mailed()

    token = message.attempts.get().token
    assert out.from_email == "Riverside Office <office@example.org>"
    assert out.extra_headers["X-SES-MESSAGE-TAGS"] == f"attempt={token}"
    assert "Riverside Office" in out.alternatives[0].content
    assert str(message.client) not in out.message().as_string()


@pytest.mark.parametrize("on", [True, False])
def test_the_calendar_file_can_be_switched_off(mailed, on):
    Practice.objects.update(sends_calendar_files=on)
    message, out = mailed(Send(text="Hello", subject_line="A visit", html="<p>x</p>", invitation=VISIT))

    assert [name for name, *_ in out.attachments] == (["invite.ics"] if on else [])
    assert ("A calendar file is attached." in out.body) is on
    if on:
        assert f"mailto:{message.address}" in out.attachments[0][1].decode().replace("\r\n ", "")


def test_it_speaks_the_readers_language(mailed, reachable):
    _, out = mailed(client=reachable(language="es"))

    assert "Dejar de recibir estos correos" in out.body


# --- SES ---------------------------------------------------------------------------------------


@pytest.fixture
def ses(settings, monkeypatch):
    settings.EMAIL_BACKEND = "django_ses.SESBackend"
    settings.AWS_SES_CONFIGURATION_SET = "stillwater"
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        client = boto3.client("sesv2", region_name="us-east-1")
        client.create_email_identity(EmailIdentity="office@example.org")
        yield ses_backends["123456789012"]["us-east-1"]


def test_ses_takes_the_raw_mail_and_its_id_is_kept(ses, due):
    message = sent(due(channel=Channel.EMAIL))

    (taken,) = ses.sent_messages
    raw = email.message_from_string(taken.raw_data, policy=policy.default)
    attempt = message.attempts.get()
    assert (message.state, attempt.provider_sid) == (MessageState.ACCEPTED, taken.id)
    assert raw["X-SES-CONFIGURATION-SET"] == "stillwater"
    assert raw["X-SES-MESSAGE-TAGS"] == f"attempt={attempt.token}"
    assert set(taken.destinations) == {message.address}


def test_settings_keep_ses_from_doing_more_than_it_is_told(settings):
    assert settings.AWS_SES_CONFIG.retries["total_max_attempts"] == 1
    assert (settings.AWS_SES_AUTO_THROTTLE, settings.AWS_SES_USE_BLACKLIST) == (None, False)


class Ledger(BaseHTTPRequestHandler):
    """Reads the whole request, counts it, and lets the line go dead: the answer is lost."""

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.server.taken += 1
        self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, *args):
        pass


def test_a_lost_answer_of_ses_is_one_mail_and_in_doubt(settings, monkeypatch):
    """F14: botocore by itself would send it again."""
    server = HTTPServer(("127.0.0.1", 0), Ledger)
    server.taken = 0
    server.handle_error = lambda *args: None
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    settings.EMAIL_BACKEND = "django_ses.SESBackend"
    settings.AWS_SES_REGION_ENDPOINT_URL = f"http://127.0.0.1:{server.server_port}"
    settings.AWS_SES_CONFIG = settings.AWS_SES_CONFIG.merge(Config(read_timeout=5))
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")

    outcome = EmailCarrier().send(letter(), timeout=5)

    server.shutdown()
    server.server_close()
    thread.join()
    assert (outcome.verdict, server.taken) == (Verdict.UNKNOWN, 1)


def test_no_connection_to_ses_is_certainly_nothing_sent(settings, monkeypatch):
    settings.EMAIL_BACKEND = "django_ses.SESBackend"
    settings.AWS_SES_REGION_ENDPOINT_URL = "http://127.0.0.1:1"
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")

    assert EmailCarrier().send(letter(), timeout=5).verdict == Verdict.NOT_SENT


def said(code: str, status: int = 400, message: str = "") -> ClientError:
    meta = {"HTTPStatusCode": status}
    return ClientError({"Error": {"Code": code, "Message": message}, "ResponseMetadata": meta}, "SendEmail")


@pytest.mark.parametrize(
    ("error", "verdict"),
    [
        (said("TooManyRequestsException", 429, "Maximum sending rate exceeded."), Verdict.NOT_SENT),
        (said("Throttling", 400, "Daily message quota exceeded."), Verdict.CONFIGURATION),
        (said("MessageRejected", 400, "Email address is not verified."), Verdict.CONFIGURATION),
        (said("AccountSuspendedException"), Verdict.CONFIGURATION),
        (said("InvalidClientTokenId", 403), Verdict.CONFIGURATION),
        (said("BadRequestException", 400), Verdict.REJECTED),
        (said("ServiceUnavailable", 503), Verdict.UNKNOWN),
        (ReadTimeoutError(endpoint_url="https://email"), Verdict.UNKNOWN),
        (NoCredentialsError(), Verdict.CONFIGURATION),
    ],
    ids=lambda value: value.response["Error"]["Code"] if isinstance(value, ClientError) else str(value)[:30],
)
def test_what_a_refusal_of_ses_proves(monkeypatch, error, verdict):
    def fail(*args):
        raise error

    monkeypatch.setattr("messaging.carriers.mail_connection.send", fail)

    assert EmailCarrier().send(letter(), timeout=5).verdict == verdict


def test_silence_of_its_events_is_proof_after_a_quarter_of_an_hour(settings, moment):
    settings.AWS_SES_CONFIGURATION_SET = "stillwater"
    moment.wait(minutes=14)
    with pytest.raises(CarrierSilent):
        EmailCarrier().find(letter(), timeout=5)

    moment.wait(minutes=1)
    assert EmailCarrier().find(letter(), timeout=5) == []


def test_without_events_silence_proves_nothing(settings, moment):
    settings.AWS_SES_CONFIGURATION_SET = None
    moment.wait(hours=10)

    with pytest.raises(CarrierSilent):
        EmailCarrier().find(letter(), timeout=5)
