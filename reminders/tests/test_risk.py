"""High risk: one more step and a call, read from the column alone."""

import datetime as dt

import pytest

from core import clock
from messaging.models import StaffTask
from messaging.operations import dispatch
from reminders.models import Reminder, ReminderRule
from reminders.tests.conftest import NOW, PHONE, ny
from reminders.tests.factories import ReminderRuleFactory
from scheduling.models import Attendance, ProviderDay
from scheduling.operations import Risk, confirm, record_risks
from scheduling.tests.factories import AttendanceFactory

HIGH, LOW = Risk(score=0.7, level="HIGH", factors=["Missed two visits"]), Risk(score=0.1, level="LOW")


@pytest.fixture
def person(regular, agree, booked):
    """Friday at noon; three days before it the extra step."""
    ReminderRule.objects.filter(only_high_risk=True).delete()
    ReminderRuleFactory(name="Extra", offset_minutes=72 * 60, only_high_risk=True)
    agree(regular, PHONE)
    return booked(regular, at=ny(27, 12), notice="none")


def steps() -> list[str]:
    rows = Reminder.objects.filter(channel="sms", state="planned").order_by("due_at")
    return [row.rule.name for row in rows]


def test_the_extra_step_comes_with_the_level_and_goes_with_it(person):
    usual = ["48 hours before", "24 hours before", "2 hours before"]
    assert steps() == usual

    record_risks({person.pk: HIGH}, now=NOW)
    assert steps() == ["Extra", *usual]

    record_risks({person.pk: LOW}, now=NOW)
    assert steps() == usual


def test_the_column_is_written_and_the_calendar_hears_of_it(person):
    before = sum(ProviderDay.objects.values_list("n", flat=True))

    record_risks({person.pk: HIGH}, now=NOW)
    record_risks({person.pk: HIGH}, now=NOW + dt.timedelta(hours=1))

    person.refresh_from_db()
    assert (person.risk_level, person.risk_score, person.risk_factors) == ("HIGH", 0.7, ["Missed two visits"])
    assert person.risk_at == NOW + dt.timedelta(hours=1)
    assert sum(ProviderDay.objects.values_list("n", flat=True)) > before


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("confirmed", "calls"), [(False, 1), (True, 0)])
def test_the_desk_calls_who_has_not_said_that_they_come(person, desk, confirmed, calls, settings):
    settings.TWILIO_FROM_NUMBER = ""  # texts are off: the call is asked for all the same
    record_risks({person.pk: HIGH}, now=NOW)
    if confirmed:
        confirm(person.pk, by=desk)

    with clock.frozen(ny(24, 12, 1)):
        dispatch.tick()
        dispatch.tick()

    tasks = StaffTask.objects.filter(kind="call_client", client=person.client_id)
    assert tasks.count() == calls


def test_risk_costs_the_same_for_one_and_for_three(practice, django_assert_num_queries):
    for count in (1, 3):
        while Attendance.objects.count() < count:
            AttendanceFactory()
        said = dict.fromkeys(Attendance.objects.values_list("pk", flat=True), LOW)
        Attendance.objects.update(risk_level="LOW")
        with django_assert_num_queries(4):  # with the savepoint's two
            record_risks(said, now=NOW)
