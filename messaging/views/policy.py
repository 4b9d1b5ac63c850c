"""Settings: what the practice allows its messages."""

import uuid
from dataclasses import asdict

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from core.refusals import AlreadyUsed, Refusal, StaleEdit
from messaging.forms.policy import PolicyForm
from messaging.operations.policy import facts_now, mark_of, policy_now, save_policy
from practice.middleware import StaffRequest
from practice.permissions import may
from practice.queries import the_practice


@require_http_methods(["GET", "HEAD", "POST"])
def policy(request: StaffRequest) -> HttpResponse:
    if not may(request.actor, "settings.change"):
        raise PermissionDenied
    now = facts_now(the_practice(), policy_now())
    initial = {**asdict(now), "seen": mark_of(now), "change_id": uuid.uuid4()}
    if request.method != "POST":
        return render(request, "messaging/policy.html", {"form": PolicyForm(initial=initial)})
    form = PolicyForm(request.POST.copy(), initial=initial)
    return _save(request, form) if form.is_valid() else _again(request, form, status=422)


def _save(request: StaffRequest, form: PolicyForm) -> HttpResponse:
    ids = {name: form.cleaned_data[name] for name in ("seen", "change_id")}
    try:
        save_policy(form.facts, by=request.actor, **ids)
    except StaleEdit as refusal:
        form.data["seen"] = form.initial["seen"]  # type: ignore[index]  # a copy of ours; saving again replaces theirs
        return _again(request, form, refusal=refusal, status=409)
    except Refusal as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
        if isinstance(refusal, AlreadyUsed):
            form.data["change_id"] = str(uuid.uuid4())  # type: ignore[index]
        return _again(request, form, status=422)
    messages.success(request, "Saved. It holds from the next message on.")
    return redirect("messaging:policy")


def _again(
    request: StaffRequest, form: PolicyForm, *, refusal: Refusal | None = None, status: int
) -> HttpResponse:
    return render(request, "messaging/policy.html", {"form": form, "refusal": refusal}, status=status)
