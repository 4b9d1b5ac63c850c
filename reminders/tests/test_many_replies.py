"""Texts in any order, twice or thrice, end the same; and nobody is told anything of anybody else."""

import random
import uuid

import pytest

from core import clock
from messaging import purposes
from messaging.models import InboundMessage, Message, StaffTask, Suppression
from messaging.operations import events
from messaging.queries import codes_on
from practice.tests.factories import ClientFactory
from reminders.tests.conftest import NOW, PHONE, ny
from reminders.tests.test_answering import MINUTE, pass_time
from scheduling.models import Attendance

OTHER = "+12025550119"
TEXTS = ["Y", "Is there parking?", "I want to die", "STOP", "help", "HELP"]


def hear(body: str, number: str, *, sid: str = "", at=NOW + 5 * MINUTE) -> None:
    sid = sid or uuid.uuid4().hex
    fields = {"MessageSid": sid, "From": number, "To": "+12025550100", "Body": body}
    with clock.frozen(at):
        event = events.store("sms", dedupe_key=sid, body=fields, token=None, now=at)
        if event is not None:
            events.process(event)


@pytest.mark.parametrize("seed", range(6))
def test_any_order_and_any_repetition_ends_the_same(seed, regular, agree, booked):
    agree(regular, PHONE)
    person = booked(regular)
    pass_time()
    deliveries = [(text, f"SM{n}") for n, text in enumerate(TEXTS)] * 2
    random.Random(seed).shuffle(deliveries)

    for text, sid in deliveries:
        hear(text, PHONE, sid=sid)

    person.refresh_from_db()
    assert person.confirmed_how == "sms"
    assert sorted(StaffTask.objects.values_list("kind", flat=True)) == ["crisis", "read_reply"]
    assert sorted(InboundMessage.objects.values_list("effect", flat=True)) == [
        "confirm", "crisis", "help", "help", "inbox", "opt_out",
    ]  # fmt: skip
    assert set(Suppression.objects.values_list("channel", flat=True)) == {"sms", "voice"}


def test_a_yes_at_half_past_nine_at_night_is_answered_at_once(regular, agree, booked):
    agree(regular, PHONE)
    booked(regular)
    pass_time()
    night = ny(23, 21, 30)
    hear("Y", PHONE, at=night)

    answer = Message.objects.get(purpose="reminders.answer")
    assert (answer.klass, answer.send_at) == ("answer", night)


@pytest.fixture
def family(regular, agree, booked) -> tuple[Attendance, Attendance, Attendance]:
    """Two clients on one phone, and a third on another; each with a visit of their own."""
    sibling, stranger = (
        ClientFactory(first_name="Ida", last_name="Sibling"),
        ClientFactory(last_name="Stranger"),
    )
    agree(regular, PHONE)
    agree(sibling, PHONE)
    agree(stranger, OTHER)
    made = booked(regular), booked(sibling, at=ny(27, 14)), booked(stranger, at=ny(30, 16))
    pass_time()
    return made


def said_to(number: str) -> list[str]:
    """Every text to the number, in the words it would have now."""
    told = []
    for message in Message.objects.filter(address=number).order_by("pk"):
        decided = purposes.get(message.purpose).decide([message.subject], NOW + 6 * MINUTE)
        told.append(getattr(decided.get(message.subject), "text", ""))
    return told


def test_texts_to_a_shared_number_carry_the_code_of_whom_they_are_about(family):
    mine, theirs, _ = family
    codes = codes_on({PHONE})[PHONE]

    first, second = said_to(PHONE)
    assert f"Reply Y{codes[mine.client_id]} to confirm" in first
    assert f"Reply Y{codes[theirs.client_id]} to confirm" in second


def test_the_code_confirms_one_and_leaves_the_other(family):
    mine, theirs, _ = family
    codes = codes_on({PHONE})[PHONE]
    hear(f"y{codes[theirs.client_id]}", PHONE)

    mine.refresh_from_db()
    theirs.refresh_from_db()
    assert (mine.confirmed_at is None, theirs.confirmed_at is not None) == (True, True)


@pytest.mark.parametrize(
    "text",
    ["Y", "C", "yes", "can't come", "R", "N", "Y3", "C8", "A", "hello?", "I want to die", "who is this", "?"],
)
def test_no_answer_names_somebody_else_or_their_visit(family, text):
    mine, _, strangers = family
    already = len(said_to(PHONE))
    hear(text, PHONE)
    answers = " ".join(said_to(PHONE)[already:])

    for name in ("Ida", "Sibling", "Stranger", mine.client.first_name, "Pat"):
        assert name not in answers
    assert "Mon Nov 30" not in answers
    assert "4:00 pm" not in answers
    codes = codes_on({PHONE})[PHONE]
    if text[1:] not in codes.values():
        assert "Nov 26" not in answers
        assert "Nov 27" not in answers
    strangers.refresh_from_db()
    assert strangers.confirmed_at is None
    assert strangers.appointment.state == "scheduled"
