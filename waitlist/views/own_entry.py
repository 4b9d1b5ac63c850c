"""Clients put themselves on the list, by a link; and take themselves off again."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from core.refusals import Refusal
from practice.queries import the_practice
from practice.states import LinkPurpose
from practice.views.linked import LinkedRequest, linked, page_facts
from scheduling.models import AppointmentType
from waitlist.forms.own import OwnEntryForm
from waitlist.models import WaitlistEntry
from waitlist.operations.entries import add_entry, leave

SAID = {"joined": "wait_joined", "left": "wait_left"}


@linked(LinkPurpose.WAITLIST)
def own_entry(request: LinkedRequest, token: str) -> HttpResponse:
    if request.method != "POST":
        return _page(
            request,
            token,
            OwnEntryForm(initial={"change_id": uuid.uuid4()}),
            said=SAID.get(request.GET.get("done", ""), ""),
        )
    form = OwnEntryForm(request.POST)
    if not form.is_valid():
        return _page(request, token, form, said="wait_hours_bad", is_bad=True, status=422)
    try:
        add_entry(
            request.link.client_id, form.wish, by=request.holder, change_id=form.cleaned_data["change_id"]
        )
    except Refusal:
        return _page(request, token, form, said="wait_already", is_bad=True, status=409)
    return redirect(reverse("waitlist:own-entry", args=[token]) + "?done=joined")


@linked(LinkPurpose.WAITLIST, methods=("POST",))
def own_leave(request: LinkedRequest, token: str) -> HttpResponse:
    mine = _mine(request).filter(public_id=_uuid(request.POST.get("entry", ""))).first()
    if mine is not None:
        try:
            leave(mine.pk, by=request.holder, change_id=_uuid(request.POST.get("change_id", "")))
        except Refusal:
            return _page(request, token, OwnEntryForm(), said="cannot_here", is_bad=True, status=422)
    return redirect(reverse("waitlist:own-entry", args=[token]) + "?done=left")


def _mine(request: LinkedRequest) -> Any:
    return WaitlistEntry.objects.waiting().filter(client=request.link.client_id).select_related("type")


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def _page(
    request: LinkedRequest,
    token: str,
    form: forms.Form,
    *,
    said: str = "",
    is_bad: bool = False,
    status: int = 200,
) -> HttpResponse:
    facts = page_facts(the_practice(), request.language)
    days = facts["w"]["days_short"].split()
    chosen = set(form["weekdays"].value() or [])
    facts |= {
        "token": token,
        "form": form,
        "said": facts["w"].get(said, ""),
        "is_bad": is_bad,
        "kinds": [(kind.pk, kind.name, str(kind.pk) == str(form["type"].value())) for kind in _kinds()],
        "days": [(str(n), day, str(n) in chosen) for n, day in enumerate(days)],
        "mine": [(entry, _when(entry, days, facts["w"]), uuid.uuid4()) for entry in _mine(request)],
    }
    return render(request, "waitlist/own_entry.html", facts, status=status)


def _kinds() -> list[AppointmentType]:
    return list(OwnEntryForm().fields["type"].queryset)  # type: ignore[attr-defined]


def _when(entry: WaitlistEntry, days: list[str], words: dict[str, str]) -> str:
    hours = (
        f"{entry.from_time:%H:%M}–{entry.until_time:%H:%M}" if entry.from_time and entry.until_time else ""
    )
    return " ".join([", ".join(days[n] for n in entry.weekdays), hours]).strip() or words["wait_any_time"]
