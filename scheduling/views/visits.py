"""One visit: the calendar's panel."""

from __future__ import annotations

import uuid

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from core import clock
from practice.middleware import StaffRequest
from practice.operations import record_view
from practice.queries import the_practice
from scheduling.queries.visits import visit_sheet
from scheduling.rules.addresses import Shown
from scheduling.views.visible import allow


@require_safe
def visit(request: StaffRequest, public_id: uuid.UUID) -> HttpResponse:
    """The panel's content; asked for as a page, the calendar with the panel open."""
    allow(request.actor, "calendar.see")
    now, practice = clock.now(), the_practice()
    sheet = visit_sheet(public_id, by=request.actor, practice=practice, now=now)
    if sheet is None:
        raise Http404
    shown = Shown(on=sheet.on, visit=public_id)
    if request.headers.get("HX-Request") != "true":
        return redirect(f"{reverse('scheduling:calendar')}?{shown.query()}")
    record_view(sheet.visit, by=request.actor, at=now)
    closed_url = f"{reverse('scheduling:calendar')}?{shown.query(visit=None)}"
    return render(
        request, "scheduling/visit.html", {"sheet": sheet, "closed_url": closed_url, "is_opened": True}
    )
