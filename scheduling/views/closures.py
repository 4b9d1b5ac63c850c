"""Settings: days the practice or a location is closed, one by one or from a list of public holidays."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_http_methods, require_POST

from availability.models import Closure
from availability.operations import Acted as HoursActed
from core.refusals import Refusal
from practice.middleware import StaffRequest
from practice.queries import practice_and_now
from scheduling.forms.dates import ActForm, ClosureForm, HolidayForm
from scheduling.operations import hours
from scheduling.operations.hours import Strands
from scheduling.rules import words
from scheduling.views import answers
from scheduling.views.answers import Said
from scheduling.views.stranded import lines_of
from scheduling.views.visible import allow

LIST, HOLIDAYS = "closures", "closure_holidays"


@require_http_methods(["GET", "HEAD", "POST"])
def closures(request: StaffRequest) -> HttpResponse:
    allow(request.actor, "hours.change")
    if request.method != "POST":
        return _page(request, LIST, {"form": ClosureForm()})
    form = ClosureForm(request.POST)
    if not form.is_valid():
        return _page(request, LIST, {"form": form}, status=422)
    about = {"seen": form.cleaned_data["seen"], "change_id": form.cleaned_data["change_id"]}
    said = f"Closed on {_days(form.wish.first_on, form.wish.last_on)}: {form.wish.reason}."
    return _act(
        request,
        lambda: hours.add_closures([form.wish], by=request.actor, **about),
        said,
        LIST,
        {"form": form},
    )


@require_POST
def closure_remove(request: StaffRequest, pk: int) -> HttpResponse:
    """A second press finds nothing left, and goes where the first one went."""
    allow(request.actor, "hours.change")
    row, act = Closure.objects.filter(pk=pk).first(), ActForm(request.POST)
    if row is None or not act.is_valid():
        return redirect("scheduling:closures")
    said = f"Open again on {_days(row.first_on, row.last_on)}."
    change_id = act.cleaned_data["change_id"]
    return _act(
        request,
        lambda: hours.remove_closure(pk, by=request.actor, change_id=change_id),
        said,
        LIST,
        {"form": ClosureForm()},
    )


@require_http_methods(["GET", "HEAD", "POST"])
def closure_holidays(request: StaffRequest) -> HttpResponse:
    """Choose the list, tick its days, close on all of them by one act."""
    allow(request.actor, "hours.change")
    practice, now = practice_and_now()
    asked = request.POST if request.method == "POST" else request.GET
    form = HolidayForm(asked.dict(), today=now.astimezone(practice.tz).date())
    ticked = request.POST.getlist("day")
    shown: dict[str, Any] = {"form": form, "ticked": ticked}
    if request.method != "POST":
        return _page(request, HOLIDAYS, shown)
    act = ActForm(request.POST)
    if not (form.is_valid() and act.is_valid()):
        return _page(request, HOLIDAYS, shown, status=422)
    wishes, about = form.wishes(ticked), act.cleaned_data
    said = f"Closed on {len(wishes)} more day{'' if len(wishes) == 1 else 's'}."
    return _act(request, lambda: hours.add_closures(wishes, by=request.actor, **about), said, HOLIDAYS, shown)


def _act(
    request: StaffRequest, act: Callable[[], HoursActed], said: str, name: str, shown: dict[str, Any]
) -> HttpResponse:
    try:
        acted = act()
    except Refusal as refusal:
        return _page(request, name, shown | {"refusal": refusal}, status=409)
    return answers.done(request, Said(text=said), acted.change, back="scheduling:closures")


def _page(request: StaffRequest, name: str, shown: dict[str, Any], status: int = 200) -> HttpResponse:
    practice, now = practice_and_now()
    today = now.astimezone(practice.tz).date()
    question = shown.get("refusal")
    asked = question if isinstance(question, Strands) else None
    facts: dict[str, Any] = {
        "today": today,
        "stranded": lines_of(asked.stranded, practice) if asked else [],
        "seen": asked.token if asked else "",
        "fresh_id": uuid.uuid4(),
    }
    facts |= _listed(today) if name == LIST else _offered(shown["form"], shown["ticked"])
    part = f"#{name}" if request.headers.get("HX-Target") == name else ""
    return render(request, f"scheduling/{name}.html{part}", facts | shown, status=status)


def _listed(today: dt.date) -> dict[str, Any]:
    rows = list(Closure.objects.select_related("location").order_by("first_on", "last_on"))
    said = [(row, _days(row.first_on, row.last_on)) for row in rows]
    return {
        "ahead": [one for one in said if one[0].last_on >= today],
        "past": [one for one in reversed(said) if one[0].last_on < today][:20],
    }


def _offered(form: HolidayForm, ticked: list[str]) -> dict[str, Any]:
    """(day, why it is closed already, whether it is ticked); at first all that are open are."""
    closed = form.closed_already()
    days = [
        (day, closed.get(day.on, ""), day.on.isoformat() in ticked or (not ticked and day.on not in closed))
        for day in form.days
    ]
    return {"days": days}


def _days(first: dt.date, last: dt.date) -> str:
    said = f"{words.short_day(first)}, {first.year}"
    return said if first == last else f"{words.short_day(first)} to {words.short_day(last)}, {last.year}"


urlpatterns_closures = [
    path("settings/closures/", closures, name="closures"),
    path("settings/closures/holidays/", closure_holidays, name="closure-holidays"),
    path("settings/closures/<int:pk>/remove/", closure_remove, name="closure-remove"),
]
