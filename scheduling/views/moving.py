"""Standing visits: moved, cancelled, brought back. Each asks once, in a small dialog or on a page of its own."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import replace
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST

from core import clock
from core.refusals import Blocked, NotAllowed, Refusal, StaleEdit
from practice.middleware import StaffRequest
from practice.models import Practice
from practice.queries import the_practice
from scheduling import operations
from scheduling.forms.opening import said_again
from scheduling.forms.visits import PRACTICE_CAUSED, CancelForm, MoveForm, RestoreForm, instead, standing
from scheduling.models import Appointment
from scheduling.operations import Acted, Scope, SeriesActed, SeriesBlocked
from scheduling.queries.problems import wish_of
from scheduling.rules import words
from scheduling.rules.wishes import Place
from scheduling.states import UNCOUNTED, Notice
from scheduling.views import answers, series, series_changes
from scheduling.views.answers import Said
from scheduling.views.booking import move_findings
from scheduling.views.findings import Findings, findings_for
from scheduling.views.visible import allow, visible_visit

TARGETS = ("on", "at", "minutes", "provider", "room")
PARTS = {
    "dialog": "#dialog_part",
    "move-form": "#form",
    "cancel-form": "#form",
    "series-change-form": "#form",
}


@require_http_methods(["GET", "HEAD", "POST"])
def visit_move(request: StaffRequest, public_id: uuid.UUID) -> HttpResponse:
    visit, practice, now = visible_visit(request.actor, public_id), the_practice(), clock.now()
    allow(request.actor, "visit.move")
    if request.method != "POST":
        return _move_page(request, _opened(request, visit, practice), now)
    form = MoveForm(request.POST, visit=visit, by=request.actor, practice=practice)
    if at := request.POST.get("at_instead"):
        form.post_again(**instead(at))
        return _move_page(request, form.asked_again(), now)
    place = form.place() if form.is_valid() else None
    if place is None or "back" in request.POST:
        return _move_page(request, form, now, status=422 if place is None else 200)
    try:
        return _move_or_look(request, form, place, now)
    except Refusal as refusal:
        return _move_refused(request, form, refusal, now)


def _move_or_look(request: StaffRequest, form: MoveForm, place: Place, now: dt.datetime) -> HttpResponse:
    """Several visits are looked at first. Raises Refusal."""
    visit, tells = form.visit, form.notice != Notice.NONE
    if series_changes.is_to_look(request, form.chosen_scope):
        return series_changes.look_at_change(request, form, place, now)
    try:
        acted = _move(request, form, place)
    except SeriesBlocked as refusal:
        return series_changes.look_at_change(request, form, place, now, refusal)
    if isinstance(acted, SeriesActed):
        return series.answered(request, acted, "Moved", visit, tells=tells)
    said = Said(text=_moved(visit, acted.appointment, form.practice), detail=_told(acted, visit, form.notice))
    back = answers.calendar_url(acted.appointment, form.practice)
    return answers.done(request, said, acted.change, back=back)


def _move(request: StaffRequest, form: MoveForm, place: Place) -> Acted | SeriesActed:
    given = form.cleaned_data
    about: dict[str, Any] = {
        "to": place,
        "by": request.actor,
        "edition": given["edition"],
        "change_id": given["change_id"],
        "notice": form.notice,
        "agreed_with_client": given["agreed"],
        "override_reason": given["override_reason"],
    }
    if form.chosen_scope == Scope.THIS:
        return operations.move(form.visit.pk, **about)
    return operations.change_series(form.visit.pk, scope=form.chosen_scope, **about)


def _opened(request: StaffRequest, visit: Appointment, practice: Practice) -> MoveForm:
    """As it stands, with the target of a drag put over it."""
    target = {name: request.GET[name] for name in TARGETS if request.GET.get(name)}
    posted = QueryDict(mutable=True)
    if "at" in target:
        target["at"] = said_again(target["at"], practice)
    values = standing(visit, practice) | target | {"change_id": answers.fresh_id(), "tell": "on"}
    values["scope"] = Scope.THIS
    for name, value in values.items():
        posted[name] = "" if value is None else str(value)
    return MoveForm(posted, visit=visit, by=request.actor, practice=practice)


def _move_page(
    request: StaffRequest,
    form: MoveForm,
    now: dt.datetime,
    *,
    findings: Findings | None = None,
    status: int = 200,
) -> HttpResponse:
    part = PARTS.get(request.headers.get("HX-Target", ""), "")
    is_target = request.method == "POST" or any(request.GET.get(name) for name in TARGETS)
    shown = _about(form.visit, form.practice) | {
        "form": form,
        "reach": series.reach_of(form.visit, "move", now),
        "findings": findings or move_findings(form, by=request.actor, now=now),
        "is_dialog": bool(part),
        "is_target": is_target and status == 200,
        "new_span": _new_span(form) if is_target else "",
        "asks_agreed": _may_lose_confirmation(form, is_target=is_target),
    }
    return render(request, f"scheduling/visit_move.html{part}", shown, status=status)


def _about(visit: Appointment, practice: Practice) -> dict[str, Any]:
    return {
        "visit": visit,
        "who": answers.who(visit),
        "span": answers.span(visit, practice),
        "people": _coming(visit),
        "open_url": answers.calendar_url(visit, practice),
    }


def _coming(visit: Appointment) -> list:
    return [person for person in visit.attendances.all() if person.state not in UNCOUNTED]


def _may_lose_confirmation(form: MoveForm, *, is_target: bool) -> bool:
    """Only a changed start clears what was confirmed; a drawn edge does not."""
    place = form.place() if is_target and form.is_valid() else None
    same_start = place is not None and place.starts_at == form.visit.starts_at
    return any(person.confirmed_at for person in _coming(form.visit)) and not same_start


def _new_span(form: MoveForm) -> str:
    place = form.place() if form.is_valid() else None
    if place is None:
        return ""
    start = place.starts_at.astimezone(form.practice.tz)
    minute = start.hour * 60 + start.minute
    between = words.between(minute, minute + place.minutes, h24=form.practice.clock_24h)
    return f"{words.short_day(start.date())}, {between}"


def _move_refused(request: StaffRequest, form: MoveForm, refusal: Refusal, now: dt.datetime) -> HttpResponse:
    if isinstance(refusal, NotAllowed):
        raise PermissionDenied(refusal.message)
    place = form.place()
    form.visit = visible_visit(request.actor, form.visit.public_id)
    form.post_again(edition=form.visit.edition)
    if place is None or isinstance(refusal, StaleEdit):
        found = Findings(against=refusal.problems, refused=True, is_stale=True)
    else:
        wish, by = wish_of(form.visit, place), request.actor
        found = findings_for(
            wish, form.practice, by=by, now=now, appointment_id=form.visit.pk, refusal=refusal
        )
    return _move_page(request, form, now, findings=found, status=found.status)


def _moved(was: Appointment, visit: Appointment, practice: Practice) -> str:
    who = answers.who(visit)
    if was.starts_at != visit.starts_at:
        return f"Moved {who} to {answers.when(visit, practice)}."
    if was.provider_id != visit.provider_id:
        return f"Moved {who} to {visit.provider or 'the room alone'}."
    if was.minutes != visit.minutes:
        return f"{who} now lasts {words.minutes(visit.minutes)}."
    return f"{who}: the place was changed."


def _told(acted: Acted, visit: Appointment, notice: str) -> str:
    return answers.waits(acted.change, tells=notice != Notice.NONE) if _coming(visit) else ""


@require_http_methods(["GET", "HEAD", "POST"])
def visit_cancel(request: StaffRequest, public_id: uuid.UUID) -> HttpResponse:
    visit, practice = visible_visit(request.actor, public_id), the_practice()
    allow(request.actor, "visit.cancel")
    if request.method != "POST":
        first = {"change_id": answers.fresh_id(), "edition": visit.edition}
        return _cancel_page(request, CancelForm(initial=first), visit, practice)
    form = CancelForm(request.POST)
    if not form.is_valid() or "back" in request.POST:
        return _cancel_page(request, form, visit, practice, status=422 if form.errors else 200)
    given = form.cleaned_data
    about: dict[str, Any] = {"reason": given["reason"], "text": given["text"], "notice": form.notice}
    about |= {"by": request.actor, "edition": given["edition"], "change_id": given["change_id"]}
    try:
        if series_changes.is_to_look(request, form.chosen_scope):
            return series_changes.look_at_cancel(request, form, visit, practice, clock.now())
        if form.chosen_scope != Scope.THIS:
            several = operations.cancel_series(visit.pk, scope=form.chosen_scope, **about)
            tells = form.notice != Notice.NONE
            return series.answered(request, several, "Cancelled", visit, tells=tells)
        acted = operations.cancel(visit.pk, **about)
    except Refusal as refusal:
        return _cancel_refused(request, form, visit, practice, refusal)
    said = Said(
        text=f"Cancelled {answers.who(visit)}, {answers.when(visit, practice)}.",
        detail=_told(acted, visit, form.notice),
    )
    return answers.done(request, said, acted.change, back=answers.calendar_url(visit, practice))


def _cancel_page(
    request: StaffRequest,
    form: CancelForm,
    visit: Appointment,
    practice: Practice,
    *,
    refusal: Refusal | None = None,
    status: int = 200,
) -> HttpResponse:
    part = PARTS.get(request.headers.get("HX-Target", ""), "")
    shown = _about(visit, practice) | {"form": form, "refusal": refusal, "is_dialog": bool(part)}
    shown["tells"] = " ".join(PRACTICE_CAUSED)
    shown["reach"] = series.reach_of(visit, "cancel", clock.now())
    return render(request, f"scheduling/visit_cancel.html{part}", shown, status=status)


def _cancel_refused(
    request: StaffRequest, form: CancelForm, visit: Appointment, practice: Practice, refusal: Refusal
) -> HttpResponse:
    if isinstance(refusal, NotAllowed):
        raise PermissionDenied(refusal.message)
    fresh = visible_visit(request.actor, visit.public_id)
    form.post_again(edition=fresh.edition)
    return _cancel_page(request, form, fresh, practice, refusal=refusal, status=409)


@require_POST
def visit_restore(request: StaffRequest, public_id: uuid.UUID) -> HttpResponse:
    """One click where the old place is still free; otherwise what is in the way, and the override if permitted."""
    visit, practice = visible_visit(request.actor, public_id), the_practice()
    form = RestoreForm(request.POST)
    if not form.is_valid():
        return answers.refused(request, answers.out_of_date(), visit, practice, status=422)
    try:
        acted = operations.restore(visit.pk, by=request.actor, **form.cleaned_data)
    except Refusal as refusal:
        return _restore_refused(request, form, visit, refusal)
    said = Said(
        text=f"{answers.who(visit)} is back at {answers.when(visit, practice)}.",
        detail=answers.waits(acted.change, tells=True) if visit.attendances.exists() else "",
    )
    return answers.done(request, said, acted.change, back=answers.calendar_url(visit, practice))


def _restore_refused(
    request: StaffRequest, form: RestoreForm, visit: Appointment, refusal: Refusal
) -> HttpResponse:
    fresh, practice, now = visible_visit(request.actor, visit.public_id), the_practice(), clock.now()
    if not isinstance(refusal, Blocked):
        return answers.refused(request, refusal, fresh, practice)
    form.post_again()
    found = findings_for(wish_of(fresh), practice, by=request.actor, now=now, refusal=refusal)
    part = {"dialog": "#dialog_part", "restore-form": "#form"}.get(request.headers.get("HX-Target", ""), "")
    shown = _about(fresh, practice) | {
        "form": form,
        "findings": replace(found, free=[]),
        "is_dialog": bool(part),
    }
    return render(request, f"scheduling/visit_restore.html{part}", shown, status=found.status)
