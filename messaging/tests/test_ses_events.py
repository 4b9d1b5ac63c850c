"""F15: what SNS posts, signed with a certificate of our own, and what becomes of a mail (REM-9)."""

import base64
import datetime as dt
import itertools
import json
import uuid

import pytest
import responses
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID
from django.urls import reverse
from django_ses import utils

from messaging.models import Message, ProviderEvent, StaffTask, Suppression
from messaging.operations import dispatch
from messaging.states import AttemptState, MessageState
from messaging.tests.conftest import MORNING
from messaging.tests.factories import AttemptFactory

TOPIC = "arn:aws:sns:us-east-1:123456789012:mail"
CERT_URL = "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-abc123.pem"
SID = "0100018f-ses"
BY_VERSION = {"1": hashes.SHA1(), "2": hashes.SHA256()}  # noqa: S303  as SNS signs


@pytest.fixture(scope="session")
def signer():
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = (
        made.serial_number(1)
        .not_valid_before(dt.datetime(2026, 1, 1))
        .not_valid_after(dt.datetime(2036, 1, 1))
    )
    return key, made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


@pytest.fixture
def certificate(signer):
    """The certificate at its address; `certificate.replace(…)` makes it go away."""
    utils.clear_cert_cache()
    with responses.RequestsMock(assert_all_requests_are_fired=False) as net:
        net.get(CERT_URL, body=signer[1])
        yield net
    utils.clear_cert_cache()


@pytest.fixture
def sns(client, settings, signer, certificate, moment):
    settings.AWS_SNS_EVENT_TRUSTED_TOPIC_ARNS = [TOPIC]

    def post(message: dict | str, *, version="1", note: dict | None = None, spoil: dict | None = None):
        body = {
            "Type": "Notification", "MessageId": str(uuid.uuid4()), "TopicArn": TOPIC, "SignatureVersion": version,
            "Message": message if isinstance(message, str) else json.dumps(message),
            "Timestamp": "2026-11-25T15:00:00.000Z", "SigningCertURL": CERT_URL,
        } | (note or {})  # fmt: skip
        signed = utils.EventMessageVerifier(body)._get_bytes_to_sign() or b"x"
        sign = signer[0].sign(signed, padding.PKCS1v15(), BY_VERSION.get(version, BY_VERSION["1"]))
        body |= {"Signature": base64.b64encode(sign).decode()} | (spoil or {})
        return client.post(
            reverse("messaging:ses"), json.dumps(body), content_type="text/plain; charset=UTF-8"
        )

    return post


@pytest.fixture
def mail(moment, reachable):
    """One mail SES took a moment ago."""
    person = reachable()
    address = person.addresses.get(kind="email").value
    message = Message.objects.create(
        purpose="test", subject=1, client=person, channel="email", address=address, klass="reminder",
        state=MessageState.ACCEPTED, accepted_at=MORNING, created_at=MORNING, not_before=MORNING, due_at=MORNING,
        send_at=MORNING, useful_until=MORNING + dt.timedelta(days=1),
    )  # fmt: skip
    AttemptFactory(message=message, provider="email", provider_sid=SID, state=AttemptState.ACCEPTED)
    return message


def told(kind: str, *, sid: str = SID, token=None, **details) -> dict:
    tags = {"attempt": [str(token)]} if token else {}
    return {"eventType": kind, "mail": {"messageId": sid, "tags": tags}, kind.lower().split(" ")[0]: details}


def bounced(message: Message, kind: str = "Permanent") -> dict:
    return told("Bounce", bounceType=kind, bouncedRecipients=[{"emailAddress": message.address}])


def complained(message: Message) -> dict:
    return told("Complaint", complainedRecipients=[{"emailAddress": message.address}])


def fresh(message: Message) -> Message:
    message.refresh_from_db()
    return message


def closed() -> list[tuple[str, str, str]]:
    return list(Suppression.objects.values_list("channel", "address", "reason"))


# --- believed or not ---------------------------------------------------------------------------


@pytest.mark.parametrize("version", ["1", "2"])
def test_both_kinds_of_signature_are_believed(sns, mail, version):
    assert sns(told("Delivery"), version=version).status_code == 200
    assert fresh(mail).state == MessageState.DELIVERED


@pytest.mark.parametrize(
    "spoil",
    [
        {"Message": json.dumps(told("Bounce", bounceType="Permanent"))},
        {"Signature": base64.b64encode(b"x" * 256).decode()},
        {"Signature": "not base64"},
        {"Signature": ""},
        {"SignatureVersion": "3"},
        {"SignatureVersion": "2"},
        {"SigningCertURL": "https://evil.example.org/SimpleNotificationService-a.pem"},
        {"SigningCertURL": "http://sns.us-east-1.amazonaws.com/SimpleNotificationService-a.pem"},
        {"TopicArn": "arn:aws:sns:us-east-1:666666666666:theirs"},
        {"Type": "Other"},
    ],
    ids=lambda spoil: str(spoil)[:50],
)
def test_a_forger_changes_nothing_and_learns_nothing(sns, mail, spoil):
    answer = sns(told("Delivery"), spoil=spoil)

    assert (answer.status_code, answer.content) == (403, b"")
    assert not ProviderEvent.objects.exists()
    assert fresh(mail).state == MessageState.ACCEPTED


def test_a_topic_of_somebody_else_is_not_ours_however_well_signed(sns, mail):
    assert sns(told("Delivery"), note={"TopicArn": "arn:aws:sns:us-east-1:6:theirs"}).status_code == 403


def test_without_a_list_of_topics_nobody_is_believed(sns, mail, settings):
    settings.AWS_SNS_EVENT_TRUSTED_TOPIC_ARNS = []

    assert sns(told("Delivery")).status_code == 403


@pytest.mark.parametrize("body", ["", "{", "[]", "null", '"x"', "[" * 5000], ids=range(6))
def test_nonsense_is_turned_away(client, settings, body, db):
    settings.AWS_SNS_EVENT_TRUSTED_TOPIC_ARNS = [TOPIC]

    answer = client.post(reverse("messaging:ses"), body, content_type="text/plain")

    assert (answer.status_code, answer.content) == (403, b"")


def test_a_certificate_that_was_away_is_asked_for_again(sns, mail, certificate, signer):
    certificate.replace("GET", CERT_URL, status=500)
    first = sns(told("Delivery"))
    certificate.replace("GET", CERT_URL, body=signer[1])
    second = sns(told("Delivery"))

    assert [first.status_code, second.status_code] == [503, 200]
    assert fresh(mail).state == MessageState.DELIVERED


def test_a_subscription_is_confirmed_at_amazons_own_address_only(sns, monkeypatch):
    asked = []

    class Answer:
        def read(self):
            return b""

    monkeypatch.setattr(utils, "urlopen", lambda url: asked.append(url) or Answer())
    confirm = {"Type": "SubscriptionConfirmation", "Token": "t"}

    good, bad = "https://sns.us-east-1.amazonaws.com/?Action=ConfirmSubscription", "file:///etc/passwd"
    statuses = [sns("x", note=confirm | {"SubscribeURL": url}).status_code for url in (good, bad)]

    assert (statuses, asked) == ([200, 200], [good])


# --- what it means -----------------------------------------------------------------------------


def test_the_same_event_twice_acts_once(sns, mail):
    note = {"MessageId": "same"}

    assert [sns(bounced(mail), note=note).status_code for _ in range(3)] == [200, 200, 200]
    assert ProviderEvent.objects.count() == 1
    assert StaffTask.objects.count() == 1


def test_a_permanent_bounce_closes_the_address_and_the_message(sns, mail):
    sns(bounced(mail))

    assert (fresh(mail).state, closed()) == (
        MessageState.UNDELIVERED,
        [("email", mail.address, "bad_address")],
    )
    assert mail.attempts.get().error_code == "bounce_permanent"


@pytest.mark.parametrize("kind", ["Transient", "Undetermined"])
def test_a_bounce_that_may_pass_closes_no_address(sns, mail, kind):
    sns(bounced(mail, kind))

    assert (fresh(mail).state, closed()) == (MessageState.UNDELIVERED, [])
    assert StaffTask.objects.count() == 1


def test_a_complaint_stops_mail_to_that_address(sns, mail):
    sns(told("Delivery"))
    sns(complained(mail))

    assert (fresh(mail).state, closed()) == (MessageState.DELIVERED, [("email", mail.address, "opted_out")])


def test_a_bounce_after_a_delivery_closes_the_address_and_tells_a_person(sns, mail):
    sns(told("Delivery"))
    sns(bounced(mail))

    assert (fresh(mail).state, closed()) == (MessageState.DELIVERED, [("email", mail.address, "bad_address")])
    assert StaffTask.objects.count() == 1


def test_any_order_and_number_of_events_ends_alike(sns, mail, django_db_blocker):
    ends = set()
    events = [told("Send"), told("Delivery"), bounced(mail), complained(mail)]
    for once in itertools.permutations(events):
        order = [*once, once[0]]
        Suppression.objects.all().delete()
        Message.objects.filter(pk=mail.pk).update(state=MessageState.ACCEPTED, reason="", delivered_at=None)
        mail.attempts.update(status_rank=0, last_status="", error_code="")
        for event in order:
            sns(event)
        ends.add(
            (
                fresh(mail).state,
                mail.attempts.get().last_status,
                mail.attempts.get().status_rank,
                len(closed()),
            )
        )

    assert ends == {(MessageState.DELIVERED, "delivered", 10, 1)}


@pytest.mark.parametrize("kind", ["Reject", "Rendering Failure"])
def test_a_mail_ses_would_not_send_is_not_delivered(sns, mail, kind):
    sns(told(kind))

    assert fresh(mail).state == MessageState.UNDELIVERED


@pytest.mark.parametrize("kind", ["Open", "Click", "DeliveryDelay", "Send", "Nonsense"])
def test_what_we_do_not_ask_for_moves_nothing(sns, mail, kind):
    assert sns(told(kind)).status_code == 200
    assert fresh(mail).state == MessageState.ACCEPTED


@pytest.mark.parametrize("message", ["no json", "{}", '{"mail": 1}', '{"mail": {"messageId": "x"}}', "[]"])
def test_a_message_that_is_not_an_event_is_kept_and_left(sns, message, db):
    assert sns(message).status_code == 200
    assert ProviderEvent.objects.get().outcome == "not understood"


def test_an_event_with_our_tag_makes_a_lost_answer_good(sns, mail):
    Message.objects.filter(pk=mail.pk).update(state=MessageState.VERIFYING, accepted_at=None)
    mail.attempts.update(provider_sid=None, state=AttemptState.UNKNOWN)

    sns(told("Send", token=mail.attempts.get().token))

    attempt = mail.attempts.get()
    assert (fresh(mail).state, attempt.provider_sid, attempt.state) == ("accepted", SID, "adopted")


def test_an_event_that_came_before_our_own_commit_is_taken_by_the_sweep(sns, mail):
    mail.attempts.update(provider_sid=None)
    sns(told("Delivery"))
    assert ProviderEvent.objects.get().processed_at is None

    mail.attempts.update(provider_sid=SID)
    dispatch.reap(MORNING)

    assert (fresh(mail).state, ProviderEvent.objects.get().outcome) == (MessageState.DELIVERED, "moved")


def test_a_bounce_of_a_mail_we_do_not_know_closes_its_address(sns, mail):
    event = bounced(mail)
    event["mail"]["messageId"] = "somebody's"

    sns(event)

    assert closed() == [("email", mail.address, "bad_address")]
    assert fresh(mail).state == MessageState.ACCEPTED
