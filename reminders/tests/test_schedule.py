"""Which steps hold for a visit, without a database; and what of it reaches the plan."""

import datetime as dt

import pytest
from django.db import IntegrityError

from core import clock
from core.actors import SYSTEM
from practice.models import Practice
from reminders.models import Reminder, ReminderRule
from reminders.operations.catching_up import plan_missing
from reminders.queries.schedule import the_schedule
from reminders.rules.due import Step
from reminders.rules.schedule import NOT_RISKY, OFF, OFF_HERE, WEEKLY, Override, Rule, steps_for
from reminders.tests.conftest import PHONE, ny
from reminders.tests.factories import ReminderRuleFactory, RuleOverrideFactory
from reminders.tests.test_planning import plan
from scheduling.models import Attendance

DAY = Step(rule_id=1, kind="before", offset_minutes=1440, channels=("sms", "email"))
TYPE, PROVIDER = 5, 7


def override(**said) -> Override:
    return Override(**({"type_id": None, "provider_id": None, "is_active": True} | said))


def held(rule: Rule, **traits) -> tuple[list[Step], list[str]]:
    usual = {"type_id": TYPE, "provider_id": PROVIDER, "is_weekly": False, "is_high_risk": False}
    steps, left = steps_for([rule], **(usual | traits))
    return steps, [one.why for one in left]


@pytest.mark.parametrize(
    ("overrides", "minutes"),
    [
        ([], 1440),
        ([override(type_id=TYPE, offset_minutes=60)], 60),
        ([override(type_id=6, offset_minutes=60)], 1440),
        ([override(type_id=TYPE, offset_minutes=60), override(provider_id=PROVIDER, offset_minutes=90)], 90),
        (
            [
                override(provider_id=PROVIDER, offset_minutes=90),
                override(type_id=TYPE, provider_id=PROVIDER, offset_minutes=30),
            ],
            30,
        ),
        ([override(type_id=TYPE, provider_id=8, offset_minutes=30)], 1440),
        ([override(provider_id=PROVIDER, channels=("voice",))], 1440),
    ],
)
def test_what_is_said_for_both_counts_then_for_the_provider_then_for_the_type(overrides, minutes):
    ((step,), _) = held(Rule(step=DAY, is_active=True, overrides=tuple(overrides)))

    assert step.offset_minutes == minutes


def test_an_exception_may_change_the_channels_or_the_hour_alone():
    hour = Step(rule_id=1, kind="before", offset_minutes=0, at_time=dt.time(8), channels=("sms",))
    ((channels,), _) = held(
        Rule(step=hour, is_active=True, overrides=(override(type_id=TYPE, channels=("email",)),))
    )
    ((timed,), _) = held(
        Rule(step=hour, is_active=True, overrides=(override(type_id=TYPE, offset_minutes=60),))
    )

    assert (channels.at_time, channels.channels) == (dt.time(8), ("email",))
    assert (timed.offset_minutes, timed.at_time) == (60, None)


@pytest.mark.parametrize(
    ("rule", "traits", "why"),
    [
        ({"is_active": False}, {}, [OFF]),
        ({"is_active": True, "overrides": (override(type_id=TYPE, is_active=False),)}, {}, [OFF_HERE]),
        ({"is_active": False, "overrides": (override(type_id=TYPE),)}, {}, []),
        ({"is_active": True, "skip_in_weekly_series": True}, {"is_weekly": True}, [WEEKLY]),
        ({"is_active": True, "only_high_risk": True}, {}, [NOT_RISKY]),
        ({"is_active": True, "only_high_risk": True}, {"is_high_risk": True}, []),
    ],
)
def test_a_step_that_is_left_out_says_why(rule, traits, why):
    steps, left = held(Rule(step=DAY, **rule), **traits)

    assert (left, bool(steps)) == (why, not why)


def test_the_schedule_is_read_in_one_query(django_assert_num_queries, practice):
    ReminderRule.objects.exclude(name="24 hours before").delete()
    day = ReminderRule.objects.get()
    for n in range(3):
        RuleOverrideFactory(rule=day, offset_minutes=60 * n)

    with django_assert_num_queries(1):
        schedule = the_schedule(clock.now())

    (rule,) = schedule.rules
    assert (rule.name, rule.step.rule_id, len(rule.overrides)) == ("24 hours before", day.pk, 3)
    assert schedule.channels == {"sms", "email"}


def test_a_booking_follows_the_exception_of_its_type(regular, agree, booked, kind):
    agree(regular, PHONE)
    day, two = (ReminderRule.objects.get(name=name) for name in ("24 hours before", "2 hours before"))
    RuleOverrideFactory(rule=day, type=kind, is_active=True, offset_minutes=0, at_time=dt.time(9, 30))
    RuleOverrideFactory(rule=two, type=kind)
    RuleOverrideFactory(rule=ReminderRule.objects.get(name="48 hours before"), is_active=False)

    booked(regular, at=ny(27, 14), notice="none")

    assert plan(channel="sms") == [
        ("48 hours before", "client", "sms", "planned", "Wed 25 14:00"),
        ("24 hours before", "client", "sms", "planned", "Fri 27 09:30"),
    ]


def test_a_follow_up_is_planned_after_the_visit_and_useful_for_days(regular, agree, booked):
    agree(regular, PHONE)
    ReminderRule.objects.update(is_active=False)
    ReminderRuleFactory(name="Thanks", kind="after", offset_minutes=1440, at_time=dt.time(10))

    booked(regular, at=ny(24, 14))

    row = Reminder.objects.get(channel="sms")
    assert (row.due_at, row.useful_until) == (ny(25, 10), ny(28, 10))


def test_a_visit_at_high_risk_gets_the_extra_step(regular, agree, booked):
    agree(regular, PHONE)
    ReminderRule.objects.exclude(name="24 hours before").update(is_active=False)
    ReminderRuleFactory(name="Extra", offset_minutes=72 * 60, only_high_risk=True)
    Practice.objects.update(window_closes_at=dt.time(20))
    low = booked(regular, at=ny(27, 14))

    assert [row[0] for row in plan(attendance=low, channel="sms")] == ["24 hours before"]

    Attendance.objects.update(risk_level="HIGH")

    plan_missing([low.appointment_id], by=SYSTEM)

    assert [row[0] for row in plan(attendance=low, channel="sms")] == ["Extra", "24 hours before"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"type": None, "provider": None},
        {"offset_minutes": 90, "at_time": dt.time(8)},
        {"offset_minutes": None, "at_time": dt.time(8)},
    ],
)
def test_an_exception_is_of_somebody_and_an_hour_is_of_whole_days(wrong, practice):
    with pytest.raises(IntegrityError):
        RuleOverrideFactory(**wrong)


def test_a_step_at_an_hour_is_whole_days_away(practice):
    with pytest.raises(IntegrityError):
        ReminderRuleFactory(offset_minutes=90, at_time=dt.time(8))


def test_one_exception_for_a_type_and_provider(practice):
    first = RuleOverrideFactory()

    with pytest.raises(IntegrityError):
        RuleOverrideFactory(rule=first.rule, type=first.type)
