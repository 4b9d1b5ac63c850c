"""Many visits completed at once: those that are over, what came of it, and what was not completed and why."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_POST, require_safe

from core import clock
from core.refusals import Refusal
from practice.middleware import StaffRequest
from practice.models import Practice
from practice.permissions import may
from practice.queries import the_practice
from scheduling import operations
from scheduling.forms.charges import ManyForm
from scheduling.forms.completing import TABS, CompletingSearch
from scheduling.models import Appointment
from scheduling.queries.charge_lines import people_of
from scheduling.queries.completing import came_of, stands, to_complete
from scheduling.views import answers
from scheduling.views.visible import allow

ROWS = 50
VERB = "visit.settle"


@require_safe
def complete_list(request: StaffRequest) -> HttpResponse:
    allow(request.actor, VERB)
    practice, form = the_practice(), CompletingSearch(request.GET, by=request.actor)
    page = Paginator(_found(request, form, practice, form.shown), ROWS).get_page(request.GET.get("page"))
    said = form.said()
    context = {
        "form": form,
        "show": form.shown,
        "tabs": _tabs(request, form, practice),
        "page": page,
        "rows": [_row(visit, practice) for visit in page.object_list],
        "numbers": list(page.paginator.get_elided_page_range(page.number)),
        "query": urlencode(said),
        "page_query": f"{urlencode(said)}&" if said else "",
        "is_narrowed": bool(said.keys() - {"show"}),
        "may_say": may(request.actor, "visit.attend"),
        "may_charge": may(request.actor, "charge.see"),
        "change_id": answers.fresh_id(),
        "came": _came(request, form, practice),
    }
    return render(request, "scheduling/complete_list.html", context)


def _found(request: StaffRequest, form: CompletingSearch, practice: Practice, show: str) -> Any:
    if (asked := form.asked()) is None:
        return Appointment.objects.none()
    marked, now = show == "marked", clock.now()
    return to_complete(request.actor, asked, marked=marked, zone=practice.tz, now=now)


def _tabs(request: StaffRequest, form: CompletingSearch, practice: Practice) -> list[tuple[str, str, bool]]:
    found = {show: _found(request, form, practice, show).count() for show in TABS}
    return [
        (
            f"{label} {found[show]}" if found[show] else label,
            f"?{urlencode({**form.said(), 'show': show})}",
            show == form.shown,
        )
        for show, label in TABS.items()
    ]


def _row(visit: Appointment, practice: Practice) -> dict[str, Any]:
    return {
        "visit": visit,
        "who": visit.title or people_of(visit),
        "when": answers.span(visit, practice),
        "url": answers.calendar_url(visit, practice),
        "stands": stands(visit),
    }


def _came(request: StaffRequest, form: CompletingSearch, practice: Practice) -> dict[str, Any] | None:
    """What the press before did, with the visits it left."""
    if form.done_id is None or (came := came_of(form.done_id, request.actor, clock.now())) is None:
        return None
    return {"all": came, "left": [(_row(visit, practice), why) for visit, why in came.left]}


@require_POST
def complete_many(request: StaffRequest) -> HttpResponse:
    """Those ticked, or all the search found; then the list again, with what came of it."""
    allow(request.actor, VERB)
    practice, form = the_practice(), ManyForm(request.POST)
    search = CompletingSearch(request.GET, by=request.actor)
    if not form.is_valid():
        return answers.refused(request, answers.out_of_date(), None, practice, status=422)
    found = _found(request, search, practice, search.shown)
    chosen = found if form.cleaned_data["all"] else found.filter(public_id__in=form.chosen())
    ids = list(chosen.order_by("pk").values_list("pk", flat=True))
    if not ids:
        nothing = Refusal("No visit was ticked.", remedy="Tick what you mean, or press the button for all.")
        return answers.refused(request, nothing, None, practice, status=422)
    return _complete(request, ids, form.cleaned_data["change_id"], search.said())


def _complete(
    request: StaffRequest, ids: list[int], change_id: uuid.UUID, said: dict[str, str]
) -> HttpResponse:
    try:
        done = operations.complete_many(ids, by=request.actor, change_id=change_id)
    except Refusal as refusal:
        return answers.refused(request, refusal, None, the_practice())
    query = urlencode({**said, "done": str(done.change.pk)})
    return redirect(f"{reverse('scheduling:complete-list')}?{query}")


urlpatterns_completing = [
    path("visits/to-complete/", complete_list, name="complete-list"),
    path("visits/to-complete/done/", complete_many, name="complete-many"),
]
