"""Plans follow addresses, the client's record, and the schedule; what was said or decided stays."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core import clock
from practice.models import Address, Client
from practice.operations.clients import ClientFacts, change_client
from reminders.models import Reminder, ReminderRule, Replanning
from reminders.operations import following
from reminders.operations.following import follow, replan_all, rules_changed
from reminders.tests.conftest import MAIL, NOW, PHONE, ny
from reminders.tests.factories import ReminderRuleFactory, RuleOverrideFactory
from reminders.tests.test_planning import plan
from reminders.tests.test_planning_many import crowd
from scheduling import operations
from scheduling.models import Appointment

OTHER = "+12025550118"


def facts(client: Client, **now) -> ClientFacts:
    return ClientFacts(**({"first_name": client.first_name, "last_name": client.last_name} | now))


def texts(**of) -> list[tuple[str, str, str]]:
    """(rule, channel, state) of what is not the portal's."""
    return [(row[0], row[2], row[3]) for row in plan(**of) if row[2] != "portal"]


@pytest.fixture
def visit(regular, agree, booked) -> Appointment:
    """Thursday at eleven, two days before it the first step."""
    agree(regular, PHONE)
    agree(regular, MAIL)
    return booked(regular, notice="none").appointment


def test_a_number_that_is_changed_on_the_record_moves_the_plan_to_what_may_be_used(visit, regular, desk):
    assert {row[1] for row in texts()} == {"sms"}

    change_client(
        regular.pk,
        facts=facts(regular, phone=OTHER, safe_to_text=True, email=MAIL, safe_to_email=True),
        by=desk,
    )

    assert texts(state="planned") == [
        ("48 hours before", "email", "planned"),
        ("24 hours before", "email", "planned"),
        ("2 hours before", "email", "planned"),
    ]
    assert {row.reason for row in Reminder.objects.filter(state="superseded")} == {
        "No address may be used for it any more"
    }


def test_a_flag_taken_away_and_given_back_opens_the_same_rows(visit, regular, desk):
    before = texts()
    for is_safe in (False, True):
        change_client(
            regular.pk,
            facts=facts(regular, phone=PHONE, safe_to_text=is_safe, email=MAIL, safe_to_email=True),
            by=desk,
        )

    assert texts(channel="sms") == before
    assert {row[2] for row in texts(channel="email")} == {"superseded"}


def test_a_wish_for_another_channel_is_followed(visit, regular, desk):
    same = {"phone": PHONE, "safe_to_text": True, "email": MAIL, "safe_to_email": True}

    change_client(regular.pk, facts=facts(regular, preferred_channel="email", **same), by=desk)

    assert {row[1] for row in texts(state="planned")} == {"email"}


def test_a_change_that_reaches_nobody_asks_nothing_of_the_plan(visit, regular, desk):
    same = {"phone": PHONE, "safe_to_text": True, "email": MAIL, "safe_to_email": True}

    with CaptureQueriesContext(connection) as queries:
        change_client(regular.pk, facts=facts(regular, pronouns="she/her", **same), by=desk)

    assert not any("reminders_" in query["sql"] for query in queries)


def test_following_what_has_not_changed_changes_nothing(visit):
    before = list(Reminder.objects.order_by("pk").values())

    follow([visit], clock.now())

    assert list(Reminder.objects.order_by("pk").values()) == before


def test_who_shared_a_number_and_gets_their_own_is_told_by_themself(regular, guardian, agree, booked):
    parent = guardian()
    agree(regular, PHONE)
    agree(regular, PHONE, contact=parent)
    booked(regular)
    assert {row[3] for row in plan(contact=parent)} == {"skipped"}

    agree(regular, OTHER, contact=parent)
    Address.objects.filter(contact=parent, value=PHONE).delete()
    following.follow_clients({regular.pk}, NOW)

    assert {row[3] for row in plan(contact=parent)} == {"planned"}


def test_who_was_told_with_another_is_not_told_again_by_themself(regular, guardian, agree, booked):
    parent = guardian()
    agree(regular, PHONE)
    agree(regular, PHONE, contact=parent)
    booked(regular)
    Reminder.objects.filter(contact=None, rule__kind="initial").update(state="sent")

    following.follow_clients({regular.pk}, NOW)

    assert [row[3] for row in plan(contact=parent, rule__kind="initial")] == ["skipped"]


def test_a_changed_schedule_moves_closes_and_adds(visit):
    ReminderRule.objects.filter(name="24 hours before").update(offset_minutes=26 * 60)
    ReminderRule.objects.filter(name="2 hours before").update(is_active=False)
    ReminderRuleFactory(name="Evening before", offset_minutes=1440, at_time=dt.time(18), channels=["email"])

    rules_changed(NOW)
    assert replan_all() == 1

    assert plan(state="planned") == [
        ("48 hours before", "client", "sms", "planned", "Tue 24 11:00"),
        ("48 hours before", "client", "portal", "planned", "Tue 24 11:00"),
        ("24 hours before", "client", "sms", "planned", "Wed 25 09:00"),
        ("24 hours before", "client", "portal", "planned", "Wed 25 09:00"),
        ("Evening before", "client", "email", "planned", "Wed 25 18:00"),
        ("Evening before", "client", "portal", "planned", "Wed 25 18:00"),
    ]
    assert {(row.rule.name, row.reason) for row in Reminder.objects.filter(state="superseded")} == {
        ("2 hours before", "Not a step of this visit any more")
    }


def test_an_exception_for_a_type_reaches_only_its_visits(visit, regular, booked, kind):
    RuleOverrideFactory(rule=ReminderRule.objects.get(name="48 hours before"), type=kind)
    RuleOverrideFactory(rule=ReminderRule.objects.get(name="24 hours before"))  # for another type

    rules_changed(NOW)
    replan_all()

    assert [row[0] for row in texts(state="planned")] == ["24 hours before", "2 hours before"]


def test_what_was_handed_over_skipped_or_is_due_stays_as_it_is(visit):
    Reminder.objects.filter(rule__name="48 hours before").update(state="sent")
    Reminder.objects.filter(rule__name="24 hours before").update(state="skipped", reason="Said on the phone")
    before = list(Reminder.objects.exclude(rule__name="2 hours before").order_by("pk").values())
    ReminderRule.objects.exclude(name="2 hours before").update(offset_minutes=30 * 60)

    with clock.frozen(ny(26, 9)):  # the last step is due this minute
        rules_changed(clock.now())
        replan_all()

    assert list(Reminder.objects.exclude(rule__name="2 hours before").order_by("pk").values()) == before
    assert {row[2] for row in texts(rule__name="2 hours before")} == {"planned"}


def test_the_confirmation_that_still_waits_goes_out_where_it_may(regular, agree, booked, desk):
    agree(regular, PHONE)
    agree(regular, MAIL)
    booked(regular)
    promised = Reminder.objects.get(rule__kind="initial", channel="sms")

    agree(regular, PHONE, granted=False)

    moved = Reminder.objects.get(rule__kind="initial", channel="email")
    assert (moved.state, moved.not_before) == ("planned", promised.not_before)


def test_a_round_goes_batch_by_batch_and_starts_anew_when_the_schedule_changes_again(practice, monkeypatch):
    visits = crowd(5)
    monkeypatch.setattr(following, "BATCH", 2)
    rules_changed(NOW)
    following._replan_next()
    half = Replanning.objects.get()
    assert (half.visits, half.after_id, half.finished_at) == (2, visits[1].pk, None)

    rules_changed(NOW)
    assert Replanning.objects.get().after_id == 0
    replan_all()

    whole = Replanning.objects.get()
    assert (whole.visits, whole.finished_at) == (5, NOW)
    assert replan_all() == 0


def test_replanning_costs_the_same_for_two_visits_and_for_twenty(practice):
    counted = []
    for visits in (crowd(2), crowd(20)):
        follow(visits, NOW)
        ReminderRule.objects.filter(name="24 hours before").update(offset_minutes=1440 + len(visits))
        with CaptureQueriesContext(connection) as queries:
            follow(visits, NOW)
        counted.append(len(queries))

    assert counted[0] == counted[1]


def test_a_restored_visit_has_its_plan_again(visit, desk):
    operations.cancel(visit.pk, reason="client_request", by=desk)
    operations.restore(visit.pk, by=desk, notice="none", override_reason="test")

    planned = [row[0] for row in texts(state="planned", occurrence=2)]

    assert planned == ["48 hours before", "24 hours before", "2 hours before"]


def test_the_admin_asks_for_a_new_round(visit, signed_in, admin_user):
    rule = ReminderRule.objects.get(name="24 hours before")
    sent = {
        "name": rule.name, "kind": rule.kind, "offset_minutes": 1500, "channels": "sms,email", "drop_rank": 1,
        "is_active": "on", "overrides-TOTAL_FORMS": 0, "overrides-INITIAL_FORMS": 0,
    }  # fmt: skip

    answer = signed_in(admin_user).post(f"/admin/reminders/reminderrule/{rule.pk}/change/", sent)

    assert answer.status_code == 302, answer.context["adminform"].form.errors
    assert Replanning.objects.filter(finished_at=None).count() == 1
