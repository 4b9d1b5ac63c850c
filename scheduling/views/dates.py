"""Settings: dates on which a provider's week does not hold, with the month drawn day by day."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_http_methods, require_POST

from availability.models import DatedException
from availability.operations import Acted as HoursActed
from core.refusals import NotAllowed, Refusal
from practice.middleware import StaffRequest
from practice.models import Provider
from practice.queries import practice_and_now
from scheduling.forms.dates import ActForm, ExceptionForm
from scheduling.operations import hours
from scheduling.operations.hours import Strands
from scheduling.queries.month import month_strip
from scheduling.rules import words
from scheduling.views import answers
from scheduling.views.answers import Said
from scheduling.views.hours import provider_for, providers_of
from scheduling.views.stranded import lines_of

PART = "dates"


@require_http_methods(["GET", "HEAD", "POST"])
def hours_dates(request: StaffRequest, public_id: uuid.UUID) -> HttpResponse:
    provider = provider_for(request.actor, public_id)
    if request.method != "POST":
        on = _asked_day(request)
        return _page(request, provider, ExceptionForm(initial={"on": on}), chosen=on)
    form = ExceptionForm(request.POST)
    if not form.is_valid():
        return _page(request, provider, form, status=422)

    def add() -> HoursActed:
        return hours.add_exception(provider.pk, by=request.actor, **form.facts)

    said = f"{provider.name}, {words.short_day(form.cleaned_data['on'])}: saved."
    return _act(request, provider, form, add, said)


@require_POST
def hours_date_remove(request: StaffRequest, public_id: uuid.UUID, pk: int) -> HttpResponse:
    provider = provider_for(request.actor, public_id)
    row = get_object_or_404(DatedException, provider=provider, pk=pk)
    act = ActForm(request.POST)
    if not act.is_valid():
        return _page(request, provider, ExceptionForm(), refusal=answers.out_of_date(), status=422)
    said = f"{provider.name}, {words.short_day(row.on)}: the week holds again."

    def remove() -> HoursActed:
        return hours.remove_exception(pk, by=request.actor, **act.cleaned_data)

    return _act(request, provider, ExceptionForm(initial={"on": row.on}), remove, said, removing=row)


def _act(
    request: StaffRequest,
    provider: Provider,
    form: ExceptionForm,
    act: Callable[[], HoursActed],
    said: str,
    *,
    removing: DatedException | None = None,
) -> HttpResponse:
    try:
        acted = act()
    except NotAllowed as refusal:
        raise PermissionDenied(refusal.message) from refusal
    except Refusal as refusal:
        return _page(request, provider, form, refusal=refusal, removing=removing, status=409)
    on = dt.date.fromisoformat(acted.change.result["first"])
    back = f"{reverse('scheduling:hours-dates', args=[provider.public_id])}?month={on:%Y-%m}"
    return answers.done(request, Said(text=said), acted.change, back=back)


def _asked_day(request: StaffRequest) -> dt.date | None:
    return _date(request.GET.get("on", ""))


def _date(text: str) -> dt.date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None


def _page(
    request: StaffRequest,
    provider: Provider,
    form: ExceptionForm,
    *,
    chosen: dt.date | None = None,
    refusal: Refusal | None = None,
    removing: DatedException | None = None,
    status: int = 200,
) -> HttpResponse:
    practice, now = practice_and_now()
    today = now.astimezone(practice.tz).date()
    typed = _date(str(form["on"].value() or ""))
    chosen = chosen or typed
    asked = _date(f"{request.GET.get('month', '')}-01")
    first = (asked or chosen or today).replace(day=1)
    stranded = refusal.stranded if isinstance(refusal, Strands) else []
    shown: dict[str, Any] = {
        "provider": provider,
        "providers": providers_of(request.actor),
        "form": form,
        "strip": month_strip(provider, first, chosen=chosen, today=today, practice=practice),
        "refusal": refusal,
        "removing": removing,
        "stranded": lines_of(stranded, practice),
        "seen": refusal.token if isinstance(refusal, Strands) else "",
        "fresh_id": uuid.uuid4(),
        "url": reverse("scheduling:hours-dates", args=[provider.public_id]),
    }
    part = f"#{PART}" if request.headers.get("HX-Target") == PART else ""
    return render(request, f"scheduling/hours_dates.html{part}", shown, status=status)


urlpatterns_dates = [
    path("settings/hours/<uuid:public_id>/dates/", hours_dates, name="hours-dates"),
    path(
        "settings/hours/<uuid:public_id>/dates/<int:pk>/remove/", hours_date_remove, name="hours-date-remove"
    ),
]
