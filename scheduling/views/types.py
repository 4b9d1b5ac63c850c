"""Settings: appointment types. The list stands left, one type right; page and part share their address."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db.models import Count, Exists, OuterRef
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.refusals import AlreadyUsed, Refusal, StaleEdit
from practice.middleware import StaffRequest
from scheduling.forms.types import TypeActForm, TypeForm, initial_for
from scheduling.models import Appointment, AppointmentType
from scheduling.operations.types import Saved, archive_type, delete_type_if_unused, save_type
from scheduling.states import Category
from scheduling.views.visible import allow

PART = "types"  # the id of what HTMX replaces


@require_safe
def type_list(request: StaffRequest) -> HttpResponse:
    allow(request.actor, "type.change")
    return _page(request, "type_list", {})


@require_http_methods(["GET", "HEAD", "POST"])
def type_add(request: StaffRequest) -> HttpResponse:
    allow(request.actor, "type.change")
    return _form(request, None)


@require_http_methods(["GET", "HEAD", "POST"])
def type_edit(request: StaffRequest, pk: int) -> HttpResponse:
    allow(request.actor, "type.change")
    return _form(request, get_object_or_404(AppointmentType, pk=pk))


@require_POST
def type_archive(request: StaffRequest, pk: int) -> HttpResponse:
    allow(request.actor, "type.change")
    row = get_object_or_404(AppointmentType, pk=pk)
    back = "active" in request.POST
    said = (
        f"{row.name} is offered again." if back else f"{row.name} is archived. Visits already booked stand."
    )
    return _act(request, row, lambda **facts: archive_type(pk, active=back, **facts), said)


@require_POST
def type_delete(request: StaffRequest, pk: int) -> HttpResponse:
    """A second press finds nothing left, and goes where the first one went."""
    allow(request.actor, "type.change")
    row = AppointmentType.objects.filter(pk=pk).first()
    if row is None:
        return redirect("scheduling:type-list")
    return _act(request, row, lambda **facts: delete_type_if_unused(pk, **facts), f"{row.name} is deleted.")


def _form(request: StaffRequest, row: AppointmentType | None) -> HttpResponse:
    posted = request.POST.copy() if request.method == "POST" else None
    form = TypeForm(posted, initial=initial_for(row))
    shown: dict[str, Any] = {"form": form, "type": row}
    if posted is None:
        return _page(request, "type_form", shown)
    if not form.is_valid():
        return _page(request, "type_form", shown, status=422)
    try:
        saved = _save(request, form, row)
    except StaleEdit as refusal:
        posted["edition"] = str(form.initial["edition"])  # saving again replaces what is listed
        return _page(request, "type_form", shown | {"refusal": refusal, "now": form.now_said()}, status=409)
    except Refusal as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
        if isinstance(refusal, AlreadyUsed):
            posted["change_id"] = str(uuid.uuid4())
        return _page(request, "type_form", shown, status=422)
    return _saved(request, saved)


def _save(request: StaffRequest, form: TypeForm, row: AppointmentType | None) -> Saved:
    facts = {"edition": form.cleaned_data["edition"], "change_id": form.cleaned_data["change_id"]}
    return save_type(row.pk if row else None, form.facts, by=request.actor, **facts)


def _saved(request: StaffRequest, saved: Saved) -> HttpResponse:
    if saved.type is None:
        return redirect("scheduling:type-list")
    messages.success(request, f"{saved.type.name} is saved. Visits already booked keep what they have.")
    return redirect("scheduling:type-edit", saved.type.pk)


def _act(request: StaffRequest, row: AppointmentType, act: Callable[..., Saved], said: str) -> HttpResponse:
    form = TypeActForm(request.POST)
    if not form.is_valid():
        return _refused(request, row, Refusal("This page was out of date.", remedy="Try once more."), 422)
    try:
        saved = act(by=request.actor, **form.cleaned_data)
    except Refusal as refusal:
        return _refused(request, row, refusal, 409)
    messages.success(request, said)
    return redirect("scheduling:type-edit", row.pk) if saved.type else redirect("scheduling:type-list")


def _refused(request: StaffRequest, row: AppointmentType, refusal: Refusal, status: int) -> HttpResponse:
    row.refresh_from_db()
    form = TypeForm(initial=initial_for(row))
    return _page(request, "type_form", {"form": form, "type": row, "refusal": refusal}, status=status)


def _page(request: StaffRequest, template: str, shown: dict, status: int = 200) -> HttpResponse:
    row = shown.get("type")
    part = f"#{PART}" if request.headers.get("HX-Target") == PART else ""
    facts = {"groups": _by_category(), "archived": _rows(is_active=False), "type": row}
    if row is not None:
        facts |= {"is_used": row.appointments.exists(), "fresh_id": uuid.uuid4()}
    return render(request, f"scheduling/{template}.html{part}", facts | shown, status=status)


def _by_category() -> list[tuple[str, list[AppointmentType]]]:
    """Label and active types, in the order of the categories; empty ones left out."""
    rows = _rows(is_active=True)
    groups = [(c.label, [row for row in rows if row.category == c]) for c in Category]
    return [(label, found) for label, found in groups if found]


def _rows(*, is_active: bool) -> list[AppointmentType]:
    used = Appointment.objects.filter(type=OuterRef("pk"))
    rows = AppointmentType.objects.filter(is_active=is_active)
    return list(rows.annotate(is_used=Exists(used), offered_by=Count("offers")).order_by("name"))


urlpatterns_types = [
    path("settings/types/", type_list, name="type-list"),
    path("settings/types/new/", type_add, name="type-add"),
    path("settings/types/<int:pk>/", type_edit, name="type-edit"),
    path("settings/types/<int:pk>/archive/", type_archive, name="type-archive"),
    path("settings/types/<int:pk>/delete/", type_delete, name="type-delete"),
]
