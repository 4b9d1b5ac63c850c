"""Time off: who is away, asking for it, deciding on it."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from availability import operations as hours
from availability.models import TimeOff
from availability.permissions import may_ask_time_off, may_decide_time_off, may_withdraw_time_off
from availability.rules.wishes import TimeOffWish
from availability.states import TimeOffKind
from core.actors import Actor
from core.refusals import NotAllowed, Refusal
from core.walltime import ONE_DAY
from practice.middleware import StaffRequest
from practice.models import Practice, Provider
from practice.queries import practice_and_now
from scheduling import operations
from scheduling.forms.time_off import DecideForm, TimeOffForm, initial_of
from scheduling.queries.away import month_of, span_said, year_of
from scheduling.views import answers
from scheduling.views.answers import Said
from scheduling.views.visible import allow

ROWS = 25
LIST = "scheduling:time-off-list"


@require_safe
def time_off_list(request: StaffRequest) -> HttpResponse:
    """Those that wait first, then by when they begin; and the month of everybody."""
    allow(request.actor, "time_off.see")
    practice, now = practice_and_now()
    today = now.astimezone(practice.tz).date()
    first = _month(request.GET.get("month", ""), today)
    seen = TimeOff.objects.visible_to(request.actor).select_related(
        "provider", "asked_by", "decided_by", "cover"
    )
    ahead = seen.standing().filter(ends_at__gt=now)
    past = seen.exclude(pk__in=ahead.values("pk")).order_by("-starts_at", "-pk")
    page = Paginator(past, ROWS).get_page(request.GET.get("page"))
    shown = {
        "lines": month_of(request.actor, first, practice=practice, today=today),
        "days": [first + ONE_DAY * n for n in range(((_after(first)) - first).days)],
        "month": first,
        "today": today,
        "before": (first - ONE_DAY).replace(day=1),
        "after": _after(first),
        "ahead": [
            _row(row, request.actor, practice, now) for row in ahead.order_by("-state", "starts_at", "pk")
        ],
        "past": [_row(row, request.actor, practice, now) for row in page.object_list],
        "page": page,
        "numbers": list(page.paginator.get_elided_page_range(page.number)),
        "may_ask": bool(_askable(request.actor)),
    }
    return render(request, "scheduling/time_off_list.html", shown)


def _month(text: str, today: dt.date) -> dt.date:
    try:
        return parse_date(f"{text}-01") or today.replace(day=1)
    except ValueError:
        return today.replace(day=1)


def _after(first: dt.date) -> dt.date:
    return (first + dt.timedelta(days=32)).replace(day=1)


def _row(row: TimeOff, by: Actor, practice: Practice, now: dt.datetime) -> dict[str, Any]:
    return {
        "row": row,
        "span": span_said(row, practice),
        "may_decide": row.is_pending and may_decide_time_off(by, row, now),
    }


@require_safe
def time_off_year(request: StaffRequest, public_id: uuid.UUID) -> HttpResponse:
    allow(request.actor, "time_off.see")
    practice, now = practice_and_now()
    today = now.astimezone(practice.tz).date()
    provider = get_object_or_404(Provider.objects.visible_to(request.actor), public_id=public_id)
    asked = request.GET.get("year", "")
    year = int(asked) if asked.isdecimal() and 1990 < int(asked[:5]) < 2200 else today.year
    found = year_of(request.actor, provider, year, practice=practice, today=today)
    shown = {
        "provider": provider,
        "year": year,
        "found": found,
        "rows": [(row, span_said(row, practice)) for row in found.rows],
    }
    return render(request, "scheduling/time_off_year.html", shown)


# --- asking ---------------------------------------------------------------------------------------------------------


def _askable(by: Actor) -> list[Provider]:
    return [one for one in Provider.objects.visible_to(by).active() if may_ask_time_off(by, one.pk)]


def _providers(by: Actor) -> QuerySet[Provider]:
    return Provider.objects.filter(pk__in=[one.pk for one in _askable(by)])


@require_http_methods(["GET", "HEAD", "POST"])
def time_off_new(request: StaffRequest) -> HttpResponse:
    allow(request.actor, "time_off.see")
    practice, now = practice_and_now()
    providers = _providers(request.actor)
    if request.method != "POST":
        today = now.astimezone(practice.tz).date()
        own = providers.filter(pk=request.actor.provider_id or 0).first()
        initial = {"first_on": today + ONE_DAY, "provider": own.public_id if own else None}
        return _form(request, TimeOffForm(initial=initial, providers=providers, zone=practice.tz))
    form = TimeOffForm(request.POST, providers=providers, zone=practice.tz)
    if not form.is_valid():
        return _form(request, form, status=422)
    provider = form.cleaned_data["provider"]
    return _act(
        request,
        form,
        lambda: hours.ask_time_off(
            provider.pk, form.wish, by=request.actor, change_id=form.cleaned_data["change_id"]
        ),
        f"Time off is asked for, for {provider.name}.",
    )


@require_http_methods(["GET", "HEAD", "POST"])
def time_off(request: StaffRequest, public_id: uuid.UUID) -> HttpResponse:
    """While it waits, its form; once decided, what was said and its plan."""
    row, practice, _ = found(request, public_id)
    if not (row.is_pending and may_ask_time_off(request.actor, row.provider_id)):
        if request.method == "POST":
            raise PermissionDenied
        return redirect("scheduling:time-off-plan", row.public_id)
    providers = Provider.objects.filter(pk=row.provider_id)
    if request.method != "POST":
        zone = ZoneInfo(row.provider.zone) if row.provider.zone else practice.tz
        initial = initial_of(row, zone, clock_24h=practice.clock_24h) | {"provider": row.provider.public_id}
        initial |= {"cover": row.cover.public_id if row.cover else None}
        return _form(request, TimeOffForm(initial=initial, providers=providers, zone=practice.tz), row=row)
    form = TimeOffForm(request.POST, providers=providers, zone=practice.tz)
    if not form.is_valid():
        return _form(request, form, row=row, status=422)
    data = form.cleaned_data
    return _act(
        request,
        form,
        lambda: hours.edit_time_off(
            row.pk, form.wish, edition=data["edition"], by=request.actor, change_id=data["change_id"]
        ),
        "Time off is changed.",
        row=row,
    )


def _act(
    request: StaffRequest,
    form: TimeOffForm,
    act: Callable[[], hours.Acted],
    said: str,
    *,
    row: TimeOff | None = None,
) -> HttpResponse:
    try:
        acted = act()
    except NotAllowed:
        raise
    except Refusal as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
        return _form(request, form, row=row, status=409)
    return answers.done(
        request,
        Said(text=said, detail="It waits for somebody else’s approval."),
        acted.change,
        back=reverse(LIST),
    )


def _form(
    request: StaffRequest, form: TimeOffForm, *, row: TimeOff | None = None, status: int = 200
) -> HttpResponse:
    may_withdraw = row is not None and may_withdraw_time_off(request.actor, row)
    shown = {"form": form, "row": row, "may_withdraw": may_withdraw, "decide": DecideForm()}
    return render(request, "scheduling/time_off_form.html", shown, status=status)


def found(request: StaffRequest, public_id: uuid.UUID) -> tuple[TimeOff, Practice, dt.datetime]:
    """403 for who may see none at all, 404 for one out of sight."""
    allow(request.actor, "time_off.see")
    rows = TimeOff.objects.visible_to(request.actor).select_related(
        "provider", "cover", "asked_by", "decided_by"
    )
    return (get_object_or_404(rows, public_id=public_id), *practice_and_now())


# --- deciding, withdrawing, falling ill -----------------------------------------------------------------------------


@require_POST
def time_off_deny(request: StaffRequest, public_id: uuid.UUID) -> HttpResponse:
    row, practice, now = found(request, public_id)
    if not may_decide_time_off(request.actor, row, now):
        raise PermissionDenied
    form = DecideForm(request.POST)
    if not form.is_valid():
        return answers.refused(request, answers.out_of_date(), None, practice, status=422)
    data = form.cleaned_data
    try:
        acted = hours.deny_time_off(
            row.pk,
            reason=data["reason"],
            edition=data["edition"],
            by=request.actor,
            change_id=data["change_id"],
        )
    except Refusal as refusal:
        return answers.refused(request, refusal, None, practice)
    said = f"Time off of {row.provider.name} is denied."
    return answers.done(request, Said(text=said), acted.change, back=reverse(LIST))


@require_POST
def time_off_withdraw(request: StaffRequest, public_id: uuid.UUID) -> HttpResponse:
    """Of granted time off the next page says who might be moved back."""
    row, practice, _ = found(request, public_id)
    if not may_withdraw_time_off(request.actor, row):
        raise PermissionDenied
    form, was_granted = DecideForm(request.POST), row.is_granted
    if not form.is_valid():
        return answers.refused(request, answers.out_of_date(), None, practice, status=422)
    data = form.cleaned_data
    try:
        approved = operations.withdraw_time_off(
            row.pk, edition=data["edition"], by=request.actor, change_id=data["change_id"]
        )
    except Refusal as refusal:
        return answers.refused(request, refusal, None, practice)
    back = reverse("scheduling:time-off-plan", args=[row.public_id]) if was_granted else reverse(LIST)
    detail = answers.waits(approved.change, tells=True) if was_granted else ""
    said = Said(text=f"{row.provider.name} is in after all.", detail=detail)
    return answers.done(request, said, approved.change, back=back)


@require_http_methods(["GET", "HEAD", "POST"])
def time_off_sick(request: StaffRequest) -> HttpResponse:
    """Two taps: this page, and who it is. The rest of the day is off, and its visits are looked at."""
    allow(request.actor, "time_off.see")
    practice, now = practice_and_now()
    people = _askable(request.actor)
    if request.method != "POST":
        return render(request, "scheduling/time_off_sick.html", {"people": people})
    wanted = request.POST.get("provider", "")
    provider = next((one for one in people if str(one.public_id) == wanted), None)
    if provider is None:
        raise PermissionDenied
    try:
        acted = hours.ask_time_off(provider.pk, _sick(provider, practice, now), by=request.actor)
    except Refusal:
        return _open_already(request, provider, now)
    return redirect("scheduling:time-off-plan", acted.row.public_id)


def _sick(provider: Provider, practice: Practice, now: dt.datetime) -> TimeOffWish:
    zone = ZoneInfo(provider.zone) if provider.zone else practice.tz
    local = now.astimezone(zone).replace(second=0, microsecond=0)
    return TimeOffWish(
        kind=TimeOffKind.SICK,
        starts_at=local,
        ends_at=dt.datetime.combine(local.date() + ONE_DAY, dt.time(), zone),
    )


def _open_already(request: StaffRequest, provider: Provider, now: dt.datetime) -> HttpResponse:
    """Somebody else pressed first, or they are away anyway: what is there is shown."""
    rows = TimeOff.objects.visible_to(request.actor).standing().filter(provider=provider)
    there = rows.filter(ends_at__gt=now).order_by("starts_at").first()
    return redirect("scheduling:time-off-plan", there.public_id) if there else redirect(LIST)


urlpatterns_time_off = [
    path("time-off/", time_off_list, name="time-off-list"),
    path("time-off/new/", time_off_new, name="time-off-new"),
    path("time-off/sick/", time_off_sick, name="time-off-sick"),
    path("time-off/of/<uuid:public_id>/", time_off_year, name="time-off-year"),
    path("time-off/<uuid:public_id>/", time_off, name="time-off"),
    path("time-off/<uuid:public_id>/deny/", time_off_deny, name="time-off-deny"),
    path("time-off/<uuid:public_id>/withdraw/", time_off_withdraw, name="time-off-withdraw"),
]
