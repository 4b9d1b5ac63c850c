"""Settings: how the waiting list works."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from core.refusals import NotAllowed, Refusal
from practice.middleware import StaffRequest
from scheduling.views.visible import allow
from waitlist.forms.policy import WaitlistPolicyForm, initial_of
from waitlist.operations.policy import save_policy
from waitlist.queries.policy import the_policy


@require_http_methods(["GET", "HEAD", "POST"])
def policy(request: StaffRequest) -> HttpResponse:
    allow(request.actor, "settings.change")
    if request.method != "POST":
        first = initial_of(the_policy()) | {"change_id": uuid.uuid4()}
        return _page(request, WaitlistPolicyForm(initial=first))
    form = WaitlistPolicyForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    ids = {name: form.cleaned_data[name] for name in ("edition", "change_id")}
    try:
        save_policy(form.facts, form.lengths, by=request.actor, **ids)
    except NotAllowed:
        raise
    except Refusal as refusal:
        return _page(request, form, refusal=refusal, status=409)
    messages.success(request, "Saved. It holds from the next offer on.")
    return redirect("waitlist:policy")


def _page(
    request: StaffRequest, form: WaitlistPolicyForm, *, refusal: Refusal | None = None, status: int = 200
) -> HttpResponse:
    return render(request, "waitlist/policy.html", {"form": form, "refusal": refusal}, status=status)
