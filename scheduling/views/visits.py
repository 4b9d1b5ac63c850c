"""One visit: the calendar's panel."""

from __future__ import annotations

import uuid
from urllib.parse import parse_qs, urlsplit

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
    response = render(
        request, "scheduling/visit.html", {"sheet": sheet, "closed_url": closed_url, "is_opened": True}
    )
    if request.headers.get("HX-Boosted") == "true":  # a tile was pressed: the address shows what is open
        response["HX-Push-Url"] = (
            f"{reverse('scheduling:calendar')}?{_beside(request, shown).query(visit=public_id)}"
        )
    return response


def _beside(request: StaffRequest, shown: Shown) -> Shown:
    """What the calendar shows at that moment, with its filters; else the visit's own day."""
    here = urlsplit(request.headers.get("HX-Current-URL", ""))
    if here.path != reverse("scheduling:calendar"):
        return shown
    return Shown.read(parse_qs(here.query), shown.on)
