"""The opening search: a page with everything asked in its address, why there is none, and the same as data."""

from __future__ import annotations

import datetime as dt
from itertools import groupby

from django.http import Http404, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_POST, require_safe

from core import doors
from practice.middleware import StaffRequest
from practice.models import Client, Practice
from practice.permissions import may
from practice.queries import practice_and_now
from scheduling.forms.opening import chosen_type
from scheduling.forms.people import PersonRow, people_from
from scheduling.forms.searching import FiltersForm, OpeningsForm, today_of
from scheduling.queries.choices import choices_for
from scheduling.queries.filling import usual_type
from scheduling.queries.opening_days import by_day
from scheduling.queries.openings import Openings, Search, find_openings
from scheduling.queries.whynot import Excluded, excluded
from scheduling.rules import words
from scheduling.views.visible import allow

LIMIT = 60  # openings before "show more"; days are shown whole
LIVE = "openings"  # the id of what HTMX replaces


@require_safe
def openings(request: StaffRequest) -> HttpResponse:
    allow(request.actor, "calendar.see")
    return _as_data(request) if request.GET.get("format") == "json" else _as_page(request)


def _as_data(request: StaffRequest) -> JsonResponse:
    """`starts` are epoch minutes, ascending. With `limit` only the soonest, as [minute, provider]."""
    practice, now = practice_and_now()
    form = OpeningsForm(request.GET, today=today_of(practice, now))
    if not form.is_valid():
        return JsonResponse({"errors": form.named_errors()}, status=400)
    search = form.search(client_ids=client_ids(form, request))
    found = find_openings(search, by=request.actor, practice=practice, now=now)
    return JsonResponse(_answer(found, practice.zone, form.cleaned_data["limit"]))


def client_ids(form: OpeningsForm, request: StaffRequest) -> tuple[int, ...]:
    """Whom the address names, as far as the reader may see them. No query where it names nobody."""
    client = _client(form, request)
    return (client.pk,) if client else ()


def _client(form: OpeningsForm, request: StaffRequest) -> Client | None:
    public_id = form.cleaned_data.get("client")
    return Client.objects.visible_to(request.actor).filter(public_id=public_id).first() if public_id else None


def _answer(found: Openings, zone: str, limit: int | None) -> dict:
    names = {one.id: str(one.public_id) for one in found.candidates}
    answer = {
        "zone": zone,
        "count": found.count,
        "providers": {
            names[one.id]: {"name": one.name, "minutes": one.shape.minutes}
            | ({} if limit else {"starts": found.minutes[one.id]})
            for one in found.candidates
        },
    }
    if limit:
        answer["soonest"] = [[minute, names[pk]] for minute, pk in found.soonest(limit)]
    return answer


# --- As a page -------------------------------------------------------------------------------------


def _as_page(
    request: StaffRequest, query: QueryDict | None = None, row: PersonRow | None = None, status: int = 200
) -> HttpResponse:
    """row: the client as somebody typed them, when that is still to be understood."""
    practice, now = practice_and_now()
    form = _filters(request, request.GET if query is None else query, practice, now)
    client = _client(form, request) if form.is_valid() else None
    shown = {
        "form": form,
        "row": row or PersonRow(client=client, text=client.name if client else ""),
        "client": client,
        "may_book": may(request.actor, "visit.book"),
        "without_client": f"{reverse('scheduling:openings')}?{form.address(client='')}",
        "here": form.address(),
    }
    if form.is_valid():
        shown |= _results(request, form, client, practice, now)
    part = "#live" if request.headers.get("HX-Target") == LIVE else ""
    response = render(request, f"scheduling/openings.html{part}", shown, status=status)
    if part:
        response["HX-Push-Url"] = f"{reverse('scheduling:openings')}?{form.address()}"
    return response


def _filters(request: StaffRequest, query: QueryDict, practice: Practice, now: dt.datetime) -> FiltersForm:
    kind = None if query.get("type") else usual_type(request.actor.provider_id, now)
    return FiltersForm(
        query,
        today=today_of(practice, now),
        choices=choices_for(request.actor),
        type_id=kind.pk if kind else None,
    )


def _results(
    request: StaffRequest, form: FiltersForm, client: Client | None, practice: Practice, now: dt.datetime
) -> dict:
    search = form.search(client_ids=(client.pk,) if client else ())
    found = find_openings(search, by=request.actor, practice=practice, now=now)
    limit = form.cleaned_data["limit"] or LIMIT
    days = by_day(found, search, practice=practice, now=now, limit=limit)
    return {
        "found": found,
        "days": days,
        "more_url": f"{reverse('scheduling:openings')}?{form.address(limit=min(days.shown + LIMIT, 1000))}",
        "why_url": f"{reverse('scheduling:opening-why')}?{form.address(limit='')}&on=",
        "span": _span_said(search),
        "doors": _doors(form, client, search) if may(request.actor, "visit.book") else [],
    }


def _doors(form: FiltersForm, client: Client | None, search: Search) -> list[doors.Door]:
    """Where to go when nothing here suits."""
    one = form.cleaned_data.get("provider")
    provider = one[0] if isinstance(one, list | tuple) and len(one) == 1 else None
    about = {
        "type": search.type_id,
        "client": client.public_id if client else "",
        "modality": search.modality,
    }
    return doors.at(
        "scheduling.openings", about | ({"provider": getattr(provider, "pk", "")} if provider else {})
    )


def _span_said(search: Search) -> str:
    return f"{words.short_day(search.first)} to {words.short_day(search.last)}"


@require_safe
def opening_why(request: StaffRequest) -> HttpResponse:
    """Why there is nothing on the day `on`, for everybody in question who has nothing."""
    allow(request.actor, "calendar.see")
    practice, now = practice_and_now()
    form = OpeningsForm(request.GET, today=today_of(practice, now))
    on = _day(request.GET.get("on", ""))
    if not form.is_valid() or on is None or chosen_type(request.GET) is None:
        raise Http404
    search = form.search(client_ids=client_ids(form, request))
    out = excluded(search, on, by=request.actor, practice=practice, now=now)
    part = "#reasons" if request.headers.get("HX-Request") == "true" else ""
    shown = {
        "reasons": _by_reason(out),
        "day": words.day(on),
        "back": f"{reverse('scheduling:openings')}?{form.address()}",
    }
    return render(request, f"scheduling/openings_why.html{part}", shown)


def _day(text: str) -> dt.date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None


def _by_reason(out: list[Excluded]) -> list[tuple[str, list[str]]]:
    """Whom each reason concerns: one line for fifty who do not offer the type."""
    said = sorted((". ".join(one.reasons), one.name) for one in out)
    groups = [(why, [name for _, name in group]) for why, group in groupby(said, key=lambda pair: pair[0])]
    return sorted(groups, key=lambda group: len(group[1]))


@require_POST
def opening_client(request: StaffRequest) -> HttpResponse:
    """Choose for whom. Posted, because a name belongs in no address; the address then has the public id."""
    allow(request.actor, "calendar.see")
    query = QueryDict(request.POST.get("back", ""), mutable=True)
    rows = people_from(request.POST, by=request.actor)
    row = rows[0] if rows else PersonRow()
    if row.error:
        return _as_page(request, query, row, status=422)
    query.pop("client", None)
    if row.client:
        query["client"] = str(row.client.public_id)
    return redirect(f"{reverse('scheduling:openings')}?{query.urlencode()}")
