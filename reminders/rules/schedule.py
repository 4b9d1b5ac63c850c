"""Which steps hold for a visit: the practice's, with what differs for its type and provider."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, replace

from reminders.rules.due import Step


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """What differs from the rule for a type, a provider or both; None keeps what the rule says."""

    type_id: int | None
    provider_id: int | None
    is_active: bool
    offset_minutes: int | None = None
    at_time: dt.time | None = None
    channels: tuple[str, ...] | None = None

    def fits(self, type_id: int, provider_id: int | None) -> bool:
        return self.type_id in (None, type_id) and self.provider_id in (None, provider_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A row of ReminderRule with its overrides."""

    name: str = ""
    step: Step
    is_active: bool
    skip_in_weekly_series: bool = False
    only_high_risk: bool = False
    overrides: tuple[Override, ...] = ()

    def with_override(self, differs: Override) -> Rule:
        return replace(self, overrides=(*self.overrides, differs))

    @property
    def channels_anywhere(self) -> set[str]:
        """Of the step and of its overrides, where they are on."""
        said = [_with(self.step, one).channels for one in self.overrides if one.is_active]
        own = self.step.channels if self.is_active else ()
        return {channel for channels in (own, *said) for channel in channels}

    def for_visit(self, type_id: int, provider_id: int | None) -> tuple[Step, bool]:
        """(the step, whether it is said at all): the override for both counts, then the provider's, then the type's."""
        fitting = [one for one in self.overrides if one.fits(type_id, provider_id)]
        if not fitting:
            return self.step, self.is_active
        differs = max(fitting, key=lambda one: (one.provider_id is not None, one.type_id is not None))
        return _with(self.step, differs), differs.is_active


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """A step that is not for this visit, and why."""

    step: Step
    why: str


OFF = "Switched off"
OFF_HERE = "Switched off for this type or provider"
WEEKLY = "Left out of a weekly series"
NOT_RISKY = "Only for visits at high risk"


def steps_for(
    rules: Iterable[Rule], *, type_id: int, provider_id: int | None, is_weekly: bool, is_high_risk: bool
) -> tuple[list[Step], list[Left]]:
    """Those that hold, and those that do not with the reason, both in the order of the rules."""
    held: list[Step] = []
    left: list[Left] = []
    for rule in rules:
        step, is_said = rule.for_visit(type_id, provider_id)
        why = _why_left(rule, is_said, is_weekly=is_weekly, is_high_risk=is_high_risk)
        if why:
            left.append(Left(step=step, why=why))
        else:
            held.append(step)
    return held, left


def _why_left(rule: Rule, is_said: bool, *, is_weekly: bool, is_high_risk: bool) -> str:
    reasons = (
        (not is_said, OFF_HERE if rule.is_active else OFF),
        (is_weekly and rule.skip_in_weekly_series, WEEKLY),
        (rule.only_high_risk and not is_high_risk, NOT_RISKY),
    )
    return next((reason for applies, reason in reasons if applies), "")


def _with(step: Step, differs: Override) -> Step:
    """An override that says when says it wholly: an offset without an hour is not kept to the rule's hour."""
    if differs.offset_minutes is not None:
        step = replace(step, offset_minutes=differs.offset_minutes, at_time=differs.at_time)
    return replace(step, channels=step.channels if differs.channels is None else differs.channels)
