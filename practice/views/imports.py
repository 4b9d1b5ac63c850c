"""Import and export: what there is, what was brought in, and choosing a file."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.db.models.fields.json import KT
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from core import clock
from core.refusals import AlreadyUsed, Refusal
from core.sheets.cells import UTC, Style
from core.sheets.writing import lines
from practice.forms.imports import MEGABYTE, MOST_BYTES, UploadForm
from practice.importing.giving import file_of
from practice.importing.kinds import Kind, kind_named, kinds
from practice.middleware import StaffRequest
from practice.models import Run
from practice.operations.runs import IMPORT, keep_upload, record_given
from practice.queries import the_practice
from practice.states import RunState
from practice.views.clients import allow

ROWS = 20
TONES = {
    RunState.UPLOADED: ("info", "upload"),
    RunState.WAITING: ("brand", "hourglass"),
    RunState.RUNNING: ("brand", "activity"),
    RunState.DONE: ("ok", "circle-check"),
    RunState.REFUSED: ("warn", "triangle-alert"),
    RunState.CANCELLED: ("", "ban"),
    RunState.FAILED: ("bad", "octagon-alert"),
}
TRIED = ("info", "circle-dashed", "Tried")


@dataclass(frozen=True, slots=True)
class Pill:
    tone: str
    icon: str
    text: str


@require_safe
def import_list(request: StaffRequest) -> HttpResponse:
    allow(request.actor, "data.import")
    page = Paginator(_runs(), ROWS).get_page(request.GET.get("page"))
    labels = {IMPORT + kind.name: kind.label for kind in kinds()}
    shown = {
        "kinds": [(kind, kind.stands() if kind.stands else None) for kind in kinds()],
        "page": page,
        "rows": [(run, labels.get(run.work, run.work), pill_of(run)) for run in page],
        "numbers": list(page.paginator.get_elided_page_range(page.number)),
        "tz": the_practice().tz,
    }
    return render(request, "practice/import_list.html", shown)


@require_http_methods(["GET", "HEAD", "POST"])
def import_upload(request: StaffRequest, kind: str) -> HttpResponse:
    allow(request.actor, "data.import")
    found = _kind(kind)
    if request.method != "POST":
        return _upload_page(request, found, UploadForm(initial={"change_id": uuid.uuid4()}))
    posted = request.POST.copy()
    form = UploadForm(posted, request.FILES)
    if form.is_valid():
        try:
            run = _keep(request, found, form)
        except Refusal as refusal:
            form.add_error("file", refusal.message)
            if isinstance(refusal, AlreadyUsed):
                posted["change_id"] = str(uuid.uuid4())
        else:
            return redirect("practice:import-run", run.pk)
    return _upload_page(request, found, form, status=422)


@require_safe
def import_export(request: StaffRequest, kind: str) -> StreamingHttpResponse:
    """All rows of a kind. That somebody took them stands in the trail."""
    allow(request.actor, "data.export")
    found = _kind(kind)
    record_given("data.exported", found.name, by=request.actor)
    on = clock.now().astimezone(the_practice().tz).date()
    return download(f"{found.name}-{on.isoformat()}.csv", file_of(found))


@require_safe
def import_template(request: StaffRequest, kind: str) -> StreamingHttpResponse:
    """The header of such a file, and nothing else."""
    allow(request.actor, "data.import")
    found = _kind(kind)
    return download(f"{found.name}-template.csv", lines([c.name for c in columns_of(found)], []))


def download(name: str, pieces: Iterable[str]) -> StreamingHttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingHttpResponse(pieces, content_type="text/csv; charset=utf-8", headers=headers)


def columns_of(kind: Kind) -> list:
    return kind.all_columns(Style(zone=UTC))


def pill_of(run: Run) -> Pill:
    state = RunState(run.state)
    if state == RunState.DONE and run.options.get("is_trial"):
        return Pill(*TRIED)
    return Pill(*TONES[state], state.label)


def _keep(request: StaffRequest, kind: Kind, form: UploadForm) -> Run:
    return keep_upload(
        kind.name,
        file=form.raw,
        name=form.cleaned_data["file"].name,
        lines=form.lines,
        by=request.actor,
        change_id=form.cleaned_data["change_id"],
    )


def _upload_page(request: StaffRequest, kind: Kind, form: UploadForm, status: int = 200) -> HttpResponse:
    shown: dict[str, Any] = {
        "form": form,
        "kind": kind,
        "columns": columns_of(kind),
        "most_bytes": MOST_BYTES,
        "most_megabytes": MOST_BYTES // MEGABYTE,
    }
    return render(request, "practice/import_upload.html", shown, status=status)


def _runs() -> QuerySet[Run]:
    """Without the files and the reasons, which may be long."""
    told = {name: KT(f"results__{name}") for name in ("added", "changed", "unchanged", "bad_lines")}
    rows = Run.objects.filter(work__startswith=IMPORT).select_related("by").defer("file", "results")
    return rows.annotate(**told).order_by("-created_at", "-pk")


def _kind(name: str) -> Kind:
    try:
        return kind_named(name)
    except KeyError:
        raise Http404 from None
