"""Settings: what clients read. The list stands left, one set of words right, with how they read beside them."""

from __future__ import annotations

import uuid
from dataclasses import asdict, dataclass, replace
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.safestring import SafeString
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core import clock
from core.refusals import AlreadyUsed, Blocked, Refusal, Severity, StaleEdit
from messaging import wordings
from messaging.forms import WordsForm
from messaging.models import Template
from messaging.operations.templates import faults_of, revert_words, save_words
from messaging.rules.lint import replaced
from messaging.rules.wording import ALIASES, LANGUAGES, VARIABLES, Own, Slot, Words, versions_of
from messaging.states import Variant
from messaging.wordings import Wording
from practice.middleware import StaffRequest
from practice.queries import the_practice
from practice.states import Channel
from reminders.models import ReminderRule
from reminders.queries import previews
from reminders.queries.compared import Compared, compared
from reminders.states import Said
from scheduling.views.visible import allow

SECOND = "second"  # as it stands in addresses
AGAIN = {"title": "Go back", "act": "Use the words we bring along"}
STOP = {"title": "Stop comparing", "act": "Use the first words for everybody"}
WORDS_AGAIN = "The words Stillwater brings along are used again."
SEVERAL = {Said.MOVED_MANY, Said.CANCELLED_MANY}


@dataclass(frozen=True, slots=True, kw_only=True)
class Here:
    """One set of words and how they stand: `shown` are those in use now, `row` the practice's own or an emptied one."""

    wording: Wording
    slot: Slot
    row: Template | None
    own: Own
    shown: Words
    compared: Compared | None = None

    @property
    def is_own(self) -> bool:
        return self.row is not None and bool(self.row.body)

    @property
    def is_second(self) -> bool:
        return bool(self.slot.variant)

    @property
    def has_subject(self) -> bool:
        return self.slot.channel in (Channel.EMAIL, Channel.PORTAL)


@require_safe
def wording_list(request: StaffRequest) -> HttpResponse:
    allow(request.actor, "settings.change")
    own = Template.objects.own_words()
    return render(request, "reminders/wording_list.html", {"groups": _groups(own)})


@require_http_methods(["GET", "HEAD", "POST"])
def wording_edit(request: StaffRequest, key: str, channel: str, language: str) -> HttpResponse:
    allow(request.actor, "settings.change")
    here = _here(request, key, channel, language)
    if request.method != "POST":
        return _page(request, here, _form(here, _former(request, here)))
    form = _form(here, None, request.POST)
    if "replace" in request.POST or "look" in request.POST:
        return _page(request, here, _replaced(here, form) if "replace" in request.POST else form)
    if not form.is_valid():
        return _page(request, here, form, status=422)
    return _save(request, here, form)


@require_POST
def wording_preview(request: StaffRequest, key: str, channel: str, language: str) -> HttpResponse:
    """What is typed so far, as somebody would read it. Nothing is kept."""
    allow(request.actor, "settings.change")
    here = _here(request, key, channel, language)
    form = _form(here, None, request.POST)
    return render(request, "reminders/_wording_preview.html", _looked(request, here, form))


@require_POST
def wording_revert(request: StaffRequest, key: str, channel: str, language: str) -> HttpResponse:
    allow(request.actor, "settings.change")
    here = _here(request, key, channel, language)
    try:
        revert_words(here.slot, by=request.actor, change_id=_uuid(request.POST.get("change_id", "")))
    except Refusal as refusal:
        return _page(request, here, _form(here, None), refusal=refusal, status=409)
    done = "Everybody gets the first words again." if here.is_second else WORDS_AGAIN
    messages.success(request, done)
    return redirect(_address(here.slot))


def _save(request: StaffRequest, here: Here, form: WordsForm) -> HttpResponse:
    cleaned = form.cleaned_data
    try:
        save_words(
            here.slot,
            form.typed,
            said=_measured(request, here, form.typed)[0].send.text,
            accept=cleaned["accept"],
            edition=cleaned["edition"],
            by=request.actor,
            change_id=cleaned["change_id"],
        )
    except StaleEdit as refusal:
        fresh = _with(form, here, edition=here.row.edition if here.row else 0)
        return _page(request, here, fresh, refusal=refusal, theirs=here.shown, status=409)
    except Blocked as refusal:
        # What is wrong stands beside the words; what may be accepted is asked there.
        blockers = [p for p in refusal.problems if p.severity == Severity.BLOCKER]
        for problem in blockers:
            form.add_error(problem.field if problem.field in form.fields else None, problem.message)
        if not blockers:
            form.add_error("body", "Have another look at what is said about these words, then save again.")
        return _page(request, here, form, status=422)
    except Refusal as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
        fresh = _with(form, here, change_id=uuid.uuid4()) if isinstance(refusal, AlreadyUsed) else form
        return _page(request, here, fresh, refusal=refusal, status=422)
    messages.success(request, "These words are used from the next message on.")
    return redirect(_address(here.slot))


def _here(request: StaffRequest, key: str, channel: str, language: str) -> Here:
    wording = wordings.get(key)
    if wording is None or (channel, language) not in wording.defaults:
        raise Http404
    place: dict[str, Any] = {
        "key": key,
        "scope": _step(request, wording),
        "channel": channel,
        "language": language,
    }
    slot = Slot(**place, variant=_variant(request, wording))
    own = Template.objects.own_words()
    row = Template.objects.filter(**asdict(slot)).first()
    shown = versions_of(**place, own=own, defaults=wording.defaults)[0]
    if slot.variant and row and row.body:
        shown = Words(row.body, row.subject_line)
    found = compared(slot, clock.now()) if wording.has_steps else None
    return Here(wording=wording, slot=slot, row=row, own=own, shown=shown, compared=found)


def _variant(request: StaffRequest, wording: Wording) -> str:
    """Second words start from the first ones. Raises Http404 where nothing is compared."""
    asked = request.GET.get("words", "")
    if asked and not (wording.has_steps and asked == SECOND):
        raise Http404
    return Variant.SECOND if asked else Variant.FIRST


def _step(request: StaffRequest, wording: Wording) -> int:
    """Raises Http404 for a step that is not there."""
    asked = request.GET.get("step", "")
    if not asked or not wording.has_steps:
        return 0
    if not asked.isdecimal() or not ReminderRule.objects.filter(pk=int(asked)).exists():
        raise Http404
    return int(asked)


def _form(here: Here, words: Words | None, posted: Any = None) -> WordsForm:
    words = words or here.shown
    initial = {
        "change_id": uuid.uuid4(),
        "edition": here.row.edition if here.row else 0,
        "body": words.text,
        "subject_line": words.subject_line,
    }
    return WordsForm(posted, initial=initial, has_subject=here.has_subject)


def _with(form: WordsForm, here: Here, **differs: Any) -> WordsForm:
    """The same form with its errors and what was typed, and these hidden fields."""
    data: Any = form.data  # what was posted
    data = data.copy()
    data.update({name: str(value) for name, value in differs.items()})
    fresh = WordsForm(data, initial=form.initial, has_subject=here.has_subject)
    fresh._errors = form._errors  # type: ignore[attr-defined]
    return fresh


def _replaced(here: Here, form: WordsForm) -> WordsForm:
    return _form(here, Words(replaced(form.typed.text), form.typed.subject_line))


def _former(request: StaffRequest, here: Here) -> Words | None:
    asked = request.GET.get("version", "")
    return previews.words_of(here.row, int(asked)) if asked.isdecimal() else None


def _page(
    request: StaffRequest,
    here: Here,
    form: WordsForm,
    *,
    refusal: Refusal | None = None,
    theirs: Words | None = None,
    status: int = 200,
) -> HttpResponse:
    shown = _looked(request, here, form) | {
        "form": form,
        "groups": _groups(here.own),
        "channels": _channel_tabs(here),
        "languages": _language_tabs(here),
        "steps": _step_tabs(here),
        "variants": _variant_tabs(here),
        "back": STOP if here.is_second else AGAIN,
        "variables": [(name, says) for name, says in VARIABLES.items()],
        "aliases": ALIASES,
        "versions": previews.versions(here.row),
        "visits": previews.upcoming(request.actor, clock.now())[: previews.VISITS_SHOWN],
        "refusal": refusal,
        "theirs": theirs,
        "fresh_id": uuid.uuid4(),
    }
    return render(request, "reminders/wording_form.html", shown, status=status)


def _looked(request: StaffRequest, here: Here, form: WordsForm) -> dict[str, Any]:
    """What the preview shows."""
    words = form.typed if form.typed.text else here.shown
    measure, visit = _measured(request, here, words)
    problems = faults_of(here.wording, here.slot, words, measure.send.text)
    return {
        "here": here,
        "address": _address(here.slot),
        "preview_url": _address(here.slot, "wording-preview"),
        "revert_url": _address(here.slot, "wording-revert"),
        "measure": measure,
        "mail_body": SafeString(measure.body),  # escaped piece by piece where it was made
        "chosen": visit,
        "problems": problems,
        "form": form,
        "asks_yes": any(problem.severity == Severity.NEEDS_OVERRIDE for problem in problems),
        "has_odd_letters": any(problem.code == "letters" for problem in problems),
        "practice": the_practice(),
    }


def _measured(request: StaffRequest, here: Here, words: Words) -> tuple[previews.Measured, Any]:
    """With the visit that was chosen, if it is still there to be seen; else with the example."""
    practice, now, slot = the_practice(), clock.now(), here.slot
    visit = previews.visit_named(request.actor, now, request.POST.get("visit", ""))
    several = slot.key in SEVERAL
    facts = (
        previews.facts_of(practice, visit, slot.language)
        if visit
        else previews.example(practice, slot.language, now, several=several)
    )
    samples = here.wording.samples.get(slot.language, {})
    return previews.measured(
        words, facts, channel=slot.channel, language=slot.language, samples=samples
    ), visit


def _groups(own: Own) -> list[tuple[str, list[tuple[Wording, str, list[str]]]]]:
    """Per group (wording, address of its first words, where the practice has its own)."""
    rows = [
        (wording, _address(Slot(key=wording.key, channel=wording.channels[0], language="en")), _own_in(wording, own))
        for wording in wordings.all()
    ]  # fmt: skip
    return [(group, list(found)) for group, found in groupby(rows, key=lambda row: row[0].group)]


def _own_in(wording: Wording, own: Own) -> list[str]:
    found = {
        f"{Channel(channel).label}, {LANGUAGES[language]}"
        for key, _, channel, language in own
        if key == wording.key
    }
    return sorted(found)


def _channel_tabs(here: Here) -> list[tuple[str, str, bool]]:
    slot = here.slot
    return [
        (Channel(c).label, _address(Slot(**asdict(slot) | {"channel": c})), c == slot.channel)
        for c in here.wording.channels
    ]


def _language_tabs(here: Here) -> list[tuple[str, str, bool]]:
    slot = here.slot
    return [
        (label, _address(Slot(**asdict(slot) | {"language": code})), code == slot.language)
        for code, label in LANGUAGES.items()
        if (slot.channel, code) in here.wording.defaults
    ]


def _step_tabs(here: Here) -> list[tuple[str, str, bool]]:
    if not here.wording.has_steps:
        return []
    slot = here.slot
    steps = [(0, "Every step"), *ReminderRule.objects.values_list("pk", "name")]
    return [(name, _address(Slot(**asdict(slot) | {"scope": pk})), pk == slot.scope) for pk, name in steps]


def _variant_tabs(here: Here) -> list[tuple[str, str, bool]]:
    if not here.wording.has_steps:
        return []
    tabs = [(Variant.FIRST, "First words"), (Variant.SECOND, "Second words, to compare")]
    return [(word, _address(replace(here.slot, variant=v)), v == here.slot.variant) for v, word in tabs]


def _address(slot: Slot, name: str = "wording-edit") -> str:
    found = reverse(f"reminders:{name}", args=[slot.key, slot.channel, slot.language])
    query = ({"step": slot.scope} if slot.scope else {}) | ({"words": SECOND} if slot.variant else {})
    return found + (f"?{urlencode(query)}" if query else "")


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


_ONE = "settings/wordings/<slug:key>/<slug:channel>/<slug:language>/"
urlpatterns_wordings = [
    path("settings/wordings/", wording_list, name="wording-list"),
    path(_ONE, wording_edit, name="wording-edit"),
    path(f"{_ONE}preview/", wording_preview, name="wording-preview"),
    path(f"{_ONE}revert/", wording_revert, name="wording-revert"),
]
