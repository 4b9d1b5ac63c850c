"""What the practice allows its messages, and the page where it says so."""

import datetime as dt
import uuid
from dataclasses import asdict, replace
from decimal import Decimal

import pytest
from django.urls import reverse

from core.refusals import NotAllowed, Refusal, StaleEdit
from messaging.models import SendingPolicy
from messaging.operations.policy import PolicyFacts, facts_now, mark_of, policy_now, save_policy
from messaging.signals import window_changed
from practice.models import AuditEntry, Practice
from practice.queries import the_practice

PAGE = reverse("messaging:policy")


@pytest.fixture
def ada(admin_user, actor):
    return actor(admin_user)


@pytest.fixture
def browser(signed_in, admin_user):
    return signed_in(admin_user)


def facts() -> PolicyFacts:
    return facts_now(the_practice(), policy_now())


def save(by, **differs) -> None:
    now = facts()
    save_policy(replace(now, **differs), seen=mark_of(now), by=by)


def posted(**said) -> dict:
    now = facts()
    shown = {name: value for name, value in asdict(now).items() if value not in (None, False)}
    return {"change_id": str(uuid.uuid4()), "seen": mark_of(now), **shown} | said


def test_what_is_said_holds_and_stands_in_the_trail(ada, provider):
    save(
        ada,
        sender_name="Quiet Office",
        cap_per_week=4,
        monthly_budget=Decimal(50),
        provider_ids=(provider.pk,),
    )

    assert (facts().sender_name, facts().cap_per_week, facts().provider_ids) == (
        "Quiet Office",
        4,
        (provider.pk,),
    )
    entries = AuditEntry.objects.filter(act__in=["practice.changed", "sendingpolicy.changed", "policy.pilot"])
    assert [entry.after for entry in entries.order_by("pk")] == [
        {"sender_name": "Quiet Office"},
        {"cap_per_week": 4, "monthly_budget": "50"},
        {"providers": [provider.pk]},
    ]


def test_plans_hear_when_the_hours_change_and_only_then(ada):
    heard = []
    window_changed.connect(hear := lambda **news: heard.append(news["now"]), weak=False)
    try:
        save(ada, cap_per_day=1)
        save(ada, window_opens_at=dt.time(10))
        save(ada, window_weekends=True)
    finally:
        window_changed.disconnect(hear)

    assert len(heard) == 2


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"window_opens_at": dt.time(7)}, "window_opens_at"),
        ({"window_closes_at": dt.time(22)}, "window_closes_at"),
        ({"window_opens_at": dt.time(12), "window_closes_at": dt.time(12)}, "window_closes_at"),
        ({"cap_per_day": 7}, "cap_per_day"),
    ],
)
def test_what_makes_no_sense_is_refused(ada, said, field):
    with pytest.raises(Refusal) as refused:
        save(ada, **said)

    assert refused.value.field == field
    assert not SendingPolicy.objects.exists()


def test_it_is_the_admins(actor, front_desk, provider):
    for who in (front_desk, provider):
        with pytest.raises(NotAllowed):
            save(actor(who), cap_per_day=1)


def test_an_old_copy_is_refused(ada):
    old = facts()
    save(ada, cap_per_day=1)

    with pytest.raises(StaleEdit):
        save_policy(old, seen=mark_of(old), by=ada)


def test_the_page_saves(browser):
    answer = browser.post(PAGE, posted(sender_name="Quiet Office", is_strict="on"))

    assert (answer.status_code, answer["Location"]) == (302, PAGE)
    assert (Practice.objects.get().sender_name, SendingPolicy.objects.get().is_strict) == (
        "Quiet Office",
        True,
    )
    assert 'value="Quiet Office"' in browser.get(PAGE).content.decode()


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"sender_name": "Riverside Therapy"}, "id_sender_name"),
        ({"crisis_text": "x" * 300 + "é"}, "id_crisis_text"),
        ({"crisis_text": "’" * 150}, "id_crisis_text"),
        ({"retries": "6"}, "id_retries"),
        ({"window_opens_at": "07:00"}, "id_window_opens_at"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(browser, said, field):
    answer = browser.post(PAGE, posted(**said))

    assert answer.status_code == 422
    assert f'id="{field}_error"' in answer.content.decode()


def test_an_old_copy_on_the_page_may_be_saved_again(browser, ada):
    old = posted(sender_name="Mine")
    save(ada, cap_per_day=1)

    refused = browser.post(PAGE, old)
    fresh = refused.context["form"].data["seen"]
    again = browser.post(PAGE, old | {"seen": fresh})

    assert refused.status_code == 409
    assert 'value="Mine"' in refused.content.decode()
    assert again.status_code == 302
