"""Charges: the biller's worklist, the acts on its rows, and the file for the billing system."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.html import format_html
from django.views.decorators.http import require_POST, require_safe

from core import clock
from core.refusals import Refusal
from core.sheets.writing import lines
from practice.middleware import StaffRequest
from practice.models import Practice
from practice.operations import record
from practice.permissions import may
from practice.queries import the_practice
from scheduling.forms.charges import TABS, ChargesSearch, DecideForm, ManyForm, VoidForm
from scheduling.models import Appointment, Charge
from scheduling.operations import charging
from scheduling.operations.charging import Charged
from scheduling.queries import charge_lines
from scheduling.queries.charges import Asked, charges, tallies, uncharged, with_people
from scheduling.states import Decision
from scheduling.views import answers
from scheduling.views import charging as charging_settings
from scheduling.views.visible import allow

ROWS = 50


@require_safe
def charge_list(request: StaffRequest) -> HttpResponse:
    allow(request.actor, "charge.see")
    practice, form = the_practice(), ChargesSearch(request.GET, by=request.actor)
    asked, shown = form.asked(), form.shown
    found = _found(request, asked, shown, practice) if asked else []
    page = Paginator(found, ROWS).get_page(request.GET.get("page"))
    now = clock.now()
    said = {name: str(value) for name, value in request.GET.items() if name in form.fields and value}
    context = {
        "form": form,
        "show": shown,
        "tabs": _tabs(request, asked, shown, said, practice),
        "page": page,
        "rows": [_row(one, request, practice, now) for one in page.object_list],
        "numbers": list(page.paginator.get_elided_page_range(page.number)),
        "query": urlencode(said),
        "page_query": f"{urlencode(said)}&" if said else "",
        "is_narrowed": bool(said.keys() - {"show"}),
        "may_change": may(request.actor, "charge.change"),
        "change_id": uuid.uuid4(),
    }
    return render(request, "scheduling/charge_list.html", context)


def _found(request: StaffRequest, asked: Asked, shown: str, practice: Practice) -> Any:
    if shown != "uncharged":
        return charges(request.actor, asked)
    return with_people(_uncharged(request, asked, practice)).order_by("-starts_at", "-pk")


def _uncharged(request: StaffRequest, asked: Asked, practice: Practice) -> Any:
    today = clock.now().astimezone(practice.tz).date()
    return uncharged(request.actor, asked, zone=practice.tz, today=today)


def _row(one: Charge | Appointment, request: StaffRequest, practice: Practice, now: dt.datetime) -> Any:
    if isinstance(one, Charge):
        return charge_lines.line_of(one, request.actor, now)
    on = one.starts_at.astimezone(practice.tz).date()
    address = charge_lines.visit_url(one, on.isoformat())
    return {"visit": one, "on": on, "who": charge_lines.people_of(one), "url": address}


def _tabs(
    request: StaffRequest, asked: Asked | None, shown: str, said: dict[str, str], practice: Practice
) -> list[tuple[str, str, bool]]:
    """(words with how many, address, whether it is this one)."""
    counts = tallies(request.actor, asked) if asked else {}
    if asked:
        counts["uncharged"] = _uncharged(request, asked, practice).count()
    kept = {name: value for name, value in said.items() if name not in ("show", "batch")}
    return [
        (
            f"{label} {counts[name]}" if counts.get(name) else label,
            f"?{urlencode({**kept, 'show': name})}",
            name == shown,
        )
        for name, (label, _) in TABS.items()
    ]


@require_safe
def charge_file(request: StaffRequest) -> HttpResponseBase:
    """What the search found, as CSV; of one export by its batch. The export is itself a line of the trail."""
    allow(request.actor, "charge.change")
    practice, form = the_practice(), ChargesSearch(request.GET, by=request.actor)
    asked = form.asked()
    rows = charges(request.actor, asked) if asked and form.shown != "uncharged" else Charge.objects.none()
    record("charges.exported", practice, by=request.actor, at=clock.now(), after={"rows": rows.count()})
    cells = charge_lines.file_rows(rows.iterator(chunk_size=500), practice.tz)
    headers = {"Content-Disposition": 'attachment; filename="charges.csv"'}
    return StreamingHttpResponse(
        lines(charge_lines.COLUMNS, cells), content_type="text/csv; charset=utf-8", headers=headers
    )


@require_POST
def charge_export(request: StaffRequest) -> HttpResponse:
    """Mark the ticked ones, or all the search found, as exported; the file of that batch is one press away."""

    def saying(done: Charged) -> tuple[str, str]:
        batch = {"show": "exported", "batch": str(done.change.pk)}
        address = f"{reverse('scheduling:charge-file')}?{urlencode(batch)}"
        text = f"{len(done.ids)} charge{'s' if len(done.ids) != 1 else ''} exported."
        return format_html('{} <a href="{}">Download the file</a>', text, address), urlencode(batch)

    return _many(request, charging.mark_exported, saying)


@require_POST
def charge_remake(request: StaffRequest) -> HttpResponse:
    def saying(done: Charged) -> tuple[str, str]:
        count = len(done.ids)
        return (f"{count} mended." if count else "Nothing was mended since."), "show=missing"

    return _many(request, charging.remake, saying)


@require_POST
def charge_now(request: StaffRequest) -> HttpResponse:
    def saying(done: Charged) -> tuple[str, str]:
        return f"{len(done.ids)} charged.", "show=uncharged"

    return _many(request, charging.charge_now, saying)


def _many(
    request: StaffRequest,
    run: Callable[..., Charged],
    saying: Callable[[Charged], tuple[str, str]],
) -> HttpResponse:
    allow(request.actor, "charge.change")
    practice, form = the_practice(), ManyForm(request.POST)
    search = ChargesSearch(request.GET, by=request.actor)
    asked = search.asked()
    if not form.is_valid() or asked is None:
        return answers.refused(request, _old_page(), None, practice, status=422)
    found = _found(request, asked, search.shown, practice)
    chosen = found if form.cleaned_data["all"] else found.filter(public_id__in=form.chosen())
    ids = list(chosen.order_by("pk").values_list("pk", flat=True))
    if not ids:
        return answers.refused(request, _nothing_chosen(), None, practice, status=422)
    return _run(request, lambda **who: run(ids, **who), saying, form.cleaned_data["change_id"])


def _run(
    request: StaffRequest,
    run: Callable[..., Charged],
    saying: Callable[[Charged], tuple[str, str]],
    change_id: uuid.UUID,
) -> HttpResponse:
    try:
        done = run(by=request.actor, change_id=change_id)
    except Refusal as refusal:
        return answers.refused(request, refusal, None, the_practice())
    text, query = saying(done)
    link = format_html('<a href="{}">Recent changes</a>', reverse("scheduling:changes"))
    messages.success(request, format_html("{} Undo under {}.", text, link))
    return redirect(f"{reverse('scheduling:charge-list')}?{query}")


def _old_page() -> Refusal:
    return Refusal("This page was out of date.", remedy="Open the list again.")


def _nothing_chosen() -> Refusal:
    return Refusal("No charge was ticked.", remedy="Tick what you mean, or press the button for all.")


@require_POST
def charge_decide(request: StaffRequest, public_id: uuid.UUID) -> HttpResponse:
    allow(request.actor, "charge.change")
    row = get_object_or_404(Charge.objects.visible_to(request.actor), public_id=public_id)
    form = DecideForm(request.POST)
    if not form.is_valid():
        return answers.refused(request, _old_page(), None, the_practice(), status=422)
    facts = {name: form.cleaned_data[name] for name in ("decision", "reason", "edition")}
    said = "Fee approved." if facts["decision"] == Decision.APPROVED else "Fee waived."
    return _run(
        request,
        lambda **who: charging.decide_fee(row.pk, **facts, **who),
        lambda _: (said, "show=proposed"),
        form.cleaned_data["change_id"],
    )


@require_POST
def charge_void(request: StaffRequest, public_id: uuid.UUID) -> HttpResponse:
    allow(request.actor, "charge.change")
    row = get_object_or_404(Charge.objects.visible_to(request.actor), public_id=public_id)
    form = VoidForm(request.POST)
    if not form.is_valid():
        return answers.refused(request, _old_page(), None, the_practice(), status=422)
    facts = {name: form.cleaned_data[name] for name in ("reason", "edition")}
    return _run(
        request,
        lambda **who: charging.void(row.pk, **facts, **who),
        lambda _: ("Charge taken back.", "show=void"),
        form.cleaned_data["change_id"],
    )


urlpatterns_charges = [
    path("settings/charging/", charging_settings.charging, name="charging"),
    path("charges/", charge_list, name="charge-list"),
    path("charges/file/", charge_file, name="charge-file"),
    path("charges/export/", charge_export, name="charge-export"),
    path("charges/remake/", charge_remake, name="charge-remake"),
    path("charges/now/", charge_now, name="charge-now"),
    path("charges/<uuid:public_id>/decide/", charge_decide, name="charge-decide"),
    path("charges/<uuid:public_id>/void/", charge_void, name="charge-void"),
]
