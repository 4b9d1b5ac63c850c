"""Who did or viewed what: searched and exported by practice admins only."""

import csv
import datetime as dt
import json
import zoneinfo
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from core import clock
from core.actors import ActorKind
from core.sheets.writing import harmless
from practice.forms import AuditSearch
from practice.middleware import StaffRequest
from practice.models import AuditEntry, User
from practice.operations import record
from practice.queries import the_practice
from practice.querysets import AuditQuerySet
from practice.views.clients import allow

LINES = 50
COLUMNS = ["when", "who", "act", "subject", "before", "after", "from", "change"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One entry for reading. when: ISO 8601, in the practice's zone, to the second."""

    when: str
    who: str
    act: str
    subject: str
    before: str
    after: str
    via: str
    change: str


class Echo:
    """A file that hands back what is written, for streaming."""

    def write(self, text: str) -> str:
        return text


@require_safe
def audit_list(request: StaffRequest) -> HttpResponse:
    allow(request.actor, "audit.see")
    form = AuditSearch(request.GET)
    practice = the_practice()
    page = Paginator(found_by(form, practice.tz), LINES).get_page(request.GET.get("page"))
    asked = {name: value for name, value in request.GET.items() if name in form.fields and value}
    shown = {
        "form": form,
        "page": page,
        "lines": list(lines(page, practice.tz)),
        "numbers": list(page.paginator.get_elided_page_range(page.number)),
        "query": urlencode(asked),
        "page_query": f"{urlencode(asked)}&" if asked else "",
    }
    return render(request, "practice/audit_list.html", shown)


@require_safe
def audit_export(request: StaffRequest) -> StreamingHttpResponse:
    """What the search found, as CSV. The export is itself a line of the trail."""
    allow(request.actor, "audit.see")
    practice, form = the_practice(), AuditSearch(request.GET)
    found = found_by(form, practice.tz)
    record("audit.exported", practice, by=request.actor, at=clock.now(), after={"rows": found.count()})
    writer = csv.writer(Echo())
    rows = lines(found.iterator(chunk_size=2000), practice.tz)
    written = (writer.writerow([harmless(cell) for cell in cells]) for cells in _with_head(rows))
    headers = {"Content-Disposition": 'attachment; filename="audit.csv"'}
    return StreamingHttpResponse(written, content_type="text/csv; charset=utf-8", headers=headers)


def found_by(form: AuditSearch, tz: zoneinfo.ZoneInfo) -> AuditQuerySet:
    """Nothing for a search that makes no sense. Dates are the practice's, both included."""
    if not form.is_valid():
        return AuditEntry.objects.none()
    asked = form.cleaned_data
    found = AuditEntry.objects.order_by("-at", "-id")
    if asked["act"]:
        found = found.filter(act__startswith=asked["act"])
    if asked["subject"]:
        found = found.filter(subject_kind=asked["subject"])
    if asked["subject_id"]:
        found = found.filter(subject_id=asked["subject_id"])
    if asked["user"]:
        found = found.filter(actor_kind=ActorKind.USER, actor_id=asked["user"].pk)
    if asked["first_on"]:
        found = found.filter(at__gte=_midnight(asked["first_on"], tz))
    if asked["last_on"]:
        found = found.filter(at__lt=_midnight(asked["last_on"] + dt.timedelta(days=1), tz))
    return found


def lines(entries: Iterable[AuditEntry], tz: zoneinfo.ZoneInfo) -> Iterator[Line]:
    """Staff by name, everybody else by kind and id: the trail never names a client."""
    names = dict(User.objects.values_list("pk", "name"))
    for entry in entries:
        is_user = entry.actor_kind == ActorKind.USER
        someone = f"{entry.actor_kind} {entry.actor_id}" if entry.actor_id else entry.actor_kind
        yield Line(
            when=entry.at.astimezone(tz).isoformat(sep=" ", timespec="seconds"),
            who=names.get(entry.actor_id or 0, someone) if is_user else someone,
            act=entry.act,
            subject=f"{entry.subject_kind} {entry.subject_id or ''}".strip(),
            before=_facts(entry.before),
            after=_facts(entry.after),
            via=entry.via,
            change=str(entry.change_id or ""),
        )


def _with_head(rows: Iterable[Line]) -> Iterator[list[str]]:
    yield COLUMNS
    for row in rows:
        yield [row.when, row.who, row.act, row.subject, row.before, row.after, row.via, row.change]


def _facts(values: dict | None) -> str:
    return json.dumps(values, sort_keys=True) if values else ""


def _midnight(day: dt.date, tz: zoneinfo.ZoneInfo) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), tz)
