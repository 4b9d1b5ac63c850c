"""The history of a group, and of one member in it; as pages and as CSV."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator, Sequence
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from core import clock
from core.refusals import NotAllowed, Refusal
from core.sheets.writing import lines
from groups import operations
from groups.models import Group, Membership
from groups.permissions import may_with
from groups.queries.history import Line, Matrix, make_ups, matrix_of
from groups.rules.history import LETTERS
from groups.rules.names import sheet_name
from groups.views.visible import visible_group, visible_member
from practice.middleware import StaffRequest
from practice.models import Client, Practice
from practice.operations import record
from practice.queries import the_practice
from scheduling.forms.visits import ChangeForm
from scheduling.models import Appointment
from scheduling.rules import words
from scheduling.rules.marks import Mark
from scheduling.views import answers
from scheduling.views.answers import Said


@require_safe
def group_history(request: StaffRequest, public_id: uuid.UUID) -> HttpResponse:
    group, practice = visible_group(request.actor, public_id), the_practice()
    matrix = matrix_of(group, clock.now())
    shown = {
        "group": group,
        "matrix": matrix,
        "days": [(visit, _day(visit, practice)) for visit in _newest_first(matrix.sessions)],
        "totals": _newest_first(matrix.totals),
        "rows": [_shown(line) for line in matrix.lines],
    }
    return render(request, "groups/history.html", shown)


def _newest_first(row: Sequence[Any]) -> Sequence[Any]:
    """What one looks for stands beside the names; older sessions are reached by scrolling."""
    return row[::-1]


def _day(visit: Appointment, practice: Practice) -> str:
    on = visit.starts_at.astimezone(practice.tz).date()
    return f"{on:%b} {on.day}"


def _shown(line: Line) -> dict[str, Any]:
    streak = line.tally.streak
    return {
        "line": line,
        "name": sheet_name(line.client.preferred_name or line.client.first_name, line.client.last_name),
        "cells": _newest_first(line.cells),
        "streak": f"{streak} in a row" if streak > 1 else (f"{-streak} missed" if streak < -1 else ""),
    }


@require_safe
def group_export(request: StaffRequest, public_id: uuid.UUID) -> StreamingHttpResponse:
    """Every mark as a line. The export is itself a line of the trail."""
    group, practice = visible_group(request.actor, public_id), the_practice()
    matrix = matrix_of(group, clock.now(), most=10_000)
    record("group.exported", group, by=request.actor, at=clock.now(), after={"rows": len(matrix.lines)})
    columns = ("session", "client", "record_number", "mark")
    headers = {"Content-Disposition": 'attachment; filename="group-attendance.csv"'}
    return StreamingHttpResponse(
        lines(columns, _cells(matrix, practice)), content_type="text/csv; charset=utf-8", headers=headers
    )


def _cells(matrix: Matrix, practice: Practice) -> Iterator[dict[str, Any]]:
    for number, visit in enumerate(matrix.sessions):
        for line in matrix.lines:
            if (mark := line.cells[number]) is not None:
                yield {
                    "session": visit.starts_at.astimezone(practice.tz),
                    "client": line.client.name,
                    "record_number": line.client.record_number,
                    "mark": LETTERS[mark][1],
                }


@require_safe
def member_history(request: StaffRequest, pk: int) -> HttpResponse:
    """One member: every spell, every session, and where they could make one up. Nobody else is named here."""
    member = visible_member(request.actor, pk)
    return _member_page(request, member)


def _member_page(
    request: StaffRequest, member: Membership, *, refusal: Refusal | None = None, status: int = 200
) -> HttpResponse:
    practice, now = the_practice(), clock.now()
    group, client = member.group, member.client
    matrix = matrix_of(group, now, most=10_000)
    line = next((one for one in matrix.lines if one.client.pk == client.pk), None)
    may_place = may_with(request.actor, "group.roster", group)
    sisters = make_ups(group, client.pk, now) if may_place else []
    shown = {
        "group": group,
        "member": member,
        "spells": group.memberships.filter(client=client).order_by("-pk"),
        "line": line,
        "story": _story(line, matrix, practice) if line else [],
        "sisters": [(one, answers.span(one.visit, practice)) for one in sisters],
        "refusal": refusal,
        "opens": Client.objects.visible_to(request.actor).filter(pk=client.pk).exists(),
        "tz": practice.tz,
    }
    return render(request, "groups/member_history.html", shown, status=status)


def _story(line: Line, matrix: Matrix, practice: Practice) -> list[tuple[str, str, Mark]]:
    rows = [
        (_long(visit.starts_at, practice), LETTERS[mark][1], mark)
        for visit, mark in zip(matrix.sessions, line.cells, strict=True)
        if mark is not None
    ]
    return rows[::-1]


def _long(moment: dt.datetime, practice: Practice) -> str:
    on = moment.astimezone(practice.tz).date()
    return f"{words.short_day(on)}, {on.year}"


@require_POST
def member_make_up(request: StaffRequest, pk: int, session: uuid.UUID) -> HttpResponse:
    """A seat on one session of a sister group."""
    member = visible_member(request.actor, pk)
    if not may_with(request.actor, "group.roster", member.group):
        raise PermissionDenied
    form = ChangeForm(request.POST)
    visit = get_object_or_404(Appointment, public_id=session, meeting__group__in=Group.objects.all())
    if not form.is_valid():
        return answers.refused(request, answers.out_of_date(), None, the_practice(), status=422)
    try:
        acted = operations.make_up(
            member.pk, visit.meeting.pk, by=request.actor, change_id=form.cleaned_data["change_id"]
        )
    except NotAllowed as refusal:
        raise PermissionDenied(refusal.message) from refusal
    except Refusal as refusal:
        return _member_page(request, member, refusal=refusal, status=409)
    text = f"{member.client.name} makes it up, {answers.span(visit, the_practice())}."
    said = Said(text=text, detail=answers.waits(acted.change, tells=True))
    return answers.done(request, said, acted.change, back=reverse("groups:member-history", args=[pk]))
