"""What a change of the schedule would do, counted before it is made."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import QuerySet

from practice.states import Channel
from reminders.models import Reminder, ReminderRule, Replanning
from reminders.rules.steps import Effect, StepFacts, effect_of
from reminders.states import ReminderState
from scheduling.models import Appointment
from scheduling.states import AppointmentState


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """visits: to come, that are looked at. reminders: planned for this step now, the portal's copies apart."""

    effect: Effect
    visits: int
    reminders: int
    reminded_visits: int

    @property
    def words(self) -> str:
        return WORDS[self.effect].format(
            reminders=_count(self.reminders, "planned reminder"),
            of=_count(self.reminded_visits, "visit"),
            visits=_count(self.visits, "visit"),
            gets="gets" if self.reminders == 1 else "get",
            is_="is" if self.reminders == 1 else "are",
        )


WORDS = {
    Effect.NONE: "No plan changes.",
    Effect.STARTS: "It is planned for up to {visits} to come, wherever its time is still ahead.",
    Effect.STOPS: "{reminders} of {of} {is_} taken back.",
    Effect.MOVES: "{reminders} of {of} {gets} another time; {visits} to come are looked at.",
    Effect.REROUTES: "{reminders} of {of} may go another way; {visits} to come are looked at.",
    Effect.NARROWS: "{reminders} of {of} {is_} checked; {visits} to come are looked at.",
}


def changes_of(
    rule: ReminderRule | None,
    after: StepFacts | None,
    now: dt.datetime,
    *,
    effect: Effect | None = None,
    type_id: int | None = None,
    provider_id: int | None = None,
) -> Changes:
    """Two counts. `type_id`, `provider_id`: of an exception, whose visits alone are meant; it says its `effect`."""
    visits = _of(Appointment.objects.all(), "", type_id, provider_id)
    planned = _of(Reminder.objects.all(), "attendance__appointment__", type_id, provider_id)
    planned = planned.filter(rule=rule, state=ReminderState.PLANNED) if rule else planned.none()
    told = planned.exclude(channel=Channel.PORTAL).values_list("attendance__appointment_id", flat=True)
    ahead = visits.filter(state=AppointmentState.SCHEDULED, starts_at__gt=now)
    found = list(told)
    return Changes(
        effect=effect or effect_of(facts_of(rule) if rule else None, after),
        visits=ahead.count(),
        reminders=len(found),
        reminded_visits=len(set(found)),
    )


def _of(rows: QuerySet, path: str, type_id: int | None, provider_id: int | None) -> QuerySet:
    named = {f"{path}type": type_id, f"{path}provider": provider_id}
    return rows.filter(**{name: value for name, value in named.items() if value is not None})


def facts_of(rule: ReminderRule) -> StepFacts:
    said = {name: getattr(rule, name) for name in StepFacts.__slots__}
    return StepFacts(**said | {"channels": tuple(rule.channels)})


def replanning_under_way() -> Replanning | None:
    return Replanning.objects.filter(finished_at=None).first()


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
