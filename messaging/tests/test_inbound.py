"""A client's text: one question and one meaning, or a person reads it."""

import datetime as dt
import threading
import uuid

import pytest
from django.db import connection

from messaging import purposes
from messaging.models import Consent, InboundMessage, Message, ProviderEvent, StaffTask, Suppression
from messaging.operations import dispatch, events
from messaging.operations.answers import ANSWER, CRISIS
from messaging.purposes import Purpose, Topic
from messaging.rules.replies.codes import codes_for
from messaging.signals import consents_changed, reply_received
from messaging.states import Asks, MessageClass, MessageState, TaskKind
from messaging.tests.conftest import address_of, sent
from practice.models import Practice
from practice.states import Channel
from practice.tests.factories import AddressFactory, PracticeFactory


@pytest.fixture
def heard():
    replies = []

    def receiver(inbound, question, meaning, **_):
        replies.append((question.pk, meaning, inbound.pk))

    reply_received.connect(receiver)
    yield replies
    reply_received.disconnect(receiver)


@pytest.fixture
def asking(due, moment):
    """A text that was taken by the carrier and asks to confirm."""

    def make(**columns):
        columns = {"asks": Asks.CONFIRM, "answer_until": moment.at + dt.timedelta(days=1)} | columns
        return sent(due(**columns))

    return make


def say(body, number, **more):
    params = {
        "MessageSid": f"SM{uuid.uuid4().hex}",
        "From": number,
        "To": "+12025550100",
        "Body": body,
        **more,
    }
    event_id = events.store("sms", dedupe_key=params["MessageSid"], body=params, token=None, now=now())
    assert events.process(event_id)
    return InboundMessage.objects.get(event_id=event_id)


def now():
    from core import clock  # noqa: PLC0415  read late: the test has frozen it

    return clock.now()


def tasks():
    return list(StaffTask.objects.values_list("kind", flat=True))


@pytest.mark.parametrize(
    ("body", "meaning", "effect"),
    [
        ("Y", "yes", "confirm"),
        ("Sí!", "yes", "confirm"),
        ("can't come", "cancel", "cancel"),
        ("N", "no", "ask_cancel_or_move"),
        ("R", "move", "reschedule_link"),
    ],
)
def test_an_answer_to_the_one_open_question_is_told_to_who_asked(asking, heard, body, meaning, effect):
    question = asking()
    inbound = say(body, question.address)

    assert heard == [(question.pk, meaning, inbound.pk)]
    assert (inbound.effect, inbound.client, tasks()) == (effect, question.client, [])


@pytest.fixture
def labelled(monkeypatch, purpose):
    """Every subject asks about a visit of its own, named by its number."""
    topical = Purpose(
        name="test",
        decide=purpose.decide,
        topics=lambda subjects, now: {one: Topic(about=one, label=f"visit {one}") for one in subjects},
    )
    monkeypatch.setitem(purposes._registered, "test", topical)


def test_two_visits_of_one_client_are_asked_apart_by_a_and_b(asking, reachable, heard, carrier, labelled):
    person = reachable()
    first, second = asking(client=person), asking(client=person)
    inbound = say("C", address_of(person))
    dispatch.tick()

    assert (heard, inbound.question, inbound.effect, tasks()) == ([], None, "ask_which", [])
    asked = f"Which visit? A: visit {first.subject}. B: visit {second.subject}. Reply A or B."
    assert carrier.texts[-1] == (address_of(person), asked)

    chosen = say("b", address_of(person))
    assert heard == [(second.pk, "cancel", chosen.pk)]
    assert say("A", address_of(person)).effect == "ask_which"


def test_a_or_b_does_not_outlive_a_newer_question(asking, reachable, heard, labelled, moment):
    person = reachable()
    asking(client=person), asking(client=person)
    say("Y", address_of(person))
    dispatch.tick()
    moment.wait(minutes=1)
    newer = asking(client=person, klass="news")

    assert newer.state == MessageState.ACCEPTED
    assert say("A", address_of(person)).effect == "ask_which"
    assert heard == []


def test_newer_is_what_was_said_later_not_what_was_written_down_later(
    asking, due, reachable, heard, labelled, moment
):
    person = reachable()
    waited = due(
        client=person,
        klass="news",
        asks=Asks.CONFIRM,
        send_at=moment.at + dt.timedelta(minutes=2),
        answer_until=moment.at + dt.timedelta(days=1),
    )
    asking(client=person), asking(client=person)
    say("Y", address_of(person))
    moment.wait(minutes=1)
    dispatch.tick()
    moment.wait(minutes=1)

    assert sent(waited).state == MessageState.ACCEPTED
    assert say("A", address_of(person)).effect == "ask_which"
    assert heard == []


def test_two_messages_about_one_thing_are_one_question(asking, reachable, heard, monkeypatch, purpose):
    topical = Purpose(
        name="test",
        decide=purpose.decide,
        topics=lambda subjects, now: dict.fromkeys(subjects, Topic(about="v1")),
    )
    monkeypatch.setitem(purposes._registered, "test", topical)
    person = reachable()
    asking(client=person)
    latest = asking(client=person)
    say("Y", address_of(person))

    assert [question for question, *_ in heard] == [latest.pk]


def test_a_question_its_purpose_calls_over_is_over(asking, heard, monkeypatch, purpose):
    over = Purpose(name="test", decide=purpose.decide, topics=lambda subjects, now: {})
    monkeypatch.setitem(purposes._registered, "test", over)
    question = asking()

    assert (say("Y", question.address).question, heard) == (None, [])


@pytest.fixture
def shared(reachable):
    """Two clients with one number, and the code of each."""
    person, other = reachable(), reachable()
    number = address_of(person)
    other.addresses.filter(kind="phone").update(value=number)
    other.consents.filter(channel=Channel.SMS).update(address=number)
    codes = codes_for([person.pk, other.pk])
    return person, other, number, codes


def test_two_clients_with_one_number_are_never_confused(asking, shared, heard, carrier):
    person, other, number, codes = shared
    asking(client=person), asking(client=other, address=number)
    inbound = say("C", number)
    dispatch.tick()

    assert (heard, inbound.client, inbound.question, inbound.effect) == ([], None, None, "ask_which")
    assert carrier.texts[-1][1] == (
        "Several people use this number. Please answer with the letter and number from our text, like"
        f" Y{min(codes.values())}."
    )


def test_the_code_says_whose_visit_is_meant(asking, shared, heard):
    person, other, number, codes = shared
    asking(client=person)
    question = asking(client=other, address=number)
    inbound = say(f"Y{codes[other.pk]}", number)

    assert heard == [(question.pk, "yes", inbound.pk)]
    assert (inbound.client, inbound.effect) == (other, "confirm")


def test_a_code_nobody_has_is_asked_again_though_one_alone_was_asked(asking, shared, heard):
    person, _, number, codes = shared
    asking(client=person)
    wrong = next(str(n) for n in range(3, 10) if str(n) not in codes.values())

    assert say(f"C{wrong}", number).effect == "ask_which"
    assert say("Y", number).effect == "ask_which"
    assert heard == []


@pytest.mark.parametrize("state", [MessageState.SKIPPED, MessageState.DUE, MessageState.UNDELIVERED])
def test_a_question_that_never_arrived_was_not_asked(asking, heard, state):
    question = asking()
    Message.objects.update(state=state, reason="x")

    assert (say("Y", question.address).question, heard) == (None, [])


@pytest.mark.parametrize(
    ("body", "found", "effect"),
    [
        ("arret", "STOP", "opt_out"),
        ("I want to die", "STOP", "crisis"),
        ("cancel", "STOP", "opt_out_and_task"),
        ("yes", "START", "confirm"),
        ("comenzar", "START", "opt_in"),
        ("aide", "HELP", "help"),
    ],
)
def test_twilios_own_finding_counts_but_danger_goes_first(asking, body, found, effect):
    assert say(body, asking().address, OptOutType=found).effect == effect


def test_a_question_past_its_time_is_closed(asking, heard, moment):
    question = asking()
    moment.wait(days=1)

    assert (say("Y", question.address).question, heard, tasks()) == (None, [], [TaskKind.READ_REPLY])


def test_an_answer_may_come_before_the_carriers_own(asking, heard, carrier):
    carrier.faults.append("drop")
    question = asking()
    assert question.state == MessageState.VERIFYING
    say("Y", question.address)

    assert [meaning for _, meaning, _ in heard] == ["yes"]


@pytest.mark.parametrize("body", ["STOP", "unsubscribe", "Stop texting me", "cancel"])
def test_a_stop_closes_the_number_for_all_who_share_it(asking, reachable, heard, carrier, body):
    person, other = reachable(), reachable()
    number = address_of(person)
    AddressFactory(client=other, value=number, safe_to_text=True)
    question = asking(client=person)
    told = []
    consents_changed.connect(receiver := lambda client_ids, **_: told.extend(client_ids))
    say(body, number)
    consents_changed.disconnect(receiver)
    before = len(carrier.ledger)

    assert heard == []
    assert set(Suppression.objects.values_list("channel", "address")) == {("sms", number), ("voice", number)}
    newest = {
        row.client_id: row.granted for row in Consent.objects.filter(address=number).order_by("at", "id")
    }
    assert newest == {person.pk: False, other.pk: False}
    assert set(told) == {person.pk, other.pk}
    assert sent(question).state == MessageState.ACCEPTED
    assert len(carrier.ledger) == before


def test_the_word_cancel_also_asks_a_person(asking, heard):
    question = asking()
    say("Cancel", question.address)

    assert (tasks(), heard, Suppression.objects.count()) == ([TaskKind.MAY_WANT_TO_CANCEL], [], 2)


def test_start_undoes_a_stop_and_no_more(asking, reachable):
    person, never = reachable(), reachable()
    number = address_of(person)
    AddressFactory(client=never, value=number, safe_to_text=True)
    asking(client=person)
    say("STOP", number), say("STOP", number)
    say("START", number)

    assert Suppression.objects.filter(lifted_at=None).count() == 0
    newest = {
        row.client_id: row.granted for row in Consent.objects.filter(address=number).order_by("at", "id")
    }
    assert newest == {person.pk: True, never.pk: False}


def test_yes_after_a_stop_opts_in_again_and_confirms(asking, heard):
    question = asking()
    say("STOP", question.address)
    say("YES", question.address)

    assert Suppression.objects.filter(lifted_at=None).count() == 0
    assert [meaning for _, meaning, _ in heard] == ["yes"]


def test_a_letter_y_lifts_no_stop(asking):
    question = asking()
    say("STOP", question.address)
    say("Y", question.address)

    assert Suppression.objects.filter(lifted_at=None).count() == 2


def test_a_wrong_number_is_not_written_to_again(asking, due, carrier):
    question = asking()
    say("Wrong number!", question.address)
    again = sent(due(client=question.client))

    assert (again.state, tasks(), len(carrier.ledger)) == (MessageState.SKIPPED, [TaskKind.WRONG_NUMBER], 1)


def test_help_is_the_carriers_to_answer(asking, carrier):
    question = asking()
    say("HELP", question.address)
    dispatch.tick()

    assert (len(carrier.ledger), tasks()) == (1, [])


def test_danger_changes_no_visit_and_is_answered_at_once(asking, heard, carrier, moment):
    question = asking()
    moment.at = dt.datetime(2026, 11, 26, 7, tzinfo=dt.UTC)  # two at night
    say("Yes. I want to kill myself", question.address)
    dispatch.tick()

    assert (heard, tasks()) == ([], [TaskKind.CRISIS])
    assert carrier.texts[-1] == (question.address, Practice.objects.get().crisis_text)
    assert Message.objects.get(purpose=CRISIS).klass == MessageClass.CRISIS


def test_danger_from_a_number_nobody_knows_is_answered_too(practice, moment, carrier):
    say("no quiero vivir", "+12025558888")
    dispatch.tick()

    assert carrier.texts == [("+12025558888", practice.crisis_text_es)]
    assert StaffTask.objects.get().client is None


def test_anything_else_is_read_by_a_person_and_noted_once_a_day(asking, carrier, moment):
    question = asking()
    for body in ("Is there parking?", "Thanks, is there parking?"):
        say(body, question.address)
        dispatch.tick()

    notes = [body for _, body in carrier.texts if "not watched for emergencies" in body]
    assert (tasks(), len(notes)) == ([TaskKind.READ_REPLY] * 2, 1)
    moment.wait(hours=25)
    say("Hello?", question.address)
    dispatch.tick()
    assert len([body for _, body in carrier.texts if "not watched" in body]) == 2


def test_a_stranger_is_read_but_not_answered(practice, moment, carrier):
    say("Hello", "+12025558888")
    dispatch.tick()

    assert (tasks(), carrier.ledger, Message.objects.filter(purpose=ANSWER).count()) == (
        [TaskKind.READ_REPLY],
        [],
        0,
    )


def test_a_text_whose_effect_keeps_failing_is_read_by_a_person(asking, moment):
    question = asking()

    def fail(**_):
        raise RuntimeError("broken")

    reply_received.connect(fail)
    params = {"MessageSid": "SM1", "From": question.address, "To": "+12025550100", "Body": "Y"}
    event_id = events.store("sms", dedupe_key="SM1", body=params, token=None, now=moment.at)
    assert not events.process(event_id)
    assert InboundMessage.objects.count() == 0
    moment.wait(minutes=11)
    dispatch.reap()
    reply_received.disconnect(fail)

    assert (InboundMessage.objects.get().text, tasks()) == ("Y", [TaskKind.READ_REPLY])
    assert ProviderEvent.objects.get().processed_at == moment.at


def test_an_event_acted_on_twice_acts_once(asking, heard):
    question = asking()
    inbound = say("Y", question.address)

    assert events.process(inbound.event_id)
    assert len(heard) == 1


@pytest.mark.django_db(transaction=True)
def test_eight_copies_of_one_text_at_the_same_moment_act_once():
    PracticeFactory()
    params = {"MessageSid": "SM1", "From": "+12025550001", "To": "+12025550100", "Body": "who is this?"}
    together, done = threading.Barrier(8), []

    def deliver():
        try:
            together.wait()
            event_id = events.store("sms", dedupe_key="SM1", body=params, token=None, now=now())
            done.append(event_id is None or events.process(event_id))
        finally:
            connection.close()

    threads = [threading.Thread(target=deliver) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert done == [True] * 8
    assert (ProviderEvent.objects.count(), InboundMessage.objects.count(), StaffTask.objects.count()) == (
        1,
        1,
        1,
    )
