"""Somebody may be in danger: told at once, by day and night, and again until somebody is on it."""

import datetime as dt

import pytest

from core.actors import Actor, ActorKind
from core.refusals import NotAllowed
from messaging.models import Alarm, Message, StaffTask
from messaging.operations import dispatch
from messaging.operations.alarms import ALARM, acknowledge, raise_crisis, ring_again, whom_to_tell
from messaging.operations.tasks import close_task
from messaging.states import TaskKind
from messaging.tests.factories import InboundMessageFactory
from practice.states import Role
from practice.tests.factories import CareTeamFactory, ClientFactory, ProviderFactory, UserFactory


@pytest.fixture
def staff(practice):
    """The client's provider, who supervises them, somebody else's provider, and the desk."""
    supervisor = ProviderFactory()
    own, other = ProviderFactory(supervisor=supervisor), ProviderFactory()
    return {
        "own": UserFactory(roles=[Role.PROVIDER], provider=own),
        "supervisor": UserFactory(roles=[Role.PROVIDER], provider=supervisor),
        "other": UserFactory(roles=[Role.PROVIDER], provider=other),
        "desk": UserFactory(roles=[Role.FRONT_DESK]),
    }


@pytest.fixture
def written(staff, moment):
    """A crisis text of the provider's client has just come in."""
    client = ClientFactory()
    CareTeamFactory(client=client, provider=staff["own"].provider)
    (task,) = raise_crisis(
        InboundMessageFactory(client=client, text="I want to die"), clients=[client.pk], now=moment.at
    )
    return task


def told() -> list[str]:
    return list(Message.objects.filter(purpose=ALARM).order_by("pk").values_list("address", flat=True))


def desk_actor(staff) -> Actor:
    return Actor(kind=ActorKind.USER, id=staff["desk"].pk, roles=frozenset({Role.FRONT_DESK}))


def test_provider_supervisor_and_desk_are_told_and_nobody_else(written, staff):
    names = {user: name for name, user in staff.items()}

    assert {names[user] for user in whom_to_tell(written.client_id)} == {"own", "supervisor", "desk"}
    assert sorted(told()) == sorted(staff[name].email for name in ("own", "supervisor", "desk"))


def test_the_email_leaves_at_night_and_says_no_name_and_no_word(written, moment, mailoutbox):
    moment.at = dt.datetime(2026, 11, 29, 8, tzinfo=dt.UTC)  # a Sunday, three in the morning
    ring_again(moment.at)
    dispatch.tick()

    assert {mail.subject for mail in mailoutbox} == {"Urgent: somebody may be in danger"}
    assert not any(written.client.last_name in mail.body or "die" in mail.body for mail in mailoutbox)


def test_it_repeats_until_somebody_is_on_it(written, staff, moment):
    assert ring_again(moment.at) == 0
    moment.wait(minutes=10)
    assert ring_again(moment.at) == 1
    assert ring_again(moment.at) == 0
    assert Alarm.objects.count() == 6

    acknowledge(written.pk, by=desk_actor(staff))
    acknowledge(written.pk, by=desk_actor(staff))
    moment.wait(hours=1)

    assert ring_again(moment.at) == 0
    written.refresh_from_db()
    assert (written.acknowledged_by, written.rings_at, written.done_at) == (staff["desk"], None, None)


def test_an_email_still_waiting_is_not_sent_when_somebody_is_on_it(written, staff, moment, mailoutbox):
    acknowledge(written.pk, by=desk_actor(staff))
    dispatch.tick()

    assert mailoutbox == []


def test_closing_the_task_ends_it_too(written, staff, moment):
    close_task(written.pk, by=desk_actor(staff))
    moment.wait(hours=1)

    assert ring_again(moment.at) == 0


def test_billing_and_other_providers_take_nothing_up(written, staff):
    with pytest.raises(NotAllowed):
        acknowledge(written.pk, by=Actor(kind=ActorKind.USER, id=1, roles=frozenset({Role.BILLING})))
    other = staff["other"]
    stranger = Actor(
        kind=ActorKind.USER, id=other.pk, roles=frozenset({Role.PROVIDER}), provider_id=other.provider_id
    )
    with pytest.raises(StaffTask.DoesNotExist):
        acknowledge(written.pk, by=stranger)


def test_on_a_shared_number_each_clients_provider_has_a_task(staff, moment):
    first, second = ClientFactory(), ClientFactory()
    tasks = raise_crisis(InboundMessageFactory(client=None), clients=[first.pk, second.pk], now=moment.at)

    assert [(task.client_id, task.kind) for task in tasks] == [
        (first.pk, TaskKind.CRISIS),
        (second.pk, TaskKind.CRISIS),
    ]
