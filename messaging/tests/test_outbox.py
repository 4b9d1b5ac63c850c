"""Into the outbox and back out of it, consent, addresses, tasks, and the carrier's published description."""

import datetime as dt
import json
import threading
from pathlib import Path

import pytest
from django.db import connection, transaction
from django.urls import reverse

from core.refusals import NotAllowed
from messaging.models import Consent, Message, StaffTask, Suppression
from messaging.operations import claiming, consent, dispatch
from messaging.operations.outbox import AlreadyOnItsWay, NewMessage, enqueue, withdraw
from messaging.operations.tasks import close_task, raise_task
from messaging.queries import address_standings, usable_addresses
from messaging.states import ConsentSource, MessageState, TaskKind
from messaging.tests.conftest import MORNING, address_of, sent
from messaging.tests.factories import ConsentFactory, InboundMessageFactory, MessageFactory, StaffTaskFactory
from practice.states import Channel
from practice.tests.factories import AddressFactory, ChangeFactory, ClientContactFactory, ClientFactory

HOUR = dt.timedelta(hours=1)


def new(person, subject=1, **columns):
    usual = {
        "purpose": "outbox",
        "subject": subject,
        "client_id": person.pk,
        "channel": Channel.SMS,
        "address": "+12025550001",
        "klass": "reminder",
        "not_before": MORNING,
        "due_at": MORNING + HOUR,
        "useful_until": MORNING + 2 * HOUR,
    }
    return NewMessage(**(usual | columns))


def test_many_messages_go_in_at_once(db, django_assert_num_queries):
    person = ClientFactory()
    with django_assert_num_queries(3):  # savepoint, insert, release
        rows = enqueue([new(person, n) for n in range(1, 21)], now=MORNING)

    assert [(row.state, row.send_at, row.created_at) for row in rows] == [
        (MessageState.DUE, MORNING + HOUR, MORNING)
    ] * 20


def test_the_same_plan_row_makes_one_live_message(db):
    person = ClientFactory()
    first = list(enqueue([new(person)], now=MORNING))

    assert enqueue([new(person), new(person, 2)], now=MORNING)[0].subject == 2
    assert Message.objects.count() == 2
    Message.objects.filter(pk=first[0].pk).update(state=MessageState.SKIPPED, reason="x")
    assert len(enqueue([new(person)], now=MORNING)) == 1


def test_nothing_goes_before_its_change_can_no_longer_be_undone(db):
    row = enqueue([new(ClientFactory(), not_before=MORNING + 2 * HOUR)], now=MORNING)[0]

    assert row.send_at == MORNING + 2 * HOUR
    assert claiming.claim("me", now=MORNING + 2 * HOUR - dt.timedelta(seconds=1)) == []


def test_undo_takes_back_what_nobody_has_touched(db):
    change = ChangeFactory()
    enqueue([new(ClientFactory(), change_id=change.pk)], now=MORNING)
    other = MessageFactory()

    assert withdraw(change) == 1
    assert list(Message.objects.all()) == [other]


@pytest.mark.parametrize("columns", [{"state": MessageState.ACCEPTED}, {"attempts_made": 1}])
def test_undo_cannot_take_back_what_is_on_its_way(db, columns):
    change = ChangeFactory()
    MessageFactory(change=change)
    MessageFactory(change=change, **columns)

    with pytest.raises(AlreadyOnItsWay):
        withdraw(change)
    assert Message.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_ten_claimers_never_get_the_same_message():
    for _ in range(60):
        MessageFactory(klass="answer")
    now, claimed, lock = MORNING + dt.timedelta(days=9), [], threading.Lock()

    def work(name):
        try:
            while ids := claiming.claim(name, now=now, limit=3):
                with lock:
                    claimed.extend(ids)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(f"owner {n}",)) for n in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(claimed) == sorted(Message.objects.values_list("pk", flat=True))


@pytest.mark.django_db(transaction=True)
def test_a_tick_sends_with_several_threads(due, carrier, settings):
    settings.MESSAGE_SENDERS = 4
    messages = [due() for _ in range(9)]
    tally = dispatch.tick()

    assert (tally.claimed, tally.failed) == (9, 0)
    assert sorted(carrier.texts) == sorted((m.address, f"Hello {m.subject}") for m in messages)


def test_usable_addresses_in_a_constant_number_of_queries(reachable, django_assert_num_queries, moment):
    people = [reachable() for _ in range(3)]
    contact = ClientContactFactory(client=people[0], may_receive=True)
    AddressFactory(client=None, contact=contact, safe_to_text=True)
    few = [(people[0].pk, None), (people[0].pk, contact.pk)]
    everybody = [*few, (people[1].pk, None), (people[2].pk, None)]
    for recipients in (few, everybody):
        with django_assert_num_queries(5):
            usable = usable_addresses(recipients, moment.at)

    assert usable[people[1].pk, None] == {
        "sms": address_of(people[1]),
        "email": address_of(people[1], Channel.EMAIL),
    }
    assert usable[people[0].pk, contact.pk] == {}


def test_the_preferred_usable_address_is_taken(reachable, moment):
    person = reachable()
    better = AddressFactory(client=person, safe_to_text=True, is_preferred=True)
    assert usable_addresses([(person.pk, None)], moment.at)[person.pk, None]["sms"] != better.value
    ConsentFactory(client=person, address=better.value)

    assert usable_addresses([(person.pk, None)], moment.at)[person.pk, None]["sms"] == better.value
    assert [row.refusal for row in address_standings([(person.pk, None)], moment.at)[person.pk, None]] == [
        ""
    ] * 3


def test_texts_are_no_channel_without_a_carrier(reachable, moment, settings):
    person = reachable()
    settings.TWILIO_ACCOUNT_SID = ""

    assert set(usable_addresses([(person.pk, None)], moment.at)[person.pk, None]) == {"email"}


def test_the_newest_line_of_consent_holds(reachable, moment, front_desk, actor):
    person = reachable()
    common = {
        "channel": "sms",
        "address": address_of(person),
        "wording": "On the phone",
        "by": actor(front_desk),
    }
    for granted, usable in ((False, False), (True, True)):
        consent.record_consent(person, granted=granted, source=ConsentSource.VERBAL, **common)
        assert ("sms" in usable_addresses([(person.pk, None)], moment.at)[person.pk, None]) is usable
    assert Consent.objects.filter(client=person, channel="sms").count() == 3


def test_who_may_not_record_consent_cannot(reachable, biller, actor):
    person = reachable()
    with pytest.raises(NotAllowed):
        consent.record_consent(
            person,
            channel="sms",
            address="+12025550001",
            granted=True,
            wording="x",
            source=ConsentSource.VERBAL,
            by=actor(biller),
        )
    with pytest.raises(NotAllowed):
        consent.lift("+12025550001", channels=["sms"], by=actor(biller), now=MORNING)


def test_a_suppression_is_one_live_row_and_lifted_not_deleted(db, moment):
    for _ in range(2):
        consent.suppress("+12025550001", channels=["sms"], reason="bad_address", now=moment.at)
    assert consent.lift("+12025550001", channels=["sms"], now=moment.at, reason="other") == 0
    assert consent.lift("+12025550001", channels=["sms"], now=moment.at) == 1
    consent.suppress("+12025550001", channels=["sms"], reason="bad_address", now=moment.at)

    assert list(Suppression.objects.order_by("id").values_list("lifted_at", flat=True)) == [moment.at, None]


def test_the_same_trouble_twice_is_one_task(db):
    message = MessageFactory()
    for _ in range(2):
        raise_task(TaskKind.NOT_DELIVERED, now=MORNING, client_id=message.client_id, message=message)

    assert StaffTask.objects.count() == 1


def test_a_task_is_done_once_by_who_was_first(front_desk, admin_user, actor):
    task = StaffTaskFactory()
    first = close_task(task.pk, by=actor(front_desk))

    assert close_task(task.pk, by=actor(admin_user)).done_by == front_desk
    assert first.done_at is not None


def test_billing_closes_no_tasks_and_a_provider_only_own_clients(biller, provider, stranger, actor):
    with pytest.raises(NotAllowed):
        close_task(StaffTaskFactory().pk, by=actor(biller))
    with pytest.raises(StaffTask.DoesNotExist):
        close_task(StaffTaskFactory(client=stranger).pk, by=actor(provider))


def test_the_task_page_shows_own_clients_danger_first(provider, regular, stranger, signed_in):
    StaffTaskFactory(client=stranger)
    StaffTaskFactory(
        client=regular, kind=TaskKind.READ_REPLY, inbound=InboundMessageFactory(text="Is it <b>on</b>?")
    )
    StaffTaskFactory(client=regular, kind=TaskKind.CRISIS)
    page = signed_in(provider).get(reverse("messaging:task-list")).content.decode()

    assert stranger.name not in page
    assert page.count(regular.name) == 2
    assert page.index("Somebody may be in danger") < page.index("Read a reply")
    assert "Is it &lt;b&gt;on&lt;/b&gt;?" in page


def test_a_task_is_closed_from_the_page(front_desk, signed_in):
    task = StaffTaskFactory()
    answer = signed_in(front_desk).post(reverse("messaging:task-close", args=[task.pk]))
    task.refresh_from_db()

    assert (answer.status_code, answer.url, task.done_by) == (302, "/tasks/", front_desk)


def test_the_task_page_is_closed_to_billing_and_to_the_world(biller, signed_in, client):
    assert signed_in(biller).get(reverse("messaging:task-list")).status_code == 403
    assert client.get(reverse("messaging:task-list")).status_code == 302


@pytest.mark.parametrize("rows", [1, 3])
def test_the_task_page_asks_a_constant_number_of_times(
    front_desk, signed_in, django_assert_max_num_queries, rows
):
    for _ in range(rows):
        row = InboundMessageFactory()
        StaffTaskFactory(client=ClientFactory(), inbound=row, message=MessageFactory())
    browser = signed_in(front_desk)
    with django_assert_max_num_queries(6):
        browser.get(reverse("messaging:task-list"))


DESCRIPTION = Path(__file__).parents[3] / "shared" / "reference" / "twilio_api_v2010.json"


@pytest.mark.skipif(
    not DESCRIPTION.exists(), reason="Twilio's published description lies beside the project only"
)
def test_our_request_fits_twilios_published_description(due, carrier):
    sent(due(useful_until=MORNING + 30 * HOUR))
    path = json.loads(DESCRIPTION.read_text())["paths"]["/2010-04-01/Accounts/{AccountSid}/Messages.json"]
    schema = path["post"]["requestBody"]["content"]["application/x-www-form-urlencoded"]["schema"]
    form = carrier.ledger[0].form

    assert set(form) - set(schema["properties"]) == set()
    assert set(schema.get("required", [])) - set(form) == set()
    assert 1 <= int(form["ValidityPeriod"]) <= 36_000
    assert form["SmartEncoded"] in ("true", "false")
    listed = {parameter["name"] for parameter in path["get"]["parameters"]}
    assert {"To", "PageSize"} <= listed


@pytest.mark.django_db(transaction=True)
def test_enqueue_wakes_the_dispatcher_after_commit_only(monkeypatch):
    from core import nudge  # noqa: PLC0415  patched here

    woken = []
    monkeypatch.setattr(nudge, "_send", lambda task, ids: woken.append(task))
    with transaction.atomic():
        enqueue([new(ClientFactory())], now=MORNING)
        assert woken == []

    assert woken == ["messaging.dispatch"]
