"""A lost answer: adopted when the carrier has it, sent again only when it provably has not, never on a guess."""

import datetime as dt

import pytest

from core import clock
from messaging.models import StaffTask
from messaging.operations import claiming, dispatch, sending, verifying
from messaging.operations.settling import settle
from messaging.states import AttemptState, MessageState
from messaging.tests.conftest import ANY_TIME, address_of, hello, sent
from practice.states import Channel

LEASE, GRACE = 120, 300


def reaped(message):
    dispatch.reap()
    message.refresh_from_db()
    return message


@pytest.fixture
def in_doubt(due, carrier):
    """A message whose one POST met `fault`."""

    def make(fault, **columns):
        carrier.faults.append(fault)
        message = sent(due(**{**ANY_TIME, **columns}))
        assert message.state == MessageState.VERIFYING
        return message

    return make


@pytest.mark.parametrize("fault", ["drop", "503-after-accept"])
def test_a_text_the_carrier_took_is_adopted_and_never_sent_again(in_doubt, carrier, moment, fault):
    message = in_doubt(fault)
    moment.wait(minutes=1)
    reaped(message)
    dispatch.tick()

    attempt = message.attempts.get()
    assert (message.state, attempt.state, attempt.provider_sid) == (
        MessageState.ACCEPTED,
        AttemptState.ADOPTED,
        carrier.ledger[0].sid,
    )
    assert len(carrier.ledger) == 1


def test_absence_is_believed_only_after_lease_and_grace(in_doubt, carrier, moment):
    message = in_doubt("500")
    while moment.wait(seconds=30) < message.attempts.get().started_at + dt.timedelta(seconds=LEASE + GRACE):
        assert reaped(message).state == MessageState.VERIFYING
    reaped(message)

    assert message.state == MessageState.DUE
    assert (sent(message).state, len(carrier.ledger)) == (MessageState.ACCEPTED, 1)
    assert list(message.attempts.values_list("state", flat=True)) == [
        AttemptState.ABSENT,
        AttemptState.ACCEPTED,
    ]


def test_a_slow_list_within_the_grace_causes_no_second_text(in_doubt, carrier, moment):
    message = in_doubt("drop")
    carrier.hidden = True
    for _ in range(6):
        moment.wait(minutes=1)
        reaped(message)
        dispatch.tick()
    carrier.hidden = False
    moment.wait(minutes=1)

    assert (reaped(message).state, len(carrier.ledger)) == (MessageState.ACCEPTED, 1)


def test_a_carrier_whose_list_is_down_is_never_answered_with_a_second_text(in_doubt, carrier, moment):
    carrier.list_is_down = True
    message = in_doubt("drop", useful_until=clock.now() + dt.timedelta(days=3))
    for _ in range(40):
        moment.wait(minutes=1)
        reaped(message)
        dispatch.tick()

    assert (message.state, message.reason) == (MessageState.DEAD, "Nobody can say whether it was sent")
    assert (len(carrier.ledger), StaffTask.objects.get().message) == (1, message)


def test_absent_and_no_longer_useful_expires_with_a_task(in_doubt, moment):
    message = in_doubt("500", useful_until=clock.now() + dt.timedelta(minutes=5))
    moment.wait(minutes=8)

    assert (reaped(message).state, StaffTask.objects.count()) == (MessageState.EXPIRED, 1)


def test_two_people_with_one_number_and_the_same_words_adopt_one_text_each(
    in_doubt, due, carrier, moment, reachable, purpose
):
    person, other = reachable(), reachable()
    other.addresses.filter(kind="phone").update(value=address_of(person))
    other.consents.filter(channel=Channel.SMS).update(address=address_of(person))
    first = in_doubt("drop", client=person)
    purpose.answers[first.subject + 1] = hello(first.subject)
    second = in_doubt("drop", client=other, subject=first.subject + 1)
    moment.wait(minutes=1)
    reaped(first)
    second.refresh_from_db()

    assert (first.state, second.state) == (MessageState.ACCEPTED, MessageState.ACCEPTED)
    bound = {first.attempts.get().provider_sid, second.attempts.get().provider_sid}
    assert bound == {entry.sid for entry in carrier.ledger}


def test_an_older_text_with_the_same_words_is_not_taken_for_this_one(in_doubt, carrier, moment, due):
    message = due(**ANY_TIME)
    carrier.take({"To": message.address, "From": "+12025550100", "Body": f"Hello {message.subject}"})
    moment.wait(minutes=2)
    carrier.faults.append("500")
    sent(message)
    moment.wait(seconds=LEASE + GRACE)

    assert (reaped(message).state, message.attempts.get().state) == (MessageState.DUE, AttemptState.ABSENT)


def test_a_claim_that_died_before_its_attempt_is_free_again(due, moment):
    message = due(**ANY_TIME)
    claiming.claim("dead", now=moment.at)
    moment.wait(seconds=LEASE - 1)
    assert reaped(message).state == MessageState.CLAIMED
    moment.wait(seconds=2)

    assert (reaped(message).state, message.lease_owner) == (MessageState.DUE, "")


def test_a_send_that_died_is_asked_about(due, moment, carrier):
    message = due(**ANY_TIME)
    claiming.claim("dead", now=moment.at)
    sending.prepare([message.pk], owner="dead")
    carrier.take({"To": message.address, "From": "+12025550100", "Body": f"Hello {message.subject}"})
    assert reaped(message).state == MessageState.SENDING
    moment.wait(seconds=LEASE + 1)

    assert (reaped(message).state, len(carrier.ledger)) == (MessageState.ACCEPTED, 1)


def test_an_answer_that_comes_after_the_doubt_is_believed(due, moment, carrier):
    """The process only stood still: its POST and its second transaction come after the reaper's."""
    message = due(**ANY_TIME)
    claiming.claim("slow", now=moment.at)
    (prepared,), _ = sending.prepare([message.pk], owner="slow")
    moment.wait(seconds=LEASE + 1)
    assert reaped(message).state == MessageState.VERIFYING
    settle(prepared.letter.attempt_id, sending.post(prepared))
    message.refresh_from_db()

    assert (message.state, message.attempts.get().state) == (MessageState.ACCEPTED, AttemptState.ACCEPTED)


def test_a_lost_email_is_never_sent_twice_on_a_guess(due, moment, mailoutbox):
    message = due(channel=Channel.EMAIL, **ANY_TIME)
    claiming.claim("dead", now=moment.at)
    sending.prepare([message.pk], owner="dead")
    moment.wait(seconds=LEASE + 1)
    assert reaped(message).state == MessageState.VERIFYING
    moment.wait(seconds=GRACE + 30)

    assert (reaped(message).state, mailoutbox, StaffTask.objects.count()) == (MessageState.DEAD, [], 1)


def test_one_verification_that_fails_holds_up_no_other(in_doubt, moment, monkeypatch, carrier):
    broken, fine = in_doubt("drop"), in_doubt("drop")
    monkeypatch.setattr(verifying, "_not_yet_bound", fail_for(broken, verifying._not_yet_bound))
    moment.wait(minutes=1)
    reaped(broken)
    fine.refresh_from_db()

    assert (broken.state, fine.state) == (MessageState.VERIFYING, MessageState.ACCEPTED)


def fail_for(message, original):
    calls = []

    def sometimes(found):
        calls.append(found)
        if len(calls) == 1:
            raise RuntimeError("broken")
        return original(found)

    return sometimes
