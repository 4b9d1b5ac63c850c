"""F16: a call is made, answered by somebody or something, keys are pressed, it ends (REM-8)."""

import uuid
from xml.etree import ElementTree as ET

import pytest
from django.test import Client as Browser
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from messaging import carriers
from messaging.models import ProviderEvent, StaffTask, Suppression
from messaging.operations import events
from messaging.purposes import Send
from messaging.rules.calls import NOT_REACHED, Said, Who, outcome, who_answered
from messaging.rules.errors import NOT_HEARD, Verdict, reason_for, verdict_on_failure
from messaging.signals import key_pressed
from messaging.states import MessageState
from messaging.tests.conftest import address_of, sent
from messaging.tests.factories import AttemptFactory, ConsentFactory, MessageFactory
from messaging.tests.standin import SECRET
from practice.models import Practice
from practice.states import Channel

BASE, VOICE = "https://desk.example.org", "+12025550101"
WORDS = "Hello, your appointment is on Thursday."
CALL = "CA" + "1" * 32


@pytest.fixture
def call(moment, settings, purpose, reachable, carrier):
    """Somebody agreed to calls, and one is being made."""
    settings.TWILIO_VOICE_NUMBER = VOICE
    Practice.objects.update(sender_name="Riverside Office")
    person = reachable()
    phone = address_of(person)
    ConsentFactory(client=person, channel=Channel.VOICE, address=phone)
    message = MessageFactory(client=person, channel=Channel.VOICE, address=phone)
    purpose.answers[message.subject] = Send(text=WORDS)
    return sent(message)


def post(name: str, message, params: dict, *args, token=SECRET, path_token=None):
    path = reverse(f"messaging:twilio-{name}", args=[path_token or message.attempts.get().token, *args])
    params = {"CallSid": message.attempts.get().provider_sid or CALL} | params
    signature = RequestValidator(token).compute_signature(BASE + path, params)
    return Browser(enforce_csrf_checks=True).post(path, params, headers={"X-Twilio-Signature": signature})


def heard(answer) -> list[str]:
    """What is said, where a key is waited for, and whether it hangs up."""
    told = []
    for node in ET.fromstring(answer.content).iter():  # noqa: S314  our own words
        if node.tag in ("Say", "Play"):
            told.append(node.text)
        elif node.tag in ("Gather", "Hangup"):
            told.append(node.tag)
    return told


def answer(message, by: str):
    return post("voice", message, {"CallStatus": "in-progress", "AnsweredBy": by})


def press(message, digits: str, stage: str = "first"):
    return post("key", message, {"CallStatus": "in-progress", "Digits": digits}, stage)


def ended(message, status: str, by: str = ""):
    return post("call", message, {"CallStatus": status} | ({"AnsweredBy": by} if by else {}))


def fresh(message):
    message.refresh_from_db()
    return message


@pytest.fixture
def safe(call):
    call.client.addresses.filter(kind="phone").update(safe_to_voicemail=True)


@pytest.fixture
def acts(call):
    """What a purpose does with the keys of its own call."""
    pressed = []

    def hear(question, meaning, is_sure, **_):
        pressed.append((question.pk, meaning, is_sure))
        return {"yes": Said.CONFIRMED, "move": Said.CALL_BACK}.get(
            meaning, Said.CANCELLED if is_sure else Said.ASK_SURE
        )

    key_pressed.connect(hear)
    yield pressed
    key_pressed.disconnect(hear)


# --- making it ---------------------------------------------------------------------------------


def test_the_call_says_where_to_ask_and_carries_no_words(call, carrier):
    (entry,) = carrier.calls
    token = call.attempts.get().token

    assert (entry["To"], entry["From"]) == (call.address, VOICE)
    assert entry["Url"] == f"{BASE}/webhooks/twilio/voice/{token}/"
    assert entry["StatusCallback"] == f"{BASE}/webhooks/twilio/call/{token}/"
    assert entry["MachineDetection"] == "DetectMessageEnd"
    assert "Twiml" not in entry
    assert (call.state, call.attempts.get().provider_sid[:2]) == (MessageState.ACCEPTED, "CA")


def test_without_a_number_nobody_is_called(moment, settings, due):
    settings.TWILIO_VOICE_NUMBER = ""

    assert sent(due(channel=Channel.VOICE, address="+12025550117")).reason == "This channel is not set up"


def test_a_lost_call_is_looked_for_by_number_and_time(call):
    letter = carriers.Letter(
        attempt_id=1, token=uuid.uuid4(), channel="voice", sender=VOICE, destination=call.address, text="",
        started_at=call.attempts.get().started_at, valid_seconds=1,
    )  # fmt: skip

    found = carriers.for_channel(Channel.VOICE).find(letter, timeout=5)

    assert [one.sid for one in found] == [call.attempts.get().provider_sid]


# --- who answers -------------------------------------------------------------------------------


def test_a_person_hears_the_message_and_its_keys(call):
    assert heard(answer(call, "human")) == ["Gather", WORDS]


def test_the_practices_recording_comes_first(call):
    Practice.objects.update(call_recording_url="https://example.org/hello.mp3")

    assert heard(answer(call, "human")) == ["Gather", "https://example.org/hello.mp3", WORDS]


@pytest.mark.parametrize(
    "by", ["machine_start", "machine_end_beep", "machine_end_silence", "machine_end_other", "fax"]
)
def test_a_machine_is_told_who_called_and_nothing_else(call, safe, by):
    assert heard(answer(call, by)) == [
        "This is Riverside Office. Please call us at (202) 555-0199.",
        "Hangup",
    ]


@pytest.mark.parametrize("by", ["machine_end_beep", "unknown", ""])
def test_where_voicemail_is_not_safe_a_machine_hears_nothing(call, by):
    assert heard(answer(call, by)) == ["Hangup"]


def test_who_may_be_either_is_asked_first_and_told_nothing_of_a_visit(call, safe):
    asked = answer(call, "unknown")
    told = press(call, "1", "gate")

    assert heard(asked) == ["Gather", "This is Riverside Office. To hear a message, press 1."]
    assert heard(told) == ["Gather", WORDS]


def test_a_spanish_client_is_spoken_to_in_spanish(call, safe):
    type(call.client).objects.update(language="es")

    page = answer(call, "machine_end_beep").content.decode()

    assert 'language="es-MX"' in page
    assert "Le llama Riverside Office" in page


# --- keys --------------------------------------------------------------------------------------


def test_one_confirms_and_counts_as_heard(call, acts):
    said = heard(press(call, "1"))

    assert said == ["Thank you, you are confirmed. Goodbye.", "Hangup"]
    assert acts == [(call.pk, "yes", False)]
    assert fresh(call).state == MessageState.DELIVERED


def test_two_inside_the_notice_asks_again(call, acts):
    first, second = heard(press(call, "2")), heard(press(call, "2", "sure"))

    assert first[0] == "Gather"
    assert "press 2 again" in first[1]
    assert second[0].startswith("Your appointment is cancelled.")
    assert acts == [(call.pk, "cancel", False), (call.pk, "cancel", True)]


@pytest.mark.parametrize("digit", ["1", "5", ""])
def test_anything_but_two_keeps_the_visit_when_asked_again(call, acts, digit):
    assert heard(press(call, digit, "sure")) == ["Goodbye.", "Hangup"]
    assert acts == []


def test_three_asks_for_a_call_back(call, acts):
    assert heard(press(call, "3"))[0].startswith("Thank you. Somebody will call you back")


def test_nine_stops_calls_and_only_calls(call, acts):
    assert heard(press(call, "9"))[0] == "You will get no more of these calls. Goodbye."
    assert list(Suppression.objects.values_list("channel", "address", "reason")) == [
        ("voice", call.address, "opted_out")
    ]


@pytest.mark.parametrize(("digit", "said"), [("", ["Goodbye.", "Hangup"]), ("7", ["Gather", WORDS])])
def test_no_key_ends_and_a_wrong_one_repeats(call, acts, digit, said):
    assert heard(press(call, digit)) == said
    assert acts == []


def test_the_same_key_twice_is_one_key_and_answered_alike(call, acts):
    assert heard(press(call, "1")) == heard(press(call, "1"))
    assert len(acts) == 1


def test_a_key_nobody_understands_is_answered_with_the_offices_number(call):
    assert heard(press(call, "1")) == ["That could not be done here. Please call us. Goodbye.", "Hangup"]


# --- how it ends -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "by", "state", "code"),
    [
        ("completed", "human", MessageState.DELIVERED, ""),
        ("completed", "machine_end_beep", MessageState.UNDELIVERED, "voicemail"),
        ("completed", "unknown", MessageState.UNDELIVERED, "not_heard"),
        ("completed", "", MessageState.UNDELIVERED, "not_heard"),
        ("busy", "", MessageState.UNDELIVERED, "busy"),
        ("no-answer", "", MessageState.UNDELIVERED, "no-answer"),
        ("failed", "", MessageState.UNDELIVERED, "failed"),
        ("canceled", "", MessageState.UNDELIVERED, "canceled"),
        ("ringing", "", MessageState.ACCEPTED, ""),
    ],
)
def test_completed_is_not_heard_unless_a_person_took_it(call, status, by, state, code):
    assert ended(call, status, by).status_code == 204
    assert (fresh(call).state, call.attempts.get().error_code) == (state, code)


def test_a_key_says_more_than_the_end(call, acts):
    press(call, "1")
    ended(call, "completed", "unknown")

    assert fresh(call).state == MessageState.DELIVERED


def test_a_callback_before_our_own_commit_binds_the_call(call):
    call.attempts.update(provider_sid=None, state="unknown")

    ended(call, "ringing")

    assert call.attempts.get().provider_sid == CALL


# --- forged ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "args"), [("voice", []), ("key", ["first"]), ("call", [])])
def test_forged_and_unknown_calls_change_and_tell_nothing(call, acts, name, args):
    params = {"CallStatus": "completed", "AnsweredBy": "human", "Digits": "2"}

    forged = post(name, call, params, *args, token="theirs")
    unknown = post(name, call, params, *args, path_token=uuid.uuid4())

    assert (forged.status_code, forged.content) == (403, b"")
    assert WORDS not in unknown.content.decode()
    assert (acts, fresh(call).state) == ([], MessageState.ACCEPTED)
    assert not StaffTask.objects.exists()


def test_another_calls_sid_moves_nothing(call, acts):
    answer_ = post("key", call, {"Digits": "2", "CallSid": "CA" + "9" * 32}, "first")

    assert heard(answer_)[0].startswith("That could not be done here.")
    assert acts == []


def test_keys_are_kept_sealed_and_once(call, acts):
    press(call, "1")

    kinds = list(ProviderEvent.objects.filter(kind="key").values_list("outcome", flat=True))
    assert kinds == ["confirmed"]


@given(st.text(max_size=20), st.text(max_size=20))
def test_any_words_of_the_carrier_have_an_outcome(status, by):
    found, code = outcome(status, by)

    assert found in ("", "queued", "sending", "sent", "delivered", "undelivered")
    assert (found == "delivered") == (status == "completed" and who_answered(by) == Who.PERSON)
    assert bool(code) == (found == "undelivered")


CALL_EVENTS = st.one_of(
    st.tuples(
        st.sampled_from(["ringing", "in-progress", "busy", "no-answer", "failed", "canceled", "completed"]),
        st.sampled_from(["", "human", "machine_end_beep", "unknown"]),
    ),
    st.tuples(st.just("key"), st.sampled_from(["", "1", "5"])),
)


def end_of(told: list[tuple[str, str]]) -> tuple:
    sid = f"CA{uuid.uuid4().hex}"
    message = MessageFactory(state=MessageState.ACCEPTED, channel=Channel.VOICE)
    attempt = AttemptFactory(message=message, provider="voice", provider_sid=sid, state="accepted")
    for status, by in told:
        kind = events.KEY if status == "key" else events.CALL
        body = {"CallSid": sid} | (
            {"Digits": by} if status == "key" else {"CallStatus": status, "AnsweredBy": by}
        )
        dedupe = f"{sid}:{status}:{by}"
        events.take(kind, dedupe_key=dedupe, body=body, token=attempt.token, now=message.created_at)
    message.refresh_from_db()
    attempt.refresh_from_db()
    return message.state, message.reason, attempt.last_status, attempt.error_code


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(told=st.lists(CALL_EVENTS, min_size=1, max_size=5), order=st.randoms(use_true_random=False))
def test_what_is_told_of_a_call_in_any_order_and_number_ends_the_same(practice, told, order):
    assert end_of(order.sample(told * 2, len(told) * 2)) == end_of(told)


def test_every_end_nobody_heard_has_words_for_staff_and_gives_the_message_up():
    codes = {outcome(status, "")[1] for status in (*NOT_REACHED, "completed")} | {
        outcome("completed", "fax")[1]
    }

    assert codes == NOT_HEARD.keys()
    for code in codes:
        assert verdict_on_failure(code) == Verdict.REJECTED
        assert len(reason_for(Verdict.REJECTED, code)) <= 80


def test_a_call_nobody_spoke_of_is_asked_about(call, carrier):
    carrier.status = "no-answer"

    found = carriers.for_channel(Channel.VOICE).fetch(call.attempts.get().provider_sid, timeout=5)

    assert (found.status, found.code) == ("undelivered", "no-answer")
