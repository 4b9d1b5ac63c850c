"""How much, how fast and by whom: caps, buckets, breakers, the budget, and what waits too long."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from messaging import purposes
from messaging.models import Breaker, Budget, Message, SenderBucket, SendingPolicy, StaffTask
from messaging.operations import dispatch
from messaging.purposes import Coming, Purpose
from messaging.states import BreakerState, MessageClass, MessageState, TaskKind
from messaging.tests.conftest import ANY_TIME, MORNING, TestPurpose, address_of, sent
from practice.states import Channel

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
OFFICE = "+12025550100"


@pytest.fixture
def policy(db):
    def set_to(**columns) -> SendingPolicy:
        return SendingPolicy.objects.update_or_create(pk=1, defaults=columns)[0]

    return set_to


@pytest.fixture
def with_hooks(monkeypatch):
    """The test purpose, with hooks of its own."""

    def register(**hooks) -> None:
        told = Purpose(name="test", decide=TestPurpose().decide, **hooks)
        monkeypatch.setitem(purposes._registered, "test", told)

    return register


def states(*messages: Message) -> list[str]:
    dispatch.tick()
    for message in messages:
        message.refresh_from_db()
    return [message.state for message in messages]


# --- caps --------------------------------------------------------------------------------------


def test_a_number_hears_at_most_twice_a_day(due, reachable):
    person = reachable()
    rows = [due(client=person) for _ in range(3)]

    assert sorted(states(*rows)) == [MessageState.ACCEPTED, MessageState.ACCEPTED, MessageState.SKIPPED]
    assert {row.reason for row in rows} == {"", "This number has had its messages for today"}


def test_what_matters_least_is_dropped_first(due, reachable):
    """Source: REM-4: 168, 48, 2, 24 hours."""
    person = reachable()
    week, two_days, two_hours, day = (due(client=person, drop_rank=rank) for rank in (4, 3, 2, 1))

    states(week, two_days, two_hours, day)
    assert [row.state for row in (week, two_days, two_hours, day)] == [
        MessageState.SKIPPED, MessageState.SKIPPED, MessageState.ACCEPTED, MessageState.ACCEPTED,
    ]  # fmt: skip


def test_room_is_kept_for_what_is_planned_and_matters_more(due, reachable, with_hooks):
    person = reachable()
    coming = [
        Coming(client_id=person.pk, contact_id=None, due_at=MORNING + n * HOUR, drop_rank=1) for n in (1, 2)
    ]
    with_hooks(ahead=lambda clients, now, until: coming)

    assert states(due(client=person, drop_rank=4), due(client=person, drop_rank=0)) == [
        MessageState.SKIPPED,
        MessageState.ACCEPTED,
    ]


def test_six_a_week_by_the_recipients_calendar(due, reachable, moment, policy):
    policy(cap_per_day=0)
    person = reachable()
    assert states(*[due(client=person) for _ in range(7)]).count(MessageState.ACCEPTED) == 6
    moment.at = MORNING + 5 * DAY  # Monday

    assert states(due(client=person)) == [MessageState.ACCEPTED]


def test_news_of_a_change_is_never_refused_and_reminders_make_room_for_it(due, reachable):
    person = reachable()
    news = [due(client=person, klass="news") for _ in range(3)]
    reminder, tomorrow = due(client=person, drop_rank=1), due(client=reachable())

    assert states(*news, reminder, tomorrow) == [*["accepted"] * 3, "skipped", "accepted"]
    assert states(due(client=person, klass="news"), due(client=person)) == ["accepted", "skipped"]


def test_news_that_waits_keeps_its_room(due, reachable, moment):
    person = reachable()
    for _ in range(2):
        due(client=person, klass="news", send_at=MORNING + HOUR)

    assert states(due(client=person, drop_rank=1)) == ["skipped"]


@pytest.mark.parametrize("klass", ["answer", "code", "urgent", "crisis"])
def test_whoever_wrote_to_us_or_is_in_a_hurry_is_not_capped(due, reachable, klass):
    person = reachable()

    assert set(states(*[due(client=person, klass=klass) for _ in range(4)])) == {MessageState.ACCEPTED}


def test_email_has_no_cap(due, reachable):
    person = reachable()

    assert set(states(*[due(client=person, channel=Channel.EMAIL) for _ in range(4)])) == {"accepted"}


def test_caps_cost_as_many_queries_for_three_as_for_one(due, reachable):
    counts = []
    for many in (1, 3):
        rows = [due(client=reachable()) for _ in range(many)]
        with CaptureQueriesContext(connection) as asked:
            dispatch.tick()
        counts.append(len(asked))
        assert set(states(*rows)) == {MessageState.ACCEPTED}

    assert counts[1] <= counts[0]


# --- buckets -----------------------------------------------------------------------------------


def test_no_faster_than_the_bucket_fills_and_the_nearest_visit_first(due, moment, carrier):
    SenderBucket.objects.create(
        channel="sms", sender=OFFICE, per_second=1, burst=2, tokens=2, refilled_at=MORNING
    )
    rows = [due(useful_until=MORNING + (6 - n) * HOUR) for n in range(5)]
    counts = []
    for _ in range(4):
        dispatch.tick()
        counts.append(len(carrier.ledger))
        moment.wait(seconds=1)

    assert counts == [2, 3, 4, 5]
    assert [entry.to for entry in carrier.ledger] == [row.address for row in reversed(rows)]
    assert {row.attempts_made for row in Message.objects.all()} == {1}


def test_an_answer_goes_before_a_morning_of_reminders(due, moment, carrier):
    SenderBucket.objects.create(
        channel="sms", sender=OFFICE, per_second=1, burst=1, tokens=1, refilled_at=MORNING
    )
    _, answer = due(useful_until=MORNING + HOUR), due(klass=MessageClass.ANSWER)
    dispatch.tick()

    assert [entry.to for entry in carrier.ledger] == [answer.address]


# --- breakers ----------------------------------------------------------------------------------


@pytest.fixture
def broken(due, settings):
    """A carrier that refuses our credentials: the breaker opens with the fifth refusal."""
    settings.TWILIO_AUTH_TOKEN = "wrong"
    rows = [due(**ANY_TIME) for _ in range(6)]
    dispatch.tick()
    return rows


def test_five_refused_settings_open_the_breaker_with_a_task(broken, moment, carrier):
    breaker = Breaker.objects.get()
    more = len(carrier.seen)
    moment.wait(seconds=30)
    dispatch.tick()

    assert (breaker.state, breaker.cause, breaker.until) == (
        BreakerState.OPEN, "It refuses our settings", MORNING + dt.timedelta(seconds=60),
    )  # fmt: skip
    assert len(carrier.seen) == more
    assert [task.kind for task in StaffTask.objects.all()] == [TaskKind.CARRIER_DOWN]
    assert {row.attempts_made for row in Message.objects.all()} == {0}


def test_after_its_pause_one_message_tries_and_closes_it(broken, moment, carrier, settings):
    settings.TWILIO_AUTH_TOKEN = "standin-secret"
    moment.wait(seconds=61)
    dispatch.tick()
    assert (len(carrier.ledger), Breaker.objects.get().state) == (6, BreakerState.CLOSED)


def test_the_one_that_fails_again_makes_the_pause_longer(broken, moment, carrier):
    asked = len(carrier.seen)
    moment.wait(seconds=61)
    dispatch.tick()
    breaker = Breaker.objects.get()

    assert len(carrier.seen) == asked + 1
    assert (breaker.state, breaker.until) == (BreakerState.OPEN, moment.at + dt.timedelta(seconds=120))


def test_more_than_half_failing_in_a_minute_opens_it(due, carrier):
    carrier.faults.extend(["500"] * 8)
    for _ in range(12):
        due(**ANY_TIME)
    dispatch.tick()

    assert Breaker.objects.get().cause == "More than half of the last minute failed"


def test_other_channels_go_on(broken, due):
    assert states(due(channel=Channel.EMAIL)) == [MessageState.ACCEPTED]


def test_while_it_is_open_what_loses_its_use_is_said_elsewhere(broken, due, with_hooks, moment):
    soon, later, nowhere = due(useful_until=MORNING + HOUR / 2), due(useful_until=MORNING + 5 * HOUR), due()
    Message.objects.filter(pk=nowhere.pk).update(useful_until=MORNING + HOUR / 2)
    with_hooks(fall_back=lambda subjects, now: {soon.subject, later.subject} & set(subjects))
    dispatch.reap()
    for row in (soon, later, nowhere):
        row.refresh_from_db()

    assert (soon.state, soon.reason) == (MessageState.EXPIRED, "The carrier was out of order")
    assert (later.state, nowhere.state, nowhere.reason) == (MessageState.DUE, MessageState.DUE, "")
    assert not StaffTask.objects.filter(message=soon).exists()


# --- the budget --------------------------------------------------------------------------------


def test_the_budget_warns_once_and_then_stops_reminders_only(due, policy, reachable):
    policy(monthly_budget=Decimal("0.03"), text_price=Decimal("0.01"), alert_percent=60)
    states(due(), due())
    assert [task.kind for task in StaffTask.objects.all()] == [TaskKind.BUDGET]
    states(due())

    refused, answer, mail = due(), due(klass="answer"), due(channel=Channel.EMAIL)
    assert states(refused, answer, mail) == ["skipped", "accepted", "accepted"]
    assert refused.reason == "The month's budget for messages is used up"
    month = Budget.objects.get()
    assert (month.month_on, month.spent) == (dt.date(2026, 11, 1), Decimal("0.04"))
    assert month.alerted_at == month.stopped_at == MORNING


def test_admins_are_told_of_the_budget_by_email_at_the_alert_and_at_the_end(due, policy, admin_user, moment):
    policy(monthly_budget=Decimal("0.02"), text_price=Decimal("0.01"), alert_percent=50)
    for _ in range(2):
        states(due())
    dispatch.tick()

    letters = Message.objects.filter(purpose="messaging.alarm")
    assert list(letters.values_list("address", "state")) == [(admin_user.email, "accepted")] * 2
    assert "/settings/sending/" in letters[0].attempts.get().text


# --- what waits too long, and what falls back --------------------------------------------------


def test_nothing_due_stays_behind_without_a_reason(due, moment):
    message = due(useful_until=MORNING + HOUR, send_at=MORNING + 5 * HOUR)
    moment.wait(hours=2)
    dispatch.reap()
    message.refresh_from_db()

    assert (message.state, message.reason) == (MessageState.EXPIRED, "No longer useful when its turn came")


def test_a_refusal_for_good_goes_to_the_next_channel_instead_of_to_a_person(due, carrier, with_hooks):
    asked = []
    with_hooks(fall_back=lambda subjects, now: asked.extend(subjects) or subjects)
    carrier.faults.append("400:21211")
    message = due()

    assert states(message) == [MessageState.DEAD]
    assert (asked, StaffTask.objects.count()) == ([message.subject], 0)


def test_what_may_have_arrived_is_said_nowhere_else(due, carrier, with_hooks, moment, policy):
    policy(is_strict=True)
    asked = []
    with_hooks(fall_back=lambda subjects, now: asked.extend(subjects) or subjects)
    carrier.faults.append("500")
    message = sent(due(**ANY_TIME))
    moment.wait(seconds=421)
    dispatch.reap()
    message.refresh_from_db()

    assert (message.state, message.reason) == (MessageState.DEAD, "Nobody can say whether it was sent")
    assert (asked, len(carrier.ledger)) == ([], 0)
    assert StaffTask.objects.get(message=message).kind == TaskKind.NOT_DELIVERED


def test_a_carrier_that_asks_to_wait_is_given_the_time(due, carrier, moment, monkeypatch):
    carrier.faults.append("429")
    monkeypatch.setattr("messaging.carriers.line.HttpClient.retry_after", 90.0, raising=False)
    monkeypatch.setattr("messaging.carriers.line._seconds", lambda _: 90.0)
    message = sent(due(**ANY_TIME))

    assert message.send_at >= moment.at + dt.timedelta(seconds=90)


@pytest.mark.parametrize("jitter", [0.0, 0.3, 0.999])
def test_a_retry_that_could_not_wait_for_tomorrow_comes_today(due, carrier, moment, monkeypatch, jitter):
    monkeypatch.setattr("random.random", lambda: jitter)
    moment.at = MORNING.replace(hour=23)  # 18:00; the window closes at 20:00
    carrier.faults.extend(["429"] * 2)
    message = sent(due(useful_until=MORNING + DAY - HOUR * 2))  # 08:00 tomorrow
    moment.wait(minutes=80)
    sent(message)

    assert message.attempts_made == 2
    assert message.send_at == MORNING + dt.timedelta(hours=9, minutes=30)  # 19:30, never as late as it closes


# --- callbacks that never came -----------------------------------------------------------------


def test_a_text_that_was_never_spoken_of_again_is_asked_about(due, carrier, moment):
    message = sent(due())
    assert message.look_at == MORNING + HOUR / 2
    carrier.status = "delivered"
    moment.wait(minutes=31)
    dispatch.reap()
    message.refresh_from_db()

    assert (message.state, message.look_at) == (MessageState.DELIVERED, None)


def test_three_times_and_no_more(due, carrier, moment):
    message = sent(due())
    looks = []
    for _ in range(4):
        looks.append(message.look_at)
        moment.at = (message.look_at or moment.at) + dt.timedelta(seconds=1)
        dispatch.reap()
        message.refresh_from_db()

    assert looks == [MORNING + HOUR / 2, MORNING + 2 * HOUR, MORNING + 24 * HOUR, None]
    assert message.state == MessageState.ACCEPTED


def test_pacing_two_numbers_of_one_person(due, reachable, carrier):
    """Caps are the number's, not the person's."""
    person = reachable()
    other = reachable()
    other.addresses.filter(kind="phone").update(value=address_of(person))
    other.consents.filter(channel=Channel.SMS).update(address=address_of(person))
    rows = [due(client=one) for one in (person, person, other)]

    assert states(*rows).count(MessageState.ACCEPTED) == 2
