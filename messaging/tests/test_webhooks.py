"""What Twilio posts: nothing without its signature, everything once, nothing ever backwards."""

import uuid
from types import SimpleNamespace

import pytest
from django.test import Client as Browser
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from messaging.models import Attempt, InboundMessage, ProviderEvent, StaffTask, Suppression
from messaging.operations import dispatch, events
from messaging.rules.statuses import RANKS
from messaging.states import AttemptState, MessageState
from messaging.tests.conftest import sent
from messaging.tests.factories import AttemptFactory, MessageFactory
from messaging.tests.standin import SECRET

BASE = "https://desk.example.org"


@pytest.fixture
def twilio(carrier):
    """Posts as Twilio does: form-encoded, signed over the public address."""

    def post(path, params, *, token=SECRET, signature=None, **extra):
        signed = RequestValidator(token).compute_signature(BASE + path, params)
        headers = {"X-Twilio-Signature": signed if signature is None else signature}
        return Browser(enforce_csrf_checks=True).post(path, params, headers=headers, **extra)

    return post


@pytest.fixture
def text(twilio):
    def post(body, number, sid=None, **more):
        params = {
            "MessageSid": sid or f"SM{uuid.uuid4().hex}",
            "From": number,
            "To": "+12025550100",
            "Body": body,
        }
        return twilio(reverse("messaging:twilio-sms"), params | more)

    return post


def status_path(attempt):
    return reverse("messaging:twilio-status-of", args=[attempt.token])


def callback(sid, status, **more):
    return {"MessageSid": sid, "MessageStatus": status, **more}


@pytest.mark.parametrize("signature", ["", "bm9uc2Vuc2U=", "é"])
@pytest.mark.parametrize("name", ["messaging:twilio-sms", "messaging:twilio-status"])
def test_unsigned_and_forged_posts_change_nothing(db, twilio, signature, name):
    params = callback("SM1", "delivered", From="+12025550001", Body="STOP")
    answer = twilio(reverse(name), params, signature=signature.encode().decode("latin-1"))

    assert (answer.status_code, answer.content) == (403, b"")
    assert (ProviderEvent.objects.count(), Suppression.objects.count()) == (0, 0)


def test_a_signature_is_for_these_words_only(db, carrier):
    path, params = (
        reverse("messaging:twilio-sms"),
        {"MessageSid": "SM1", "From": "+12025550001", "Body": "hi"},
    )
    signature = RequestValidator(SECRET).compute_signature(BASE + path, params)
    headers = {"X-Twilio-Signature": signature}

    assert Browser().post(path, params | {"Body": "STOP"}, headers=headers).status_code == 403
    assert Browser().post(f"{path}?x=1", params, headers=headers).status_code == 403
    assert ProviderEvent.objects.count() == 0


def test_an_empty_token_lets_nobody_in(db, twilio, settings):
    settings.TWILIO_AUTH_TOKEN = ""

    assert twilio(reverse("messaging:twilio-status"), callback("SM1", "sent"), token="").status_code == 403


def test_the_old_token_counts_while_it_is_being_changed(db, twilio, settings):
    settings.TWILIO_AUTH_TOKEN, settings.TWILIO_AUTH_TOKEN_OLD = "new", SECRET

    assert twilio(reverse("messaging:twilio-status"), callback("SM1", "sent")).status_code == 200
    settings.TWILIO_AUTH_TOKEN_OLD = ""
    assert twilio(reverse("messaging:twilio-status"), callback("SM1", "sent")).status_code == 403


def test_repeated_fields_are_part_of_the_signature(db, carrier):
    path = reverse("messaging:twilio-status")
    from django.http import QueryDict  # noqa: PLC0415  a dict that keeps repeated keys

    params = QueryDict("MessageSid=SM1&MessageStatus=sent&Tag=a&Tag=b")
    headers = {"X-Twilio-Signature": RequestValidator(SECRET).compute_signature(BASE + path, params)}
    form = "application/x-www-form-urlencoded"

    assert Browser().post(path, params.urlencode(), content_type=form, headers=headers).status_code == 200


def test_a_body_beyond_the_limit_is_refused_unread(db, twilio):
    answer = twilio(reverse("messaging:twilio-sms"), {"MessageSid": "SM1", "Body": "x" * 70_000})

    assert (answer.status_code, ProviderEvent.objects.count()) == (413, 0)


def test_only_posts_are_heard(db, client):
    assert client.get(reverse("messaging:twilio-sms")).status_code == 405


def test_the_answer_says_nothing_to_the_client(db, text):
    answer = text("hello", "+12025550001")

    assert (answer.status_code, answer["Content-Type"]) == (200, "text/xml")
    assert answer.content == b'<?xml version="1.0" encoding="UTF-8"?><Response/>'


def test_the_same_text_twice_acts_once(db, text, practice):
    for _ in range(3):
        assert text("who is this?", "+12025550001", sid="SM1").status_code == 200

    assert (InboundMessage.objects.count(), StaffTask.objects.count()) == (1, 1)


def test_a_delivery_moves_the_message_on(due, twilio, carrier):
    message = sent(due())
    attempt = message.attempts.get()
    twilio(status_path(attempt), callback(attempt.provider_sid, "delivered"))
    message.refresh_from_db()

    assert (message.state, message.delivered_at is not None) == (MessageState.DELIVERED, True)


def test_a_failure_says_why_and_asks_a_person(due, twilio):
    message = sent(due())
    attempt = message.attempts.get()
    twilio(status_path(attempt), callback(attempt.provider_sid, "undelivered", ErrorCode="30003"))
    message.refresh_from_db()

    assert (message.state, message.reason) == (
        MessageState.UNDELIVERED,
        "The carrier refused it (code 30003)",
    )
    assert StaffTask.objects.get().message == message


def test_a_carriers_word_of_an_opt_out_closes_the_number(due, twilio):
    message = sent(due())
    attempt = message.attempts.get()
    twilio(status_path(attempt), callback(attempt.provider_sid, "failed", ErrorCode="21610"))

    assert set(Suppression.objects.filter(address=message.address).values_list("channel", flat=True)) == {
        "sms",
        "voice",
    }


def test_a_callback_before_our_own_commit_adopts_by_its_token(due, twilio, carrier, moment):
    carrier.faults.append("drop")
    message = sent(due())
    attempt = message.attempts.get()
    assert attempt.provider_sid is None
    twilio(status_path(attempt), callback(carrier.ledger[0].sid, "sent"))
    message.refresh_from_db()
    attempt.refresh_from_db()

    assert (message.state, attempt.state, attempt.provider_sid) == (
        MessageState.ACCEPTED,
        AttemptState.ADOPTED,
        carrier.ledger[0].sid,
    )


def test_a_callback_for_an_unknown_sid_is_kept_until_it_is_known(due, twilio, carrier):
    message = due()
    twilio(reverse("messaging:twilio-status"), callback("SMlater", "delivered"))
    assert ProviderEvent.objects.get().processed_at is None
    sent(message)
    Attempt.objects.update(provider_sid="SMlater")
    dispatch.reap()
    message.refresh_from_db()

    assert message.state == MessageState.DELIVERED
    assert ProviderEvent.objects.get().outcome == "moved"


def test_what_nobody_knows_is_closed_after_a_day(due, twilio, moment):
    due()
    twilio(reverse("messaging:twilio-status"), callback("SMnobody", "delivered"))
    moment.wait(hours=25)
    dispatch.reap()

    assert ProviderEvent.objects.get().outcome == "unknown message"


def test_a_callback_never_binds_a_second_sid(due, twilio, carrier):
    message = sent(due())
    attempt = message.attempts.get()
    twilio(status_path(attempt), callback("SMother", "failed"))
    message.refresh_from_db()

    assert (message.state, ProviderEvent.objects.get().outcome) == (
        MessageState.ACCEPTED,
        "another message's",
    )


def test_a_word_we_do_not_know_moves_nothing(due, twilio):
    message = sent(due())
    attempt = message.attempts.get()
    twilio(status_path(attempt), callback(attempt.provider_sid, "teleported"))
    attempt.refresh_from_db()

    assert (attempt.last_status, ProviderEvent.objects.get().outcome) == ("queued", "not understood")


def outcome_of(statuses):
    """The final row after these callbacks, in this order; every one may come several times."""
    sid = f"SM{uuid.uuid4().hex}"
    message = MessageFactory(state=MessageState.ACCEPTED)
    attempt = AttemptFactory(message=message, provider_sid=sid, state=AttemptState.ACCEPTED)
    ranks = []
    for status in statuses:
        body = callback(sid, status, ErrorCode="30003" if status in ("failed", "undelivered") else "")
        event_id = events.store(
            "status", dedupe_key=f"{sid}:{status}", body=body, token=None, now=message.created_at
        )
        if event_id:
            events.process(event_id)
        attempt.refresh_from_db()
        ranks.append(attempt.status_rank)
    message.refresh_from_db()
    assert ranks == sorted(ranks)
    return SimpleNamespace(
        state=message.state, reason=message.reason, last=attempt.last_status, code=attempt.error_code
    )


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True,
)
@given(data=st.data())
def test_callbacks_in_any_order_and_number_end_the_same(db, practice, data):
    statuses = data.draw(st.lists(st.sampled_from(sorted(RANKS)), min_size=1, max_size=6))
    shuffled = data.draw(st.permutations(statuses + statuses))

    assert outcome_of(shuffled) == outcome_of(statuses)
