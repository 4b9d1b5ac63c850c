"""Settings: the steps of the schedule, their exceptions, and what changing them does to the plans."""

import datetime as dt
import uuid

import pytest
from django.urls import reverse

from core import clock
from core.refusals import NotAllowed, Refusal, StaleEdit
from messaging.models import Template
from messaging.tests.factories import TemplateFactory
from practice.models import AuditEntry
from reminders.models import Reminder, ReminderRule, Replanning, RuleOverride
from reminders.operations.following import replan_all
from reminders.operations.schedule import (
    delete_rule_if_unused,
    remove_exception,
    save_exception,
    save_rule,
)
from reminders.queries.effects import changes_of, facts_of
from reminders.rules.steps import Effect, ExceptionFacts, StepFacts, effect_of, in_words
from reminders.tests.conftest import PHONE, ny
from reminders.tests.factories import ReminderRuleFactory, RuleOverrideFactory
from scheduling.tests.factories import AppointmentTypeFactory

DAY = StepFacts(name="Day before", channels=("sms", "email"))


@pytest.fixture
def ada(admin_user, actor):
    return actor(admin_user)


@pytest.fixture
def browser(signed_in, admin_user):
    return signed_in(admin_user)


@pytest.fixture
def rule() -> ReminderRule:
    return ReminderRule.objects.get(name="24 hours before")


def posted(**said) -> dict:
    return {
        "change_id": str(uuid.uuid4()),
        "edition": "",
        "name": "Three days before",
        "kind": "before",
        "amount": "3",
        "unit": "days",
        "at_time": "",
        "first": "email",
        "second": "sms",
        "third": "",
        "drop_rank": "2",
        "is_active": "on",
    } | said


def edit(rule) -> str:
    return reverse("reminders:rule-edit", args=[rule.pk])


@pytest.mark.parametrize(
    ("step", "words"),
    [
        (("initial", 0), "right after booking"),
        (("before", 1440), "24 hours before"),
        (("before", 2880), "2 days before"),
        (("before", 10080), "7 days before"),
        (("before", 60), "1 hour before"),
        (("before", 45), "45 minutes before"),
        (("after", 120), "2 hours after"),
        (("before", 0, "8:00 am"), "on the day of the visit, at 8:00 am"),
        (("before", 1440, "5:00 pm"), "the day before, at 5:00 pm"),
        (("before", 4320, "5:00 pm"), "3 days before, at 5:00 pm"),
    ],
)
def test_a_step_in_words(step, words):
    assert in_words(*step) == words


@pytest.mark.parametrize(
    ("before", "after", "effect"),
    [
        (None, {}, Effect.STARTS),
        (None, {"is_active": False}, Effect.NONE),
        ({}, None, Effect.STOPS),
        ({}, {"is_active": False}, Effect.STOPS),
        ({"is_active": False}, {}, Effect.STARTS),
        ({"is_active": False}, {"is_active": False, "offset_minutes": 5}, Effect.NONE),
        ({}, {"name": "Another", "drop_rank": 3}, Effect.NONE),
        ({}, {"offset_minutes": 60}, Effect.MOVES),
        ({}, {"at_time": dt.time(8)}, Effect.MOVES),
        ({}, {"channels": ("email", "sms")}, Effect.REROUTES),
        ({}, {"only_high_risk": True}, Effect.NARROWS),
    ],
)
def test_what_a_change_does(before, after, effect):
    was, will = (None if said is None else StepFacts(**{"name": "x"} | said) for said in (before, after))

    assert effect_of(was, will) == effect


def test_a_step_moved_moves_the_plans_in_the_same_wake(regular, agree, booked, rule, ada):
    agree(regular, PHONE)
    booked(regular)
    planned = Reminder.objects.get(rule=rule, channel="sms")
    facts = StepFacts(name=rule.name, offset_minutes=72 * 60 - 60, channels=("sms", "email"))

    told = changes_of(rule, facts, clock.now())
    saved = save_rule(rule.pk, facts, by=ada, edition=1)
    replan_all()

    planned.refresh_from_db()
    assert told.words == "1 planned reminder of 1 visit gets another time; 1 visit to come are looked at."
    assert (saved.rule.edition, planned.due_at) == (2, ny(23, 12))
    assert Replanning.objects.get().visits == 1
    entry = AuditEntry.objects.get(act="rule.changed")
    assert (entry.before["offset_minutes"], entry.after["offset_minutes"]) == (1440, 4260)


def test_a_step_switched_off_takes_its_reminders_back(regular, agree, booked, rule, ada):
    agree(regular, PHONE)
    booked(regular)
    facts = facts_of(rule)

    save_rule(
        rule.pk, StepFacts(**{n: getattr(facts, n) for n in facts.__slots__} | {"is_active": False}), by=ada
    )
    replan_all()

    assert set(Reminder.objects.filter(rule=rule).values_list("state", flat=True)) == {"superseded"}


def test_a_new_step_is_planned_for_visits_already_booked(regular, agree, booked, ada):
    agree(regular, PHONE)
    booked(regular)

    saved = save_rule(
        None, StepFacts(name="Morning", offset_minutes=0, at_time=dt.time(9, 30), channels=("sms",)), by=ada
    )
    replan_all()

    assert Reminder.objects.get(rule=saved.rule, channel="sms").due_at == ny(26, 9, 30)


def test_an_exception_is_for_those_visits_alone(regular, agree, booked, rule, ada, kind):
    agree(regular, PHONE)
    person, other = booked(regular), AppointmentTypeFactory()

    save_exception(rule.pk, ExceptionFacts(type_id=kind.pk, is_active=False), by=ada, edition=1)
    save_exception(rule.pk, ExceptionFacts(type_id=other.pk, channels=("email",)), by=ada, edition=2)
    replan_all()

    assert set(Reminder.objects.filter(rule=rule, attendance=person).values_list("state", flat=True)) == {
        "superseded"
    }
    first = RuleOverride.objects.get(type=kind)
    remove_exception(rule.pk, exception_id=first.pk, by=ada, edition=3)
    replan_all()
    assert Reminder.objects.filter(rule=rule, state="planned", channel="sms").count() == 1
    assert RuleOverride.objects.count() == 1


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"channels": ()}, "first"),
        ({"offset_minutes": 0}, "amount"),
        ({"offset_minutes": 90, "at_time": dt.time(8)}, "unit"),
        ({"kind": "initial"}, "kind"),
        ({"name": "7 days before"}, "name"),
    ],
)
def test_a_step_that_makes_no_sense_is_refused(ada, facts, field):
    said = {"name": "New", "channels": ("sms",)} | facts

    with pytest.raises(Refusal) as refused:
        save_rule(None, StepFacts(**said), by=ada)

    assert refused.value.field == field
    assert not Replanning.objects.exists()


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"type_id": None}, "type"),
        ({"channels": ()}, "first"),
        ({"offset_minutes": 90, "at_time": dt.time(8)}, "unit"),
        ({}, "type"),
    ],
)
def test_an_exception_that_makes_no_sense_is_refused(ada, rule, kind, facts, field):
    RuleOverrideFactory(rule=rule, type=kind)

    with pytest.raises(Refusal) as refused:
        save_exception(rule.pk, ExceptionFacts(**{"type_id": kind.pk} | facts), by=ada)

    assert refused.value.field == field


def test_a_step_never_planned_goes_with_all_that_hangs_on_it(ada, rule, regular, agree, booked):
    agree(regular, PHONE)
    booked(regular)
    unused = ReminderRuleFactory()
    RuleOverrideFactory(rule=unused)
    TemplateFactory(scope=unused.pk)

    delete_rule_if_unused(unused.pk, by=ada)

    assert not ReminderRule.objects.filter(pk=unused.pk).exists()
    assert not RuleOverride.objects.exists()
    assert not Template.objects.exists()
    with pytest.raises(Refusal, match="planned for visits"):
        delete_rule_if_unused(rule.pk, by=ada)


def test_the_schedule_is_the_admins(actor, front_desk, provider, rule):
    for who in (front_desk, provider):
        by = actor(who)
        for act in (
            lambda by=by: save_rule(rule.pk, DAY, by=by),
            lambda by=by: delete_rule_if_unused(rule.pk, by=by),
            lambda by=by: save_exception(rule.pk, ExceptionFacts(provider_id=1), by=by),
            lambda by=by: remove_exception(rule.pk, exception_id=1, by=by),
        ):
            with pytest.raises(NotAllowed):
                act()


def test_an_old_copy_is_refused_and_a_second_press_is_the_first(ada, rule):
    one = uuid.uuid4()

    first, second = (save_rule(rule.pk, DAY, by=ada, edition=1, change_id=one) for _ in range(2))

    assert (first.rule.edition, second.rule.edition, second.repeated) == (2, 2, True)
    with pytest.raises(StaleEdit):
        save_rule(rule.pk, DAY, by=ada, edition=1)


def test_a_new_step_by_the_page(browser):
    answer = browser.post(reverse("reminders:rule-add"), posted(), follow=True)

    row = ReminderRule.objects.get(name="Three days before")
    assert (row.offset_minutes, row.channels, row.drop_rank) == (4320, ["email", "sms"], 2)
    assert "The plans of all visits to come follow now." in answer.content.decode()
    assert 'name="amount" value="3"' in answer.content.decode()


def test_what_is_wrong_is_said_beside_its_field_and_what_was_typed_stays(browser):
    answer = browser.post(reverse("reminders:rule-add"), posted(first="", second="", at_time="soon"))
    html = answer.content.decode()

    assert answer.status_code == 422
    assert 'id="id_at_time_error"' in html
    assert 'value="soon"' in html
    none = browser.post(reverse("reminders:rule-add"), posted(first="", second="")).content.decode()
    assert 'id="id_first_error"' in none


def test_before_saving_one_sees_what_it_changes(browser, regular, agree, booked, rule):
    agree(regular, PHONE)
    booked(regular)
    asked = posted(rule=str(rule.pk), name=rule.name, amount="12", unit="hours", first="sms", second="email")

    html = browser.post(reverse("reminders:rule-effect"), asked).content.decode()
    new = browser.post(reverse("reminders:rule-effect"), posted()).content.decode()
    half = browser.post(reverse("reminders:rule-effect"), posted(unit="")).content.decode()

    assert "1 planned reminder of 1 visit gets another time" in html
    assert "It is planned for up to 1 visit to come" in new
    assert half.strip() == ""
    assert not Replanning.objects.exists()


def test_an_old_copy_is_shown_and_may_be_saved_again(browser, rule):
    ReminderRule.objects.filter(pk=rule.pk).update(edition=4)

    refused = browser.post(edit(rule), posted(edition="1"))
    again = browser.post(edit(rule), posted(edition="4"))

    assert refused.status_code == 409
    assert 'name="edition" value="4"' in refused.content.decode()
    assert again.status_code == 302


def test_exceptions_by_the_page(browser, rule, kind, provider):
    add = reverse("reminders:exception-add", args=[rule.pk])
    said = {"edition": "1", "type": str(kind.pk), "unit": "hours", "amount": "3", "is_active": "on"}

    browser.post(add, {"change_id": uuid.uuid4(), **said})
    row = RuleOverride.objects.get()
    address = reverse("reminders:exception-edit", args=[rule.pk, row.pk])
    browser.post(
        address, {"change_id": uuid.uuid4(), **said, "edition": "2", "amount": "", "provider": provider.pk}
    )
    row.refresh_from_db()
    shown = browser.get(edit(rule)).content.decode()
    opened = browser.get(address)
    wrong = browser.post(add, {"change_id": uuid.uuid4(), "unit": "hours", "is_active": "on"})
    removed = browser.post(
        reverse("reminders:exception-remove", args=[rule.pk, row.pk]),
        {"change_id": uuid.uuid4(), "edition": "3"},
    )

    assert (row.offset_minutes, row.provider, row.is_active) == (None, provider, True)
    assert f"{kind.name} with {provider}" in shown
    assert (opened.status_code, wrong.status_code, removed.status_code) == (200, 422, 302)
    assert not RuleOverride.objects.exists()


def test_delete_is_there_only_for_one_never_planned(browser, regular, agree, booked, rule):
    agree(regular, PHONE)
    booked(regular)
    unused = ReminderRuleFactory()
    pages = [browser.get(edit(row)).content.decode() for row in (rule, unused)]
    address = "reminders:rule-delete"

    refused = browser.post(reverse(address, args=[rule.pk]), {"change_id": uuid.uuid4(), "edition": "1"})
    gone = [
        browser.post(reverse(address, args=[unused.pk]), {"change_id": uuid.uuid4(), "edition": "1"})
        for _ in range(2)
    ]

    assert ["Delete</" in page for page in pages] == [False, True]
    assert refused.status_code == 409
    assert [answer["Location"] for answer in gone] == [reverse("reminders:schedule")] * 2


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_asks_the_same_however_many_steps(browser, rows, django_assert_num_queries):
    for _ in range(rows):
        RuleOverrideFactory()
    browser.get(reverse("reminders:schedule"))

    with django_assert_num_queries(5):  # user, practice, steps, exceptions, replanning
        html = browser.get(reverse("reminders:schedule")).content.decode()

    assert "24 hours before" in html
