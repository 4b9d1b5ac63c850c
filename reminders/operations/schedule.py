"""The schedule itself: steps and their exceptions, kept by admins. Every plan follows, in the same act's wake."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

from django.db import IntegrityError, transaction

from core.actors import Actor
from core.refusals import Refusal, StaleEdit
from messaging.models import Template
from practice.models import Change
from practice.operations.acting import Acting, begin, operation
from practice.operations.images import image
from practice.permissions import may, require
from reminders.models import Reminder, ReminderRule, RuleOverride
from reminders.operations.following import rules_changed
from reminders.rules.steps import DAY, ExceptionFacts, StepFacts
from reminders.states import RuleKind, Said

ONCE = {
    "reminders_reminderrule_name": ("There is already a step with this name.", "name"),
    "reminders_ruleoverride_once": ("This step already has an exception for them.", "type"),
}


@dataclass(frozen=True, slots=True)
class Saved:
    """`rule` is None once it is deleted."""

    change: Change
    rule: ReminderRule | None
    repeated: bool = False


@operation("rule.save", "reminderrule")
def save_rule(
    rule_id: int | None,
    facts: StepFacts,
    *,
    by: Actor,
    edition: int | None = None,
    change_id: uuid.UUID | None = None,
) -> Saved:
    """A new step, or with `rule_id` that one as the form says; the plans of all visits to come follow.

    Raises NotAllowed, StaleEdit, AlreadyUsed, Refusal.
    """
    acting = begin("rule.save", change_id, by, {"rule": rule_id, "edition": edition, **asdict(facts)})
    if acting.repeat:
        return _done_before(acting)
    require(may(by, "settings.change"))
    _refuse_nonsense(rule_id, facts)
    row = ReminderRule() if rule_id is None else _locked(rule_id, edition)
    before = image(row) if rule_id else None
    _set(row, facts)
    row.edition += 1 if before else 0
    with _once_speaks():
        row.save()
    if before is None:
        acting.created("rule.added", row)
    else:
        acting.noted("rule.changed", row, before)
    return _done(acting, row)


@operation("rule.delete", "reminderrule")
def delete_rule_if_unused(
    rule_id: int, *, by: Actor, edition: int | None = None, change_id: uuid.UUID | None = None
) -> Saved:
    """With its exceptions and its own words. Raises NotAllowed, StaleEdit, AlreadyUsed, Refusal once it was planned."""
    acting = begin("rule.delete", change_id, by, {"rule": rule_id, "edition": edition})
    if acting.repeat:
        return _done_before(acting)
    require(may(by, "settings.change"))
    row = _locked(rule_id, edition)
    if Reminder.objects.filter(rule=row).exists():
        raise Refusal(
            f"{row.name} was planned for visits, so it cannot be deleted.", remedy="Switch it off instead."
        )
    for words in Template.objects.filter(key=Said.REMINDER, scope=row.pk):
        acting.removed("template.deleted", words)
    for differs in row.overrides.all():
        acting.removed("exception.deleted", differs)
    acting.removed("rule.deleted", row)
    return _done(acting, None)


@operation("exception.save", "reminderrule")
def save_exception(
    rule_id: int,
    facts: ExceptionFacts,
    *,
    exception_id: int | None = None,
    by: Actor,
    edition: int | None = None,
    change_id: uuid.UUID | None = None,
) -> Saved:
    """What differs for a type, a provider or both. `edition` is the step's. Raises as `save_rule`."""
    content = {"rule": rule_id, "exception": exception_id, "edition": edition, **asdict(facts)}
    acting = begin("exception.save", change_id, by, content)
    if acting.repeat:
        return _done_before(acting)
    require(may(by, "settings.change"))
    rule = _locked(rule_id, edition)
    _refuse_odd_exception(rule, facts)
    row = RuleOverride(rule=rule) if exception_id is None else _exception(rule, exception_id)
    before = image(row) if exception_id else None
    _set(row, facts)
    with _once_speaks():
        row.save()
    if before is None:
        acting.created("exception.added", row)
    else:
        acting.noted("exception.changed", row, before)
    return _done(acting, _risen(rule))


@operation("exception.remove", "reminderrule")
def remove_exception(
    rule_id: int,
    *,
    exception_id: int,
    by: Actor,
    edition: int | None = None,
    change_id: uuid.UUID | None = None,
) -> Saved:
    """They follow the step again. Raises NotAllowed, StaleEdit, AlreadyUsed, Refusal."""
    content = {"rule": rule_id, "exception": exception_id, "edition": edition}
    acting = begin("exception.remove", change_id, by, content)
    if acting.repeat:
        return _done_before(acting)
    require(may(by, "settings.change"))
    rule = _locked(rule_id, edition)
    acting.removed("exception.deleted", _exception(rule, exception_id))
    return _done(acting, _risen(rule))


def _refuse_nonsense(rule_id: int | None, facts: StepFacts) -> None:
    initial = ReminderRule.objects.filter(kind=RuleKind.INITIAL).values_list("pk", flat=True)
    if facts.kind == RuleKind.INITIAL and set(initial) - {rule_id}:
        raise Refusal("There is one confirmation of a booking already.", field="kind")
    if not facts.channels:
        raise Refusal("Choose at least one channel, or switch the step off.", field="first")
    if facts.kind != RuleKind.INITIAL:
        _refuse_odd_time(facts.offset_minutes, is_fixed=facts.at_time is not None)


def _refuse_odd_exception(rule: ReminderRule, facts: ExceptionFacts) -> None:
    if facts.type_id is None and facts.provider_id is None:
        raise Refusal("Choose a type, a provider or both.", field="type")
    if facts.channels == ():
        raise Refusal("Choose at least one channel, or switch the step off for them.", field="first")
    if facts.offset_minutes is not None and rule.kind != RuleKind.INITIAL:
        _refuse_odd_time(facts.offset_minutes, is_fixed=facts.at_time is not None)


def _refuse_odd_time(offset_minutes: int, *, is_fixed: bool) -> None:
    if is_fixed and offset_minutes % DAY:
        raise Refusal("A step at a fixed hour is whole days away.", field="unit")
    if not is_fixed and not offset_minutes:
        raise Refusal("Say how long before or after.", field="amount")


def _set(row: ReminderRule | RuleOverride, facts: StepFacts | ExceptionFacts) -> None:
    for name, value in asdict(facts).items():
        setattr(row, name, list(value) if isinstance(value, tuple) else value)


def _locked(rule_id: int, edition: int | None) -> ReminderRule:
    row = ReminderRule.objects.select_for_update().filter(pk=rule_id).first()
    if row is None:
        raise Refusal("This step no longer exists.", remedy="Look at the list again.")
    if edition is not None and row.edition != edition:
        raise StaleEdit("Somebody changed this step since you opened it.", remedy="Look at what it says now.")
    return row


def _risen(rule: ReminderRule) -> ReminderRule:
    rule.edition += 1
    rule.save(update_fields=["edition"])
    return rule


def _exception(rule: ReminderRule, exception_id: int) -> RuleOverride:
    row = rule.overrides.filter(pk=exception_id).first()
    if row is None:
        raise Refusal("This exception no longer exists.", remedy="Look at the step again.")
    return row


@contextmanager
def _once_speaks() -> Iterator[None]:
    """The database's refusal of a second one, translated outside the block it broke."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        for name, (words, field) in ONCE.items():
            if name in str(error):
                raise Refusal(words, field=field) from None
        raise


def _done(acting: Acting, row: ReminderRule | None) -> Saved:
    replanning: Any = rules_changed(acting.now)
    acting.close({"rule": row.pk if row else None, "replanning": replanning.pk})
    return Saved(acting.change, row)


def _done_before(acting: Acting) -> Saved:
    row = ReminderRule.objects.filter(pk=acting.change.result["rule"]).first()
    return Saved(acting.change, row, repeated=True)
