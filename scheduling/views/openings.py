"""The opening search, as data."""

from __future__ import annotations

from django.http import JsonResponse
from django.views.decorators.http import require_safe

from practice.middleware import StaffRequest
from practice.queries import practice_and_now
from scheduling.forms.searching import OpeningsForm, today_of
from scheduling.queries.openings import Openings, find_openings
from scheduling.views.visible import allow

NAMES = {"from": "first", "to": "last"}


@require_safe
def openings(request: StaffRequest) -> JsonResponse:
    """`starts` are epoch minutes, ascending. With `limit` only the soonest, as [minute, provider]."""
    allow(request.actor, "calendar.see")
    practice, now = practice_and_now()
    query = request.GET.copy()
    for outside, inside in NAMES.items():
        query.setlist(inside, query.pop(outside, []))
    form = OpeningsForm(query, today=today_of(practice, now))
    if not form.is_valid():
        problems = {field: [str(e) for e in errors] for field, errors in form.errors.items()}
        outside = {inside: name for name, inside in NAMES.items()}
        return JsonResponse({"errors": {outside.get(f, f): e for f, e in problems.items()}}, status=400)
    found = find_openings(form.search(), by=request.actor, practice=practice, now=now)
    return JsonResponse(_answer(found, practice.zone, form.cleaned_data["limit"]))


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
