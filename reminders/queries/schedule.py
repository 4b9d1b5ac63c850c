"""The schedule as it stands, read in one query, and what it means for a visit."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from functools import cache
from typing import Any, NamedTuple

from reminders.models import ReminderRule
from reminders.rules.due import Judged, Person, Step, judged
from reminders.rules.schedule import Left, Override, Rule, steps_for
from reminders.states import RuleKind
from scheduling.models import Appointment, Attendance

HIGH_RISK = "HIGH"  # of Attendance.risk_level; whoever writes it, we only read it


class Traits(NamedTuple):
    """What of a visit and a person decides which steps hold."""

    type_id: int
    provider_id: int | None
    is_weekly: bool
    is_high_risk: bool


class Schedule:
    """Worked out once for all who share start, hours and traits: a batch has thousands of rows."""

    def __init__(self, rules: Iterable[Rule], now: dt.datetime) -> None:
        self.rules, self.now = list(rules), now
        self.names = {rule.step.rule_id: rule.name for rule in self.rules}
        self.steps = cache(self._steps)
        self.judged = cache(self._judged)
        self.due = cache(self._due)

    @property
    def initial(self) -> frozenset[int]:
        """Ids of the rules that are said at booking."""
        return frozenset(rule.step.rule_id for rule in self.rules if rule.step.kind == RuleKind.INITIAL)

    @property
    def channels(self) -> set[str]:
        """Those of all steps that are on for anybody."""
        return {channel for rule in self.rules for channel in rule.channels_anywhere}

    def channels_of(self, rule_id: int, type_id: int, provider_id: int | None) -> tuple[str, ...]:
        """Of one step for such a visit, in order, whether or not it is still on."""
        rule = next((rule for rule in self.rules if rule.step.rule_id == rule_id), None)
        return rule.for_visit(type_id, provider_id)[0].channels if rule else ()

    def _steps(self, traits: Traits) -> tuple[list[Step], list[Left]]:
        return steps_for(self.rules, **traits._asdict())

    def _judged(
        self, start: dt.datetime, end: dt.datetime, person: Person, traits: Traits, greet: bool
    ) -> list[Judged]:
        held, _ = self.steps(traits)
        return judged(start, end, held, person, now=self.now, greet=greet)

    def _due(
        self, start: dt.datetime, end: dt.datetime, person: Person, traits: Traits, greet: bool
    ) -> list[tuple[Step, dt.datetime]]:
        """The soonest first."""
        said = [(one.step, one.at) for one in self.judged(start, end, person, traits, greet) if one.at]
        return sorted(said, key=lambda pair: pair[1])


OWN = ("pk", "name", "kind", "offset_minutes", "at_time", "channels", "is_active", "skip_in_weekly_series",
       "only_high_risk")  # fmt: skip
DIFFERS = ("type_id", "provider_id", "is_active", "offset_minutes", "at_time", "channels")


def the_schedule(now: dt.datetime) -> Schedule:
    """One query: the steps, each with what differs for types and providers."""
    rows = ReminderRule.objects.order_by("kind", "-offset_minutes", "pk", "overrides__pk")
    found: dict[int, Rule] = {}
    for row in rows.values(*OWN, "overrides__pk", *(f"overrides__{name}" for name in DIFFERS)):
        rule = found.get(row["pk"]) or _rule(row)
        found[row["pk"]] = rule.with_override(_override(row)) if row["overrides__pk"] else rule
    return Schedule(found.values(), now)


def _rule(row: dict[str, Any]) -> Rule:
    step = Step(
        rule_id=row["pk"],
        kind=row["kind"],
        offset_minutes=row["offset_minutes"],
        at_time=row["at_time"],
        channels=tuple(row["channels"]),
    )
    return Rule(
        name=row["name"],
        step=step,
        is_active=row["is_active"],
        skip_in_weekly_series=row["skip_in_weekly_series"],
        only_high_risk=row["only_high_risk"],
    )


def _override(row: dict[str, Any]) -> Override:
    said = {name: row[f"overrides__{name}"] for name in DIFFERS}
    channels = said.pop("channels")
    return Override(**said, channels=None if channels is None else tuple(channels))


def traits_of(person: Attendance) -> Traits:
    """With the visit and its series on the person already."""
    visit = person.appointment
    return Traits(visit.type_id, visit.provider_id, is_weekly(visit), person.risk_level == HIGH_RISK)


def is_weekly(visit: Appointment) -> bool:
    """A weekly client knows the rhythm: their week-before step is left out."""
    return visit.series is not None and is_weekly_rule(visit.series.rule)


def is_weekly_rule(rule: str | None) -> bool:
    return rule is not None and "FREQ=WEEKLY" in rule
