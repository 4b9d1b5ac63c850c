"""Settings: what is asked for who stays away, and how charges are marked."""

import uuid
from dataclasses import asdict

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from core.refusals import AlreadyUsed, Refusal, StaleEdit
from practice.middleware import StaffRequest
from practice.queries import the_practice
from scheduling.forms.charging import ChargingForm
from scheduling.operations.charging.policy import facts_now, mark_of, save_charging
from scheduling.views.visible import allow

PAGE = "scheduling/charging.html"


@require_http_methods(["GET", "HEAD", "POST"])
def charging(request: StaffRequest) -> HttpResponse:
    allow(request.actor, "settings.change")
    now = facts_now(the_practice())
    payers = "\n".join(now.payers_without_fees)
    initial = {**asdict(now), "payers_without_fees": payers, "seen": mark_of(now), "change_id": uuid.uuid4()}
    if request.method != "POST":
        return render(request, PAGE, {"form": ChargingForm(initial=initial)})
    form = ChargingForm(request.POST.copy(), initial=initial)
    if not form.is_valid():
        return render(request, PAGE, {"form": form}, status=422)
    return _save(request, form)


def _save(request: StaffRequest, form: ChargingForm) -> HttpResponse:
    ids = {name: form.cleaned_data[name] for name in ("seen", "change_id")}
    try:
        save_charging(form.facts, by=request.actor, **ids)
    except StaleEdit as refusal:
        form.data["seen"] = form.initial["seen"]  # type: ignore[index]  # a copy of ours; saving again replaces theirs
        return render(request, PAGE, {"form": form, "refusal": refusal}, status=409)
    except Refusal as refusal:
        form.add_error(None, refusal.message)
        if isinstance(refusal, AlreadyUsed):
            form.data["change_id"] = str(uuid.uuid4())  # type: ignore[index]
        return render(request, PAGE, {"form": form}, status=422)
    messages.success(request, "Saved. It holds from the next charge on.")
    return redirect("scheduling:charging")
