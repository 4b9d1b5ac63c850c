"""Acts on a whole session from its sheet: everybody here, somebody walked in, completed, without who leads it."""

from __future__ import annotations

import uuid

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST

from core.refusals import Refusal
from groups import operations
from groups.forms.sheet import AllHereForm, WalkInForm
from groups.permissions import may_with
from groups.views.sheet import Opened, opened
from groups.views.visible import allow
from practice.middleware import StaffRequest
from practice.queries import the_practice
from scheduling import operations as visits
from scheduling.forms.visits import ActForm
from scheduling.views import answers
from scheduling.views.answers import Said


@require_POST
def sheet_all_here(request: StaffRequest, public_id: uuid.UUID) -> HttpResponse:
    one, practice = opened(request, public_id), the_practice()
    allow(request.actor, "visit.attend")
    form = AllHereForm(request.POST)
    if not form.is_valid():
        return answers.refused(request, answers.out_of_date(), one.visit, practice, status=422)
    try:
        change = visits.mark_all_here(
            one.visit.pk, by=request.actor, change_id=form.cleaned_data["change_id"]
        )
    except Refusal as refusal:
        return answers.refused(request, refusal, one.visit, practice)
    said = Said(text="Everybody left is here.")
    return answers.done(request, said, change, back=_url(one))


@require_POST
def sheet_walk_in(request: StaffRequest, public_id: uuid.UUID) -> HttpResponse:
    one, practice = opened(request, public_id), the_practice()
    allow(request.actor, "visit.book")
    form = WalkInForm(request.POST, by=request.actor)
    if not form.is_valid() or (client := form.row.client) is None:
        said = Refusal(form.row.error or "Say who came.", remedy="Look them up again.")
        return answers.refused(request, said, one.visit, practice, status=422)
    given = form.cleaned_data
    try:
        acted = operations.walk_in(
            one.meeting.pk,
            client_id=client.pk,
            by=request.actor,
            change_id=given["change_id"],
            override_reason=given["override_reason"],
        )
    except Refusal as refusal:
        return answers.refused(request, refusal, one.visit, practice)
    return answers.done(request, Said(text="One more is here."), acted.change, back=_url(one))


@require_POST
def sheet_complete(request: StaffRequest, public_id: uuid.UUID) -> HttpResponse:
    return _whole(request, public_id, "complete", "The session is completed.")


@require_POST
def sheet_reopen(request: StaffRequest, public_id: uuid.UUID) -> HttpResponse:
    return _whole(request, public_id, "reopen", "The session is open again.")


def _whole(request: StaffRequest, public_id: uuid.UUID, act: str, text: str) -> HttpResponse:
    one, practice = opened(request, public_id), the_practice()
    allow(request.actor, "visit.attend")
    form = ActForm(request.POST)
    if not form.is_valid():
        return answers.refused(request, answers.out_of_date(), one.visit, practice, status=422)
    try:
        acted = getattr(visits, act)(one.visit.pk, by=request.actor, **form.cleaned_data)
    except Refusal as refusal:
        return answers.refused(request, refusal, one.visit, practice)
    return answers.done(request, Said(text=text), acted.change, back=_url(one))


DECISIONS = {
    "absent": (
        operations.report_absent,
        "It is noted that the facilitator cannot come. Decide what happens.",
    ),
    "alone": (operations.lead_alone, "The one who leads with them does it alone."),
    "keep": (operations.keep_session, "The session takes place as planned."),
}


@require_POST
def session_decide(request: StaffRequest, public_id: uuid.UUID) -> HttpResponse:
    """The facilitator cannot come; the one who leads with them does it alone; or it takes place as planned."""
    one, practice = opened(request, public_id), the_practice()
    form = ActForm(request.POST)
    decision = request.POST.get("decision", "")
    if not may_with(request.actor, "group.roster", one.group):
        raise PermissionDenied
    if not form.is_valid() or decision not in DECISIONS:
        return answers.refused(request, answers.out_of_date(), one.visit, practice, status=422)
    run, text = DECISIONS[decision]
    try:
        acted = run(one.meeting.pk, by=request.actor, **form.cleaned_data)
    except Refusal as refusal:
        return answers.refused(request, refusal, one.visit, practice)
    return answers.done(request, Said(text=text), acted.change, back=_url(one))


def _url(one: Opened) -> str:
    return reverse("groups:sheet", args=[one.visit.public_id])
