"""What is read beside the sheet: what was said of one member, and the list to sign."""

from __future__ import annotations

import datetime as dt
import uuid

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from groups.queries.sheet import history_of, row_of, sheet_of
from groups.rules.names import sheet_name, told_apart
from groups.views.sheet import opened
from practice.middleware import StaffRequest
from practice.models import Practice
from practice.queries import the_practice
from scheduling.rules import words
from scheduling.views import answers


@require_safe
def sheet_history(request: StaffRequest, public_id: uuid.UUID, pk: int) -> HttpResponse:
    """What was said of one member at this session, and by whom."""
    one, practice = opened(request, public_id), the_practice()
    person = get_object_or_404(one.visit.attendances.select_related("client"), pk=pk)
    row = row_of(person, one.visit, one.group, request.actor)
    lines = [(line, _clock(line.at, practice)) for line in history_of(person)]
    shown = {"lines": lines, "row": row, "visit": one.visit, "group": one.group}
    part = "#dialog_part" if request.headers.get("HX-Target") == "dialog" else ""
    return render(request, f"groups/sheet_history.html{part}", shown)


def _clock(moment: dt.datetime, practice: Practice) -> str:
    wall = moment.astimezone(practice.tz)
    said = words.clock(wall.hour * 60 + wall.minute, h24=practice.clock_24h)
    return f"{words.short_day(wall.date())}, {said}"


@require_safe
def sheet_print(request: StaffRequest, public_id: uuid.UUID) -> HttpResponse:
    """To sign on paper. Names as the group's setting says, since everybody in the room reads them; nothing else."""
    one, practice = opened(request, public_id), the_practice()
    people = [row.person.client for row in sheet_of(one.visit, one.group, request.actor).rows]
    names = told_apart(
        [
            sheet_name(client.preferred_name or client.first_name, client.last_name, one.group.sheet_names)
            for client in people
        ]
    )
    spare = range(3 if one.group.is_drop_in else 0)
    shown = {
        "group": one.group,
        "visit": one.visit,
        "when": answers.span(one.visit, practice),
        "names": sorted(names),
        "spare": spare,
    }
    return render(request, "groups/sheet_print.html", shown)
