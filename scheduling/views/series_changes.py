"""Several visits of a series moved or cancelled at once: a table of what becomes of each, before it is done."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from core.refusals import Refusal
from practice.middleware import StaffRequest
from practice.models import Practice, Provider, Room
from practice.permissions import may
from scheduling.forms.visits import CancelForm, MoveForm
from scheduling.models import Appointment
from scheduling.operations import Scope
from scheduling.operations.series import Preview, Previewed, preview_cancel, preview_change
from scheduling.rules import words
from scheduling.rules.wishes import Place
from scheduling.states import AppointmentState
from scheduling.views import answers

PARTS = ("dialog", "move-form", "cancel-form", "series-change-form")
OWN = ("csrfmiddlewaretoken", "change_id", "override_reason", "sure", "back", "look", "visit")


def is_to_look(request: StaffRequest, scope: Scope) -> bool:
    """More than one visit is looked at first."""
    return scope != Scope.THIS and "sure" not in request.POST


def look_at_change(
    request: StaffRequest, form: MoveForm, place: Place, now: dt.datetime, refusal: Refusal | None = None
) -> HttpResponse:
    """Raises Refusal where there is nothing to look at."""
    reason = form.cleaned_data["override_reason"]
    found = preview_change(
        form.visit.pk,
        to=place,
        scope=form.chosen_scope,
        by=request.actor,
        now=now,
        override_reason=reason,
    )
    can_override = may(request.actor, "visit.override")
    rows = _Rows(form.practice, found).moved()
    shown = {
        "title": f"Move {len(rows)} visits",
        "post_url": request.path,
        "reason": reason,
        "asks_why": can_override and any(row.against for row in found.rows),
        "does": "Move",
    }
    return _page(request, form.visit, _Rows(form.practice, found), shown | {"rows": rows, "refusal": refusal})


def look_at_cancel(
    request: StaffRequest, form: CancelForm, visit: Appointment, practice: Practice, now: dt.datetime
) -> HttpResponse:
    """Raises Refusal where there is nothing to look at."""
    found = preview_cancel(visit.pk, scope=form.chosen_scope, now=now)
    rows = _Rows(practice, found).cancelled()
    shown = {"title": f"Cancel {len(rows)} visits", "post_url": request.path, "does": "Cancel"}
    return _page(request, visit, _Rows(practice, found), shown | {"rows": rows})


def _page(request: StaffRequest, visit: Appointment, rows: _Rows, more: dict[str, Any]) -> HttpResponse:
    is_dialog = request.headers.get("HX-Target", "") in PARTS
    shown = {
        "who": answers.who(visit),
        "kept": rows.kept(),
        "blocked": rows.found.blocked,
        "carried": [
            (name, value) for name, values in request.POST.lists() for value in values if name not in OWN
        ],
        "change_id": answers.fresh_id(),
        "is_dialog": is_dialog,
    }
    part, status = "#form" if is_dialog else "", 409 if more.get("refusal") else 200
    return render(request, f"scheduling/series_change.html{part}", shown | more, status=status)


class _Rows:
    """The rows in the practice's words; providers and rooms are read once."""

    def __init__(self, practice: Practice, found: Preview) -> None:
        self.practice, self.found = practice, found

    def moved(self) -> list[dict[str, Any]]:
        wishes = [row.to for row in self.found.rows if row.to]
        providers = Provider.objects.in_bulk({wish.provider_id for wish in wishes} - {None})
        rooms = Room.objects.in_bulk({wish.room_id for wish in wishes} - {None})
        shown = []
        for row in self.found.rows:
            if row.to is None:
                continue
            provider, room = providers.get(row.to.provider_id or 0), rooms.get(row.to.room_id or 0)
            state, tone = _state(row)
            shown.append(
                {
                    "was": self._said(row.visit.starts_at),
                    "to": self._said(row.to.starts_at),
                    "where": ", ".join(str(part.name) for part in (provider, room) if part),
                    "state": state,
                    "tone": tone,
                    "says": [problem.message for problem in row.problems],
                }
            )
        return shown

    def cancelled(self) -> list[dict[str, Any]]:
        return [
            {"was": self._said(row.visit.starts_at), "state": "Is cancelled", "tone": "bad"}
            for row in self.found.rows
        ]

    def kept(self) -> list[tuple[str, str]]:
        return [(self._said(visit.starts_at), _why(visit)) for visit in self.found.kept]

    def _said(self, moment: dt.datetime) -> str:
        wall = moment.astimezone(self.practice.tz)
        clock = words.clock(wall.hour * 60 + wall.minute, h24=self.practice.clock_24h)
        return f"{words.short_day(wall.date())}, {clock}"


def _state(row: Previewed) -> tuple[str, str]:
    if not row.against:
        return "Free", "ok"
    return ("Overridden", "warn") if row.stands else ("In the way", "bad")


def _why(visit: Appointment) -> str:
    if visit.changed_alone:
        return "Changed by itself"
    states = {
        AppointmentState.CANCELLED: "Cancelled",
        AppointmentState.COMPLETED: "Done",
        AppointmentState.IN_SESSION: "In session",
    }
    return states.get(AppointmentState(visit.state), "Past, or somebody was marked here or absent")
