"""The list, and one entry: joined, changed, pinned, closed."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, HttpResponseBadRequest
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.refusals import AlreadyUsed, NotAllowed, Refusal, StaleEdit
from practice.middleware import StaffRequest
from practice.models import Client
from practice.permissions import may
from practice.queries import practice_and_now
from scheduling.forms.people import PersonRow, people_from
from scheduling.models import Attendance
from scheduling.views.visible import allow, is_uuid
from waitlist.forms.entries import CloseForm, EntryForm, ListFilter, PinForm, fresh_initial, initial_for
from waitlist.models import WaitlistEntry
from waitlist.operations.entries import add_entry, change_entry, close_entry, pin_entry
from waitlist.operations.inviting import invite
from waitlist.queries.rows import moment, rows_of

ROWS = 50
LOADED = ("client", "type", "location", "attendance__appointment")


@require_safe
def entry_list(request: StaffRequest) -> HttpResponse:
    allow(request.actor, "waitlist.see")
    practice, now = practice_and_now()
    form = ListFilter(request.GET, by=request.actor)
    found = form.apply(WaitlistEntry.objects.visible_to(request.actor))
    page = Paginator(_pinned_first(found.select_related(*LOADED)), ROWS).get_page(request.GET.get("page"))
    query = urlencode({name: value for name, value in request.GET.items() if name in form.fields and value})
    shown = {
        "form": form,
        "page": page,
        "rows": rows_of(page.object_list, practice, now),
        "numbers": list(page.paginator.get_elided_page_range(page.number)),
        "query": f"{query}&" if query else "",
        "is_filtered": bool(query),
        "may_change": may(request.actor, "waitlist.change"),
        "change_id": uuid.uuid4(),
    }
    part = "#live" if request.headers.get("HX-Target") == "waiting" else ""
    return render(request, f"waitlist/entry_list.html{part}", shown)


def _pinned_first(found: Any) -> Any:
    return found.order_by("pinned_at", "-priority", "created_at", "pk")  # NULLs last: the pinned come first


@require_http_methods(["GET", "HEAD", "POST"])
def entry_new(request: StaffRequest) -> HttpResponse:
    """Opened with what the booking that did not work out was about."""
    allow(request.actor, "waitlist.change")
    person = _visit_of(request)
    if request.method != "POST":
        form = EntryForm(initial=fresh_initial() | _asked(request, person))
        return _entry_page(request, form, person=person, row=_row(request, person))
    form, rows = EntryForm(request.POST), people_from(request.POST, by=request.actor)
    row = rows[0] if rows else PersonRow(error="Say who is waiting.")
    if person is not None:
        row = PersonRow(client=person.client, text=person.client.name)
    if not row.client:
        row.error = row.error or "Say who is waiting."
    if form.is_valid() and row.client:
        given = {"attendance_id": person.pk if person else None, "change_id": form.cleaned_data["change_id"]}
        try:
            add_entry(row.client.pk, form.wish, by=request.actor, **given)
        except Refusal as refusal:
            return _refused(request, form, refusal, person=person, row=row)
        messages.success(request, f"{row.client.name} is on the list.")
        return redirect("waitlist:entry-list")
    return _entry_page(request, form, person=person, row=row, status=422)


@require_http_methods(["GET", "HEAD", "POST"])
def entry_edit(request: StaffRequest, public_id: uuid.UUID) -> HttpResponse:
    allow(request.actor, "waitlist.see")
    entry = _entry(request, public_id)
    if request.method != "POST":
        return _entry_page(request, EntryForm(initial=initial_for(entry)), entry=entry)
    allow(request.actor, "waitlist.change")
    form = EntryForm(request.POST)
    if not form.is_valid():
        return _entry_page(request, form, entry=entry, status=422)
    ids = {name: form.cleaned_data[name] for name in ("edition", "change_id")}
    try:
        change_entry(entry.pk, form.wish, by=request.actor, **ids)
    except Refusal as refusal:
        return _refused(request, form, refusal, entry=_entry(request, public_id))
    messages.success(request, "Saved.")
    return redirect("waitlist:entry-list")


@require_POST
def entry_invite(request: StaffRequest) -> HttpResponse:
    """Send somebody the link by which they say themselves which times would suit."""
    allow(request.actor, "waitlist.change")
    rows = people_from(request.POST, by=request.actor)
    client = rows[0].client if rows else None
    if client is None:
        messages.error(request, (rows[0].error if rows else "") or "Say who is meant.")
        return redirect("waitlist:entry-new")
    try:
        invite(client.pk, by=request.actor)
    except NotAllowed:
        raise
    except Refusal as refusal:
        messages.error(request, f"{refusal.message} {refusal.remedy}")
    else:
        messages.success(request, f"{client.name} gets a link to say which times would suit.")
    return redirect("waitlist:entry-list")


@require_POST
def entry_close(request: StaffRequest, public_id: uuid.UUID) -> HttpResponse:
    allow(request.actor, "waitlist.change")
    entry, form = _entry(request, public_id), CloseForm(request.POST)
    if not form.is_valid():
        return _entry_page(
            request, EntryForm(initial=initial_for(entry)), entry=entry, close=form, status=422
        )
    try:
        close_entry(entry.pk, by=request.actor, **form.cleaned_data)
    except NotAllowed:
        raise
    except Refusal as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
        fresh = EntryForm(initial=initial_for(_entry(request, public_id)))
        return _entry_page(request, fresh, entry=entry, close=form, status=409)
    messages.success(request, f"{entry.client.name} is off the list.")
    return redirect("waitlist:entry-list")


@require_POST
def entry_pin(request: StaffRequest, public_id: uuid.UUID) -> HttpResponse:
    allow(request.actor, "waitlist.change")
    entry, form = _entry(request, public_id), PinForm(request.POST)
    if not form.is_valid():
        return HttpResponseBadRequest()
    try:
        pin_entry(entry.pk, by=request.actor, **form.cleaned_data)
    except NotAllowed:
        raise
    except Refusal as refusal:
        messages.error(request, f"{refusal.message} {refusal.remedy}")
    return redirect("waitlist:entry-list")


def _entry(request: StaffRequest, public_id: uuid.UUID) -> WaitlistEntry:
    seen = WaitlistEntry.objects.visible_to(request.actor).select_related(*LOADED)
    return get_object_or_404(seen, public_id=public_id)


def _asked(request: StaffRequest, person: Attendance | None) -> dict[str, Any]:
    """What the address says of the visit that is wanted."""
    if person is not None:
        visit = person.appointment
        return {"type": visit.type_id, "providers": [visit.provider_id], "modality": visit.modality}
    asked = request.GET
    found: dict[str, Any] = {name: asked[name] for name in ("type", "modality") if asked.get(name)}
    return found | ({"providers": [asked["provider"]]} if asked.get("provider", "").isdecimal() else {})


def _visit_of(request: StaffRequest) -> Attendance | None:
    """The visit to move up, named by its number; of a client in sight."""
    number = (request.POST if request.method == "POST" else request.GET).get("attendance", "")
    if not (number.isdecimal() and len(number) < 19):
        return None
    rows = Attendance.objects.filter(client__in=Client.objects.visible_to(request.actor))
    return rows.select_related("client", "appointment").filter(pk=number).first()


def _row(request: StaffRequest, person: Attendance | None) -> PersonRow:
    asked = request.GET.get("client", "")
    client = person.client if person else None
    if client is None and is_uuid(asked):
        client = Client.objects.visible_to(request.actor).filter(public_id=asked).first()
    return PersonRow(client=client, text=client.name if client else "")


def _refused(request: StaffRequest, form: EntryForm, refusal: Refusal, **about: Any) -> HttpResponse:
    if isinstance(refusal, NotAllowed):
        raise refusal
    if isinstance(refusal, AlreadyUsed):
        form.again()
    status = 409 if isinstance(refusal, StaleEdit) else 422
    return _entry_page(request, form, refusal=refusal, status=status, **about)


def _entry_page(
    request: StaffRequest,
    form: EntryForm,
    *,
    entry: WaitlistEntry | None = None,
    person: Attendance | None = None,
    row: PersonRow | None = None,
    close: CloseForm | None = None,
    refusal: Refusal | None = None,
    status: int = 200,
) -> HttpResponse:
    practice, now = practice_and_now()
    first = {"change_id": uuid.uuid4(), "edition": entry.edition} if entry else {}
    visit = (
        person.appointment if person else entry.attendance.appointment if entry and entry.attendance else None
    )
    shown = {
        "form": form,
        "entry": entry,
        "person": person,
        "row": row,
        "close": close or CloseForm(initial=first),
        "refusal": refusal,
        "moves_up": moment(visit.starts_at, practice) if visit else "",
        "may_change": may(request.actor, "waitlist.change"),
        "line": rows_of([entry], practice, now)[0] if entry else None,
        "here": reverse("waitlist:entry-edit", args=[entry.public_id])
        if entry
        else reverse("waitlist:entry-new"),
    }
    return render(request, "waitlist/entry.html", shown, status=status)
