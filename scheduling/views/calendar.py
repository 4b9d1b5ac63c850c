"""The calendar's pages: the whole day, and the poll that keeps it fresh."""

from __future__ import annotations

import datetime as dt
import uuid
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from core.htmx import poll
from practice.middleware import StaffRequest
from practice.models import Practice
from practice.operations import record_view
from practice.permissions import may
from practice.queries import practice_and_now
from scheduling.queries.days import DaySheet, day_sheet
from scheduling.queries.versions import day_version
from scheduling.queries.visits import VisitSheet, visit_sheet
from scheduling.rules import words
from scheduling.rules.addresses import Shown
from scheduling.rules.months import month_of
from scheduling.views.visible import allow

ONE_DAY = dt.timedelta(days=1)


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    return redirect("scheduling:calendar")


@require_safe
def calendar(request: StaffRequest) -> HttpResponse:
    allow(request.actor, "calendar.see")
    practice, now = practice_and_now()
    shown = _shown(request, practice, now)
    open_visit = _open_visit(request, shown, practice, now)
    if open_visit:
        record_view(open_visit.visit, by=request.actor, at=now)
    sheet = day_sheet(shown, by=request.actor, practice=practice, now=now)
    return render(
        request, "scheduling/calendar.html", page_of(request, sheet, practice) | {"sheet": open_visit}
    )


@poll
@require_safe
def calendar_poll(request: StaffRequest) -> HttpResponse:
    """204 when nothing moved, after a single query; else the grid, and beside it the rail and the open panel."""
    allow(request.actor, "calendar.see")
    known = Shown.read(dict(request.GET.lists()), dt.date.min)
    version = day_version(known.on, by=request.actor, providers=known.providers)
    if request.GET.get("v") == str(version):
        return HttpResponse(status=204)
    practice, now = practice_and_now()
    shown = _shown(request, practice, now)
    sheet = day_sheet(shown, by=request.actor, practice=practice, now=now)
    open_visit = _open_visit(request, shown, practice, now)
    context = page_of(request, sheet, practice) | {"sheet": open_visit, "is_poll": True}
    response = render(request, "scheduling/calendar_poll.html", context)
    response["HX-Trigger-After-Settle"] = "panels:refresh"
    return response


def _shown(request: HttpRequest, practice: Practice, now: dt.datetime) -> Shown:
    return Shown.read(dict(request.GET.lists()), now.astimezone(practice.tz).date())


def _open_visit(
    request: StaffRequest, shown: Shown, practice: Practice, now: dt.datetime
) -> VisitSheet | None:
    if shown.visit is None:
        return None
    return visit_sheet(shown.visit, by=request.actor, practice=practice, now=now)


def page_of(request: StaffRequest, day: DaySheet, practice: Practice) -> dict:
    """What the templates need besides the facts: addresses and words."""
    shown = day.shown
    here = reverse("scheduling:calendar")

    def link(**changes: object) -> str:
        return f"{here}?{shown.query(**changes)}"

    month = month_of(shown.on, first_weekday=practice.week_starts_on)
    return {
        "day": day,
        "may_book": may(request.actor, "visit.book"),
        "shown": shown,
        "title": words.day(shown.on),
        "is_today": shown.on == day.today,
        "poll_url": f"{reverse('scheduling:calendar-poll')}?{shown.query(visit=None)}&v={day.version}",
        "tile_url": link(visit=None) + "&visit=",
        "closed_url": link(visit=None),
        "today_url": link(on=day.today, visit=None),
        "before_url": link(on=shown.on - ONE_DAY, visit=None),
        "after_url": link(on=shown.on + ONE_DAY, visit=None),
        "views": [
            (label, link(view=name, providers=_kept(shown, name)), shown.view == name)
            for label, name in (("Day", "day"), ("Providers", "providers"))
        ],
        "new_url": _new_url(day),
        "month": month,
        "month_before_url": link(on=month.before, visit=None),
        "month_after_url": link(on=month.after, visit=None),
        "weeks": [[(each, each and link(on=each, visit=None)) for each in week] for week in month.weeks],
        "needs": [
            (need, shown.need == need.name, link(need="" if shown.need == need.name else need.name))
            for need in day.needs
        ],
    }


def _new_url(day: DaySheet) -> str:
    """A single column and a single location are meant when one presses New."""
    words_for = {"on": day.shown.on.isoformat()}
    if len(day.columns) == 1:
        words_for["provider"] = str(day.columns[0].provider.public_id)
    if day.shown.location is not None:
        words_for["location"] = str(day.shown.location)
    return f"{reverse('scheduling:visit-new')}?{urlencode(words_for)}"


def _kept(shown: Shown, view: str) -> tuple[uuid.UUID, ...]:
    """Going to a single column keeps the first choice; coming back shows everybody again."""
    return shown.providers[:1] if view == "day" else shown.providers if shown.view == view else ()
