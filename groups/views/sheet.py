"""The attendance sheet: one tap a member, saved at once; made for a phone in one hand."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from core import clock
from core.htmx import poll
from core.refusals import NotAllowed, Refusal
from groups import operations
from groups.forms.sheet import MarkForm, WalkInForm
from groups.models import Group, Meeting
from groups.permissions import may_with
from groups.queries.sessions import number_of
from groups.queries.sheet import sheet_of
from groups.views.visible import allow
from practice.middleware import StaffRequest
from practice.models import Practice
from practice.permissions import may
from practice.queries import one_practice, the_practice
from scheduling.models import Appointment
from scheduling.states import AppointmentState
from scheduling.views import answers


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    meeting: Meeting

    @property
    def visit(self) -> Appointment:
        return self.meeting.appointment

    @property
    def group(self) -> Group:
        return self.meeting.group

    @property
    def is_done(self) -> bool:
        return self.visit.state == AppointmentState.COMPLETED

    @property
    def is_off(self) -> bool:
        return self.visit.state == AppointmentState.CANCELLED


WHOLE_PAGE = ("appointment__provider", "appointment__co_provider", "appointment__room")


def opened(request: StaffRequest, public_id: uuid.UUID, *, besides: Sequence[str] = WHOLE_PAGE) -> Opened:
    """Raises Http404 for a session out of sight: of a group one neither leads nor led that day.

    besides: what else is loaded with it.
    """
    allow(request.actor, "group.see")
    seen = Appointment.objects.visible_to(request.actor)
    rows = Meeting.objects.filter(appointment__in=seen).select_related("group", "appointment__type", *besides)
    return Opened(meeting=get_object_or_404(rows, appointment__public_id=public_id))


@require_safe
def sheet(request: StaffRequest, public_id: uuid.UUID) -> HttpResponse:
    one, practice = opened(request, public_id), the_practice()
    part = "#live" if request.headers.get("HX-Target") == "sheet" else ""
    return render(request, f"groups/sheet.html{part}", _page(request, one, practice))


@require_safe
@poll
def sheet_rows(request: StaffRequest, public_id: uuid.UUID) -> HttpResponse:
    """What the other therapist marked meanwhile."""
    one, practice = opened(request, public_id), the_practice()
    return render(request, "groups/sheet.html#rows", _rows(request, one, practice))


def _rows(request: StaffRequest, one: Opened, practice: Practice) -> dict[str, Any]:
    by = request.actor
    return {
        "visit": one.visit,
        "group": one.group,
        "sheet": sheet_of(one.visit, one.group, by),
        "is_done": one.is_done,
        "may_mark": may(by, "visit.attend") and not one.is_off,
        "reads_notes": may_with(by, "group.notes", one.group),
        "tz": practice.tz,
        "clock_24h": practice.clock_24h,
    }


def _page(request: StaffRequest, one: Opened, practice: Practice) -> dict[str, Any]:
    visit, by = one.visit, request.actor
    now = clock.now()
    number, total = number_of(one.group, visit)
    return _rows(request, one, practice) | {
        "number": number,
        "total": total,
        "when": answers.span(visit, practice),
        "leaders": ", ".join(p.name for p in (visit.provider, visit.co_provider) if p),
        "flag": one.meeting.flag if not one.is_done else "",
        "meeting": one.meeting,
        "is_ahead": visit.starts_at > now,
        "is_today": visit.starts_at.astimezone(practice.tz).date() <= now.astimezone(practice.tz).date(),
        "is_off": one.is_off,
        "may_decide": may_with(by, "group.roster", one.group),
        "may_walk_in": one.group.is_drop_in and may(by, "visit.book") and not one.is_done and not one.is_off,
        "walk_in": WalkInForm(by=by),
    }


@require_POST
def sheet_mark(request: StaffRequest, public_id: uuid.UUID) -> HttpResponse:
    """One tap. The answer is the row as it stands now, whoever marked last."""
    with one_practice():
        return _mark(request, opened(request, public_id, besides=()), the_practice())


def _mark(request: StaffRequest, one: Opened, practice: Practice) -> HttpResponse:
    allow(request.actor, "visit.attend")
    form = MarkForm(
        request.POST,
        day=one.visit.starts_at.astimezone(practice.tz).date(),
        tz=practice.tz,
        now=clock.now(),
        notes=may_with(request.actor, "group.notes", one.group),
    )
    person = form.attendance_id
    if not one.visit.attendances.filter(pk=person).exists():
        raise Http404
    if not form.is_valid():
        words_said = " ".join(str(error) for errors in form.errors.values() for error in errors)
        return _row(request, one, person, practice, refusal=Refusal(words_said), status=422)
    try:
        operations.mark_member(one.meeting.pk, person, by=request.actor, **form.facts)
    except NotAllowed as refusal:
        raise PermissionDenied(refusal.message) from refusal
    except Refusal as refusal:
        return _row(request, one, person, practice, refusal=refusal, status=409)
    return _row(request, one, person, practice)


def _row(
    request: StaffRequest,
    one: Opened,
    person: int,
    practice: Practice,
    *,
    refusal: Refusal | None = None,
    status: int = 200,
) -> HttpResponse:
    if not answers.is_part(request):
        if refusal:
            return answers.refused(request, refusal, one.visit, practice, status=status)
        return redirect("groups:sheet", one.visit.public_id)
    shown = _rows(request, one, practice)
    row = next(r for r in (*shown["sheet"].rows, *shown["sheet"].off) if r.person.pk == person)
    return render(
        request, "groups/sheet.html#answer", shown | {"row": row, "refusal": refusal}, status=status
    )
