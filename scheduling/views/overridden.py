"""Settings: what was overridden, by whom, when and why; as a page and as CSV."""

from __future__ import annotations

import datetime as dt
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Page, Paginator
from django.http import StreamingHttpResponse
from django.http.response import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from core import clock
from core.sheets.writing import lines
from practice.middleware import StaffRequest
from practice.models import Practice
from practice.operations import record
from practice.queries import the_practice
from scheduling.forms.overridden import OverridesSearch
from scheduling.queries.overridden import (
    Asked,
    Overridden,
    codes_overridden,
    count_overridden,
    overridden,
)
from scheduling.rules import words
from scheduling.views.visible import allow

ROWS = 50
COLUMNS = ("overridden", "by", "what", "why", "visit", "type", "provider", "state")


class Lines:
    """For a paginator: counted and cut in the database."""

    def __init__(self, asked: Asked | None) -> None:
        self.asked = asked

    def count(self) -> int:
        return count_overridden(self.asked) if self.asked else 0

    def __len__(self) -> int:
        return self.count()

    def __getitem__(self, cut: slice) -> list[Overridden]:
        if self.asked is None:
            return []
        return overridden(self.asked, limit=cut.stop - cut.start, offset=cut.start)


@require_safe
def override_list(request: StaffRequest) -> HttpResponse:
    allow(request.actor, "override.see")
    practice, form = the_practice(), OverridesSearch(request.GET, codes=codes_overridden())
    found: Any = Lines(form.asked(practice.tz))
    page: Page[Overridden] = Paginator(found, ROWS).get_page(request.GET.get("page"))
    asked = {name: value for name, value in request.GET.items() if name in form.fields and value}
    shown = {
        "form": form,
        "page": page,
        "rows": [_shown(row, practice) for row in page.object_list],
        "numbers": list(page.paginator.get_elided_page_range(page.number)),
        "query": urlencode(asked),
        "page_query": f"{urlencode(asked)}&" if asked else "",
    }
    return render(request, "scheduling/override_list.html", shown)


def _shown(row: Overridden, practice: Practice) -> dict[str, Any]:
    on = row.starts_at.astimezone(practice.tz).date()
    address = f"{reverse('scheduling:calendar')}?{urlencode({'on': on.isoformat(), 'visit': row.visit})}"
    return {
        "line": row,
        "at": _said(row.at, practice),
        "visit": _said(row.starts_at, practice),
        "url": address,
        "is_off": row.state in ("cancelled", "released"),
    }


def _said(moment: dt.datetime, practice: Practice) -> str:
    wall = moment.astimezone(practice.tz)
    clock_said = words.clock(wall.hour * 60 + wall.minute, h24=practice.clock_24h)
    return f"{words.short_day(wall.date())}, {wall.year}, {clock_said}"


@require_safe
def override_export(request: StaffRequest) -> HttpResponse | StreamingHttpResponse:
    """What the search found, as CSV. The export is itself a line of the trail."""
    allow(request.actor, "override.see")
    practice, form = the_practice(), OverridesSearch(request.GET, codes=codes_overridden())
    asked = form.asked(practice.tz)
    found = overridden(asked) if asked else []
    record("overrides.exported", practice, by=request.actor, at=clock.now(), after={"rows": len(found)})
    rows = (_cells(row, practice) for row in found)
    headers = {"Content-Disposition": 'attachment; filename="overrides.csv"'}
    return StreamingHttpResponse(
        lines(COLUMNS, rows), content_type="text/csv; charset=utf-8", headers=headers
    )


def _cells(row: Overridden, practice: Practice) -> dict[str, Any]:
    return {
        "overridden": row.at.astimezone(practice.tz),
        "by": row.who,
        "what": row.what,
        "why": row.reason,
        "visit": row.starts_at.astimezone(practice.tz),
        "type": row.type,
        "provider": row.provider,
        "state": row.state,
    }
