"""Settings: the schedule of reminders. Steps stand left, one step right, with what a change of it would do."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core import clock
from core.refusals import AlreadyUsed, Refusal, StaleEdit
from practice.middleware import StaffRequest
from practice.queries import the_practice
from practice.states import Channel
from reminders.forms import ExceptionForm, RuleForm, WhenAndWhere, initial_of
from reminders.models import ReminderRule, RuleOverride
from reminders.operations.schedule import (
    Saved,
    delete_rule_if_unused,
    remove_exception,
    save_exception,
    save_rule,
)
from reminders.queries.effects import changes_of, replanning_under_way
from reminders.rules.steps import Effect, in_words
from scheduling.forms.typed import said_time
from scheduling.views.visible import allow

SAVED = "{} is saved. The plans of all visits to come follow now."


@require_safe
def schedule(request: StaffRequest) -> HttpResponse:
    allow(request.actor, "settings.change")
    return render(request, "reminders/schedule.html", _side())


@require_http_methods(["GET", "HEAD", "POST"])
def rule_add(request: StaffRequest) -> HttpResponse:
    allow(request.actor, "settings.change")
    return _rule(request, None)


@require_http_methods(["GET", "HEAD", "POST"])
def rule_edit(request: StaffRequest, pk: int) -> HttpResponse:
    allow(request.actor, "settings.change")
    return _rule(request, get_object_or_404(ReminderRule, pk=pk))


@require_POST
def rule_effect(request: StaffRequest) -> HttpResponse:
    """What the form as it stands would do; nothing is kept."""
    allow(request.actor, "settings.change")
    asked = request.POST.get("rule", "")
    row = ReminderRule.objects.filter(pk=asked).first() if asked.isdecimal() else None
    form = RuleForm(request.POST)
    changes = changes_of(row, form.facts, clock.now()) if form.is_valid() else None
    return render(request, "reminders/_rule_effect.html", {"changes": changes})


@require_POST
def rule_delete(request: StaffRequest, pk: int) -> HttpResponse:
    """A second press finds nothing left, and goes where the first one went."""
    allow(request.actor, "settings.change")
    row = ReminderRule.objects.filter(pk=pk).first()
    if row is None:
        return redirect("reminders:schedule")
    try:
        delete_rule_if_unused(pk, by=request.actor, **_act(request))
    except Refusal as refusal:
        return _page(request, row, _opened(row), refusal=refusal, status=409)
    messages.success(request, f"{row.name} is deleted.")
    return redirect("reminders:schedule")


@require_http_methods(["GET", "HEAD", "POST"])
def exception_add(request: StaffRequest, pk: int) -> HttpResponse:
    allow(request.actor, "settings.change")
    return _exception(request, get_object_or_404(ReminderRule, pk=pk), None)


@require_http_methods(["GET", "HEAD", "POST"])
def exception_edit(request: StaffRequest, pk: int, exception: int) -> HttpResponse:
    allow(request.actor, "settings.change")
    rule = get_object_or_404(ReminderRule, pk=pk)
    return _exception(request, rule, get_object_or_404(RuleOverride, pk=exception, rule=rule))


@require_POST
def exception_remove(request: StaffRequest, pk: int, exception: int) -> HttpResponse:
    allow(request.actor, "settings.change")
    rule = get_object_or_404(ReminderRule, pk=pk)
    try:
        remove_exception(pk, exception_id=exception, by=request.actor, **_act(request))
    except Refusal as refusal:
        return _page(request, rule, _opened(rule), refusal=refusal, status=409)
    messages.success(request, "The exception is gone. The plans of all visits to come follow now.")
    return redirect("reminders:rule-edit", pk)


def _rule(request: StaffRequest, row: ReminderRule | None) -> HttpResponse:
    if request.method != "POST":
        return _page(request, row, _opened(row))
    form = RuleForm(request.POST.copy(), initial=_initial(row, row))

    def save() -> Saved:
        return save_rule(row.pk if row else None, form.facts, by=request.actor, **_ids(form))

    return _kept(request, form, save, lambda **more: _page(request, row, form, **more))


def _exception(request: StaffRequest, rule: ReminderRule, row: RuleOverride | None) -> HttpResponse:
    initial = _initial(row or RuleOverride(rule=rule), rule)
    posted = request.POST.copy() if request.method == "POST" else None
    form = ExceptionForm(posted, initial=initial)

    def shown(**more: Any) -> HttpResponse:
        return _exception_page(request, rule, row, form, **more)

    def save() -> Saved:
        exception = row.pk if row else None
        return save_exception(rule.pk, form.facts, exception_id=exception, by=request.actor, **_ids(form))

    return shown() if posted is None else _kept(request, form, save, shown)


def _kept(
    request: StaffRequest,
    form: WhenAndWhere,
    save: Callable[[], Saved],
    shown: Callable[..., HttpResponse],
) -> HttpResponse:
    if not form.is_valid():
        return shown(status=422)
    typed: Any = form.data  # a copy of what was posted
    try:
        saved = save()
    except StaleEdit as refusal:
        typed["edition"] = str(form.initial["edition"])  # saving again replaces what is there now
        return shown(refusal=refusal, status=409)
    except Refusal as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
        if isinstance(refusal, AlreadyUsed):
            typed["change_id"] = str(uuid.uuid4())
        return shown(status=422)
    if saved.rule is None:
        return redirect("reminders:schedule")
    messages.success(request, SAVED.format(saved.rule.name))
    return redirect("reminders:rule-edit", saved.rule.pk)


def _page(
    request: StaffRequest,
    row: ReminderRule | None,
    form: RuleForm,
    *,
    refusal: Refusal | None = None,
    status: int = 200,
) -> HttpResponse:
    now, changes = clock.now(), None
    if form.is_bound and form.is_valid():
        changes = changes_of(row, form.facts, now)
    elif row:
        changes = changes_of(row, None, now, effect=Effect.NONE)
    shown = _side() | {
        "form": form,
        "rule": row,
        "refusal": refusal,
        "changes": changes,
        "exceptions": _exceptions(row) if row else [],
        "words": _words(row) if row else [],
        "is_used": row.reminders.exists() if row else False,
        "fresh_id": uuid.uuid4(),
    }
    return render(request, "reminders/rule_form.html", shown, status=status)


def _exception_page(
    request: StaffRequest,
    rule: ReminderRule,
    row: RuleOverride | None,
    form: ExceptionForm,
    *,
    refusal: Refusal | None = None,
    status: int = 200,
) -> HttpResponse:
    here = {"rule": rule, "exception": row, "form": form, "refusal": refusal, "fresh_id": uuid.uuid4()}
    return render(request, "reminders/exception_form.html", _side() | here, status=status)


def _side() -> dict[str, Any]:
    """The steps in the order they are said, each with when and how in words."""
    h24 = the_practice().clock_24h
    order = {"initial": 0, "before": 1, "after": 2}
    rules = list(ReminderRule.objects.prefetch_related("overrides"))
    rules.sort(key=lambda r: (order[r.kind], -r.offset_minutes if r.kind == "before" else r.offset_minutes))
    steps = [(rule, _when(rule, h24), _by(rule.channels)) for rule in rules]
    return {"steps": steps, "replanning": replanning_under_way()}


def _exceptions(rule: ReminderRule) -> list[tuple[RuleOverride, str, str, str]]:
    """(row, for whom, when, by what); empty words where the step's own hold."""
    h24 = the_practice().clock_24h
    rows = rule.overrides.select_related("type", "provider")
    return [(row, _whom(row), _differs(rule, row, h24), _by(row.channels or [])) for row in rows]


def _whom(row: RuleOverride) -> str:
    return " with ".join(str(part) for part in (row.type, row.provider) if part)


def _differs(rule: ReminderRule, row: RuleOverride, h24: bool) -> str:
    if row.offset_minutes is None:
        return ""
    at = said_time(row.at_time, clock_24h=h24) if row.at_time else ""
    return in_words(rule.kind, row.offset_minutes, at)


def _when(rule: ReminderRule, h24: bool) -> str:
    at = said_time(rule.at_time, clock_24h=h24) if rule.at_time else ""
    return in_words(rule.kind, rule.offset_minutes, at)


def _by(channels: list[str]) -> str:
    return ", else ".join(Channel(channel).label.lower() for channel in channels)


def _words(rule: ReminderRule) -> list[tuple[str, str]]:
    """Where the words of this step are written, per channel."""
    return [
        (Channel(c).label, f"{reverse('reminders:wording-edit', args=['reminder', c, 'en'])}?step={rule.pk}")
        for c in [*rule.channels, Channel.PORTAL]
    ]


def _opened(row: ReminderRule | None) -> RuleForm:
    return RuleForm(initial=_initial(row, row))


def _initial(row: ReminderRule | RuleOverride | None, rule: ReminderRule | None) -> dict:
    return initial_of(row, rule, clock_24h=the_practice().clock_24h)


def _ids(form: WhenAndWhere) -> dict[str, Any]:
    return {name: form.cleaned_data[name] for name in ("edition", "change_id")}


def _act(request: StaffRequest) -> dict[str, Any]:
    """Of a button: its id and the edition it was drawn with; nonsense counts as not said."""
    edition = request.POST.get("edition", "")
    try:
        change_id: uuid.UUID | None = uuid.UUID(request.POST.get("change_id", ""))
    except ValueError:
        change_id = None
    return {"edition": int(edition) if edition.isdecimal() else None, "change_id": change_id}


_ONE = "settings/reminders/<int:pk>/"
urlpatterns_schedule = [
    path("settings/reminders/", schedule, name="schedule"),
    path("settings/reminders/new/", rule_add, name="rule-add"),
    path("settings/reminders/effect/", rule_effect, name="rule-effect"),
    path(_ONE, rule_edit, name="rule-edit"),
    path(f"{_ONE}delete/", rule_delete, name="rule-delete"),
    path(f"{_ONE}exceptions/new/", exception_add, name="exception-add"),
    path(f"{_ONE}exceptions/<int:exception>/", exception_edit, name="exception-edit"),
    path(f"{_ONE}exceptions/<int:exception>/remove/", exception_remove, name="exception-remove"),
]
