"""Who comes to a standing visit: one of several taken off with a reason, one more put on. Each asks in a dialog."""

from __future__ import annotations

import uuid
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_http_methods

from core.refusals import Blocked, NotAllowed, Refusal, Severity
from practice.middleware import StaffRequest
from practice.permissions import may
from practice.queries import the_practice
from scheduling import operations
from scheduling.forms.visits import PRACTICE_CAUSED, AddPersonForm, ReasonForm
from scheduling.models import Appointment, Attendance
from scheduling.states import UNCOUNTED, Category, Notice
from scheduling.views import answers
from scheduling.views.answers import Said
from scheduling.views.visible import allow, visible_visit


@require_http_methods(["GET", "HEAD", "POST"])
def attendance_cancel(request: StaffRequest, pk: int) -> HttpResponse:
    """One of several does not come; the dialog says so when with the last one the visit is off."""
    person = _person(request, pk)
    allow(request.actor, "visit.cancel")
    if request.method != "POST":
        first = {"change_id": answers.fresh_id(), "edition": person.edition}
        return _cancel_page(request, ReasonForm(initial=first), person)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return _cancel_page(request, form, person, status=422)
    given = form.cleaned_data
    about: dict[str, Any] = {
        "reason": given["reason"],
        "text": given["text"],
        "notice": form.notice,
        "by": request.actor,
    }
    try:
        acted = operations.cancel_person(
            person.pk, edition=given["edition"], change_id=given["change_id"], **about
        )
    except NotAllowed as refusal:
        raise PermissionDenied(refusal.message) from refusal
    except Refusal as refusal:
        person = _person(request, pk)
        form.post_again(edition=person.edition)
        return _cancel_page(request, form, person, refusal=refusal, status=409)
    practice, visit = the_practice(), acted.appointment
    when = answers.when(visit, practice)
    gone = f", and with them the visit on {when}" if visit.state == "cancelled" else f", {when}"
    told = answers.waits(acted.change, tells=form.notice != Notice.NONE)
    said = Said(text=f"Took {person.client.name} off{gone}.", detail=told)
    return answers.done(request, said, acted.change, back=answers.calendar_url(visit, practice))


def _person(request: StaffRequest, pk: int) -> Attendance:
    seen = Attendance.objects.filter(appointment__in=Appointment.objects.visible_to(request.actor))
    return get_object_or_404(
        seen.select_related("client", "appointment__type", "appointment__provider"), pk=pk
    )


def _cancel_page(
    request: StaffRequest,
    form: ReasonForm,
    person: Attendance,
    *,
    refusal: Refusal | None = None,
    status: int = 200,
) -> HttpResponse:
    part = {"dialog": "#dialog_part", "person-cancel-form": "#form"}.get(
        request.headers.get("HX-Target", ""), ""
    )
    practice, visit = the_practice(), person.appointment
    others = visit.attendances.exclude(state__in=UNCOUNTED).exclude(pk=person.pk)
    shown = {
        "form": form,
        "person": person,
        "visit": visit,
        "span": answers.span(visit, practice),
        "is_last": visit.type.category != Category.GROUP and not others.exists(),
        "tells": " ".join(PRACTICE_CAUSED),
        "refusal": refusal,
        "open_url": answers.calendar_url(visit, practice),
        "is_dialog": bool(part),
    }
    return render(request, f"scheduling/person_cancel.html{part}", shown, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def visit_add_person(request: StaffRequest, public_id: uuid.UUID) -> HttpResponse:
    visit = visible_visit(request.actor, public_id)
    allow(request.actor, "visit.book")
    if request.method != "POST":
        first = {"change_id": answers.fresh_id(), "edition": visit.edition, "tell": True}
        return _add_page(request, AddPersonForm(initial=first, by=request.actor), visit)
    form = AddPersonForm(request.POST, by=request.actor)
    if not form.is_valid() or (client := form.row.client) is None:
        return _add_page(request, form, visit, status=422)
    given = form.cleaned_data
    about: dict[str, Any] = {
        "notice": form.notice,
        "override_reason": given["override_reason"],
        "by": request.actor,
    }
    try:
        acted = operations.add_person(
            visit.pk, client_id=client.pk, edition=given["edition"], change_id=given["change_id"], **about
        )
    except NotAllowed as refusal:
        raise PermissionDenied(refusal.message) from refusal
    except Refusal as refusal:
        visit = visible_visit(request.actor, public_id)
        form.post_again(edition=visit.edition)
        return _add_page(request, form, visit, refusal=refusal, status=409)
    practice = the_practice()
    said = Said(
        text=f"{client.name} comes too, {answers.when(visit, practice)}.",
        detail=answers.waits(acted.change, tells=form.notice != Notice.NONE),
    )
    return answers.done(request, said, acted.change, back=answers.calendar_url(visit, practice))


def _add_page(
    request: StaffRequest,
    form: AddPersonForm,
    visit: Appointment,
    *,
    refusal: Refusal | None = None,
    status: int = 200,
) -> HttpResponse:
    part = {"dialog": "#dialog_part", "person-add-form": "#form"}.get(
        request.headers.get("HX-Target", ""), ""
    )
    practice = the_practice()
    shown = {
        "form": form,
        "visit": visit,
        "who": answers.who(visit),
        "span": answers.span(visit, practice),
        "may_add_client": may(request.actor, "client.add"),
        "refusal": refusal,
        "may_override": _may_override(request, refusal),
        "open_url": answers.calendar_url(visit, practice),
        "is_dialog": bool(part),
    }
    return render(request, f"scheduling/person_add.html{part}", shown, status=status)


def _may_override(request: StaffRequest, refusal: Refusal | None) -> bool:
    if not isinstance(refusal, Blocked) or not may(request.actor, "visit.override"):
        return False
    return all(problem.severity != Severity.BLOCKER for problem in refusal.problems)
