"""The plan of every visit to come, made and made anew: what a changed schedule costs."""

import time

from django.db.models import F

from config.bench import practice
from config.bench.bench import Bench, Figures, Run
from config.bench.databases import copied
from config.bench.trouble import CouldNotRun
from core import clock
from reminders.models import Reminder, ReminderRule, Replanning
from reminders.operations.following import replan_all, rules_changed
from reminders.states import ReminderState

TEN_THOUSAND = 10_000


def first_plan(run: Run) -> Figures:
    """Nothing is planned yet: every row is written."""
    with copied(run.site):
        run.rows.update(practice.counted())
        Reminder.objects.filter(state=ReminderState.PLANNED).delete()
        return _round()


def rule_change(run: Run) -> Figures:
    """One step an hour earlier: every row of it is moved, the others are looked at."""
    with copied(run.site):
        run.rows.update(practice.counted())
        _round()
        day = ReminderRule.objects.filter(name="24 hours before")
        if not day.update(offset_minutes=F("offset_minutes") + 60):
            raise CouldNotRun("The practice has no step of 24 hours.")
        return _round()


def _round() -> Figures:
    now = clock.now()
    rules_changed(now)
    began = time.monotonic()
    replan_all()
    took = time.monotonic() - began
    visits = Replanning.objects.filter(asked_at=now).values_list("visits", flat=True).get()
    if not visits:
        raise CouldNotRun("This practice has no visit ahead.")
    planned = Reminder.objects.filter(state=ReminderState.PLANNED).count()
    return {
        "n": visits,
        "planned": planned,
        "took_s": round(took, 1),
        "ten_thousand_s": round(took * TEN_THOUSAND / visits, 1),
    }


BENCH = Bench(
    about="the plans of all visits to come, when there are none and when a step changes",
    cases={"first_plan": first_plan, "rule_change": rule_change},
)
