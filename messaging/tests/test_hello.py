"""A number typed by hand hears a neutral hello before it hears of a visit (CORE-4)."""

import datetime as dt

import pytest

from core.actors import SYSTEM
from messaging.models import Message
from messaging.operations import dispatch
from messaging.operations.consent import record_consent
from messaging.operations.hello import HELLO
from messaging.states import ConsentSource, MessageState
from messaging.tests.conftest import ANY_TIME, MORNING, address_of, sent
from messaging.tests.factories import ConsentFactory
from messaging.tests.test_inbound import say
from practice.models import Address, Practice
from practice.operations.addresses import keep_addresses
from practice.operations.clients import ClientFacts
from practice.states import Channel
from practice.tests.factories import ClientContactFactory, ClientFactory

PHONE = "+12025550161"
MINUTES = dt.timedelta(minutes=1)


@pytest.fixture
def typed(moment, practice):
    """Somebody whose number was typed by hand just now."""
    Practice.objects.update(sender_name="Riverside Office")
    person = ClientFactory()
    facts = ClientFacts(first_name="A", last_name="B", safe_to_text=True)
    keep_addresses(person, facts, PHONE)
    return person


def agrees(person, *, contact=None) -> None:
    record_consent(
        person, contact=contact, channel=Channel.SMS, address=PHONE, granted=True, wording="Yes",
        source=ConsentSource.VERBAL, by=SYSTEM,
    )  # fmt: skip


def texts(carrier) -> list[str]:
    return [entry.body for entry in carrier.ledger]


NEUTRAL = (
    "Riverside Office: this number is now on file with us. Not you? Reply WRONG NUMBER. STOP to opt out."
)


def test_the_hello_goes_out_with_the_consent_and_the_visit_is_named_ten_minutes_later(
    typed, due, carrier, moment
):
    agrees(typed)
    row = due(client=typed)
    dispatch.tick()
    assert texts(carrier) == [NEUTRAL]

    moment.wait(minutes=9)
    dispatch.tick()
    assert texts(carrier) == [NEUTRAL]

    moment.wait(minutes=1)
    dispatch.tick()
    assert texts(carrier) == [NEUTRAL, f"Hello {row.subject}"]
    assert Message.objects.filter(purpose=HELLO).count() == 1


def test_a_number_that_turns_safe_only_later_is_greeted_when_the_visit_would_be_named(
    typed, due, carrier, moment
):
    ConsentFactory(client=typed, channel=Channel.SMS, address=PHONE)
    due(client=typed)
    for _ in range(14):
        dispatch.tick()
        moment.wait(minutes=1)

    assert texts(carrier)[0] == NEUTRAL
    assert len(texts(carrier)) == 2


def test_who_says_wrong_number_never_hears_of_the_visit(typed, due, carrier, moment):
    agrees(typed)
    row = due(client=typed)
    dispatch.tick()
    say("Wrong number", PHONE)
    moment.wait(minutes=11)
    dispatch.tick()
    row.refresh_from_db()

    assert texts(carrier) == [NEUTRAL]
    assert row.state == MessageState.SKIPPED


def test_whoever_wrote_from_it_is_answered_at_once(typed, due, carrier):
    row = sent(due(client=typed, **ANY_TIME))

    assert row.state == MessageState.SKIPPED  # nobody has agreed to texts there yet
    agrees(typed)
    assert sent(due(client=typed, **ANY_TIME)).state == MessageState.ACCEPTED


def test_a_hello_waits_for_the_window(typed, carrier, moment):
    moment.at = MORNING.replace(hour=4)  # eleven at night
    agrees(typed)
    dispatch.tick()
    assert texts(carrier) == []

    moment.at = MORNING
    dispatch.tick()
    assert texts(carrier) == [NEUTRAL]


def test_a_contacts_number_is_greeted_in_their_language(typed, carrier):
    Address.objects.all().delete()
    contact = ClientContactFactory(client=typed, may_receive=True, language="es")
    keep_addresses(contact, ClientFacts(first_name="A", last_name="B", safe_to_text=True), PHONE)
    agrees(typed, contact=contact)
    dispatch.tick()

    assert texts(carrier)[0].startswith("Riverside Office: tenemos este numero")


def test_a_failed_hello_holds_nothing_back(typed, due, carrier):
    agrees(typed)
    carrier.faults.append("400:21211")
    dispatch.tick()

    row = sent(due(client=typed))
    assert row.state == MessageState.SKIPPED  # the number does not work, and that is what staff reads


def test_known_numbers_cost_one_query(due, reachable, django_assert_num_queries, moment):
    from messaging.operations.hello import not_yet  # noqa: PLC0415  only here

    rows = [due(client=reachable()) for _ in range(3)]
    with django_assert_num_queries(1):
        assert not_yet(rows, moment.at) == {}


def test_no_hello_without_consent(typed, carrier):
    dispatch.tick()

    assert texts(carrier) == []


def test_a_number_on_file_before_is_not_new(due, reachable, carrier):
    person = reachable()

    assert sent(due(client=person)).state == MessageState.ACCEPTED
    assert not Message.objects.filter(purpose=HELLO, address=address_of(person)).exists()
