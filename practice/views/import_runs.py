"""One import from its check to its result: a page that follows the state of its run."""

from __future__ import annotations

import io
import uuid
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, QueryDict, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render, resolve_url
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.htmx import poll
from core.refusals import AlreadyUsed, Refusal
from core.sheets.dialect import ENCODINGS
from core.sheets.looking import Look, look
from core.sheets.trouble import SheetError
from core.sheets.writing import lines
from practice.forms.imports import MARKS, CheckForm, initial_of
from practice.importing.carrying import kept_of, kind_of, lines_done
from practice.importing.kinds import Kind
from practice.middleware import StaffRequest
from practice.models import Run
from practice.operations.runs import IMPORT, ask_for, stop
from practice.queries import the_practice
from practice.states import UNDER_WAY, RunState
from practice.views.clients import allow
from practice.views.imports import download, pill_of

BAD_ROWS = NOTES = 100
TOLD = ("line", "column", "reason")
TRY, TAKE = "try", "import"
READ_ANEW = "It reads differently now. Look at the columns once more, then press the button again."


@require_http_methods(["GET", "HEAD", "POST"])
def import_run(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    """The check before it is asked for, progress while it runs, the result after it; a trial can be followed up."""
    allow(request.actor, "data.import")
    run = _run(pk)
    kind = _kind_of(run)
    if run.state in UNDER_WAY:
        return _progress_page(request, run, kind)
    has_file = Run.objects.filter(pk=pk, file__isnull=False).exists()
    if request.method == "POST":
        return _answer(request, run, kind) if has_file else redirect("practice:import-run", pk)
    form = _form(run, kind) if has_file else None
    return _page(request, run, kind, form)


@poll
@require_safe
def import_progress(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    """The bar alone; at the end it sends the page to the result."""
    allow(request.actor, "data.import")
    run = _run(pk)
    if not request.headers.get("HX-Request"):
        return redirect("practice:import-run", pk)
    return _bar(request, run)


@require_POST
def import_stop(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    """Also throws away a file that was only uploaded or tried."""
    allow(request.actor, "data.import")
    run = stop(_run(pk).pk, by=request.actor)
    if request.headers.get("HX-Request") and run.state == RunState.RUNNING:
        return _bar(request, run)
    if run.state != RunState.RUNNING:
        messages.success(request, "The file is thrown away.")
    return _moved(request, run)


@require_safe
def import_bad(request: StaffRequest, pk: uuid.UUID) -> StreamingHttpResponse:
    """Every reason, to work through beside the file; `?what=notes` for what is only worth a look."""
    allow(request.actor, "data.import")
    run = _run(pk)
    what = "notes" if request.GET.get("what") == "notes" else "bad"
    rows = (dict(zip(TOLD, one, strict=True)) for one in run.results.get(what, []))
    return download(f"{_kind_of(run).name}-{what}.csv", lines(TOLD, rows))


def _answer(request: StaffRequest, run: Run, kind: Kind) -> HttpResponse:
    posted, act = request.POST.copy(), request.POST.get("act")
    seen, trouble = _look(run, posted.get("encoding", ""), MARKS.get(posted.get("delimiter", ""), ""))
    facts: dict[str, Any] = {"kind": kind, "practice": the_practice(), "seen": seen, "trouble": trouble}
    is_other = seen is not None and posted.get("headers") != str(len(seen.header))
    if act not in {TRY, TAKE} or is_other:
        form = CheckForm(initial=_typed(posted), **facts)
        return _page(request, run, kind, form, note=READ_ANEW if act in {TRY, TAKE} else "")
    form = CheckForm(posted, **facts)
    if form.is_valid():
        try:
            _ask(request, run, form, is_trial=act == TRY)
        except Refusal as refusal:
            form.add_error(None, f"{refusal.message} {refusal.remedy}".strip())
            if isinstance(refusal, AlreadyUsed):
                posted["change_id"] = str(uuid.uuid4())
        else:
            return redirect("practice:import-run", run.pk)
    return _page(request, run, kind, form, status=422)


def _ask(request: StaffRequest, run: Run, form: CheckForm, *, is_trial: bool) -> None:
    ask_for(
        run.pk,
        options=kept_of(form.options(is_trial=is_trial)),
        lines=form.seen.dialect.lines if form.seen else 0,
        by=request.actor,
        change_id=form.cleaned_data["change_id"],
    )


def _form(run: Run, kind: Kind) -> CheckForm:
    """As it was asked for the last time, if it was."""
    kept = run.options
    seen, trouble = _look(run, kept.get("encoding", ""), kept.get("delimiter", ""))
    initial = initial_of(kept, seen)
    return CheckForm(kind=kind, practice=the_practice(), seen=seen, trouble=trouble, initial=initial)


def _look(run: Run, encoding: str, delimiter: str) -> tuple[Look | None, SheetError | None]:
    """What is not asked for is recognised."""
    encoding = encoding if encoding in ENCODINGS else ""
    try:
        return look(io.BytesIO(run.file or b""), encoding=encoding, delimiter=delimiter), None
    except SheetError as trouble:
        return None, trouble


def _typed(posted: QueryDict) -> dict[str, Any]:
    """For showing the form again without judging it."""
    typed: dict[str, Any] = {name: posted[name] for name in posted if name != "act"}
    headers = posted.get("headers", "")
    return typed | {"headers": int(headers) if headers.isdecimal() else None}


def _page(
    request: StaffRequest,
    run: Run,
    kind: Kind,
    form: CheckForm | None,
    *,
    note: str = "",
    status: int = 200,
) -> HttpResponse:
    bad = run.results.get("bad", [])
    notes = run.results.get("notes", [])
    page = Paginator(bad, BAD_ROWS).get_page(request.GET.get("page"))
    shown = {
        "run": run,
        "kind": kind,
        "form": form,
        "note": note,
        "pill": pill_of(run),
        "results": run.results,
        "is_tried": bool(run.results.get("is_trial")),
        "is_clean": bool(run.results.get("is_trial")) and not bad,
        "is_ended": run.state != RunState.UPLOADED,
        "notes": notes[:NOTES],
        "more_notes": len(notes[NOTES:]),
        "page": page,
        "numbers": list(page.paginator.get_elided_page_range(page.number)),
        "tz": the_practice().tz,
    }
    return render(request, "practice/import_run.html", shown, status=status)


def _progress_page(request: StaffRequest, run: Run, kind: Kind) -> HttpResponse:
    shown = {"run": run, "kind": kind, "pill": pill_of(run), "file_name": run.file_name} | _how_far(run)
    return render(request, "practice/import_progress.html", shown)


def _bar(request: StaffRequest, run: Run) -> HttpResponse:
    if run.state not in UNDER_WAY:
        return HttpResponse(headers={"HX-Redirect": resolve_url("practice:import-run", run.pk)})
    return render(request, "practice/import_progress.html#bar", {"run": run} | _how_far(run))


def _how_far(run: Run) -> dict[str, Any]:
    """Never quite all: only the end of the run ends the asking."""
    total = max(run.total, 1)
    if run.cancel_asked_at:
        label = "Stopping"
    elif run.state == RunState.WAITING:
        label = "Waiting for its turn"
    else:
        label = "Trying, line by line" if run.options.get("is_trial") else "Importing, line by line"
    return {"done": min(lines_done(run), total - 1), "total": total, "label": label}


def _moved(request: StaffRequest, run: Run) -> HttpResponse:
    if request.headers.get("HX-Request"):
        return HttpResponse(headers={"HX-Redirect": resolve_url("practice:import-run", run.pk)})
    return redirect("practice:import-run", run.pk)


def _run(pk: uuid.UUID) -> Run:
    """The file is read only where it is needed."""
    rows = Run.objects.filter(work__startswith=IMPORT).select_related("by").defer("file")
    return get_object_or_404(rows, pk=pk)


def _kind_of(run: Run) -> Kind:
    try:
        return kind_of(run)
    except KeyError:
        raise Http404 from None
