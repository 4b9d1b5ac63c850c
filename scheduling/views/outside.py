"""Settings: the address of a provider's outside calendar, and how the last reading went."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from availability.models import TravelCalendar
from availability.operations import outside
from core.htmx import poll
from core.refusals import Refusal
from practice.middleware import StaffRequest
from practice.models import Practice, Provider
from practice.queries import practice_and_now
from scheduling.forms.outside import AddressForm, OutsideActForm
from scheduling.rules import words
from scheduling.views.hours import provider_for, providers_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How it stands, in words. `host` is all that is shown of the address."""

    host: str
    tone: str
    says: str
    more: str
    is_waiting: bool


@require_http_methods(["GET", "HEAD", "POST"])
def outside_calendar(request: StaffRequest, public_id: uuid.UUID) -> HttpResponse:
    provider = provider_for(request.actor, public_id)
    if request.method != "POST":
        return _page(request, provider, AddressForm(initial={"change_id": uuid.uuid4()}))
    form = AddressForm(request.POST)
    if not form.is_valid():
        return _page(request, provider, form, status=422)
    try:
        outside.set_outside_calendar(provider.pk, by=request.actor, **form.cleaned_data)
    except Refusal as refusal:
        form.add_error(refusal.field or None, refusal.message)
        return _page(request, provider, form, status=422)
    messages.success(request, "The address is kept. The calendar is read within a minute.")
    return redirect("scheduling:outside-calendar", provider.public_id)


@require_POST
def outside_act(request: StaffRequest, public_id: uuid.UUID, act: str) -> HttpResponse:
    """Read it now, or forget it."""
    provider, form = provider_for(request.actor, public_id), OutsideActForm(request.POST)
    if act == "read":
        outside.ask_outside_calendar(provider.pk, by=request.actor)
    elif form.is_valid():
        outside.remove_outside_calendar(provider.pk, by=request.actor, **form.cleaned_data)
        messages.success(request, "The address and everything read from it are gone.")
    return redirect("scheduling:outside-calendar", provider.public_id)


@poll
@require_safe
def outside_poll(request: StaffRequest, public_id: uuid.UUID) -> HttpResponse:
    provider = provider_for(request.actor, public_id)
    return render(request, "scheduling/outside_calendar.html#reading", _facts(provider))


def _page(request: StaffRequest, provider: Provider, form: forms.Form, *, status: int = 200) -> HttpResponse:
    shown = _facts(provider) | {"form": form, "providers": providers_of(request.actor)}
    return render(request, "scheduling/outside_calendar.html", shown, status=status)


def _facts(provider: Provider) -> dict[str, Any]:
    practice, now = practice_and_now()
    row = TravelCalendar.objects.filter(provider=provider).first()
    return {
        "provider": provider,
        "reading": reading_of(row, practice, now) if row else None,
        "fresh_id": uuid.uuid4(),
        "url": reverse("scheduling:outside-calendar", args=[provider.public_id]),
    }


def reading_of(row: TravelCalendar, practice: Practice, now: dt.datetime) -> Reading:
    host = urlsplit(row.address).hostname or ""
    is_waiting = row.tried_at is None or row.next_fetch_at <= now
    if row.tried_at is None:
        return _reading(host, "info", "Not read yet.", "A worker takes it up within a minute.", is_waiting)
    if row.error:
        kept = f"What was read {_when(row.fetched_at, practice)} still counts." if row.fetched_at else ""
        again = f"It is tried again {_when(row.next_fetch_at, practice)}."
        says = f"Could not be read {_when(row.tried_at, practice)}: {row.error}"
        return _reading(host, "bad", says, f"{again} {kept}".strip(), is_waiting)
    count = row.busy.count()
    times = "1 busy time" if count == 1 else f"{count} busy times"
    says = f"Read {_when(row.fetched_at, practice)}: {times} in the next {practice.horizon_days} days."
    return _reading(host, "ok", says, "It is read again every 15 minutes.", is_waiting)


def _reading(host: str, tone: str, says: str, more: str, is_waiting: bool) -> Reading:
    return Reading(host=host, tone=tone, says=says, more=more, is_waiting=is_waiting)


def _when(moment: dt.datetime | None, practice: Practice) -> str:
    if moment is None:
        return ""
    local = moment.astimezone(practice.tz)
    clock = words.clock(local.hour * 60 + local.minute, h24=practice.clock_24h)
    return f"on {words.short_day(local.date())} at {clock}"


urlpatterns_outside = [
    path("settings/hours/<uuid:public_id>/outside/", outside_calendar, name="outside-calendar"),
    path("settings/hours/<uuid:public_id>/outside/poll/", outside_poll, name="outside-poll"),
    *(
        path(
            f"settings/hours/<uuid:public_id>/outside/{act}/",
            outside_act,
            {"act": act},
            name=f"outside-{act}",
        )
        for act in ("read", "remove")
    ),
]
