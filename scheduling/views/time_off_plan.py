"""The plan of time off: every visit in it with what could become of it, and once it was approved, how that went."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.views.decorators.http import require_http_methods

from availability.models import TimeOff
from availability.permissions import may_decide_time_off, may_withdraw_time_off
from availability.states import DefaultPlan
from core.refusals import NotAllowed, Refusal
from practice.middleware import StaffRequest
from practice.models import Change, Practice, Provider
from scheduling import operations
from scheduling.forms.time_off import DecideForm, Picked, TermsForm
from scheduling.models import Replan
from scheduling.operations import RowRefused
from scheduling.queries.away import may_come_back, replans_of, span_said
from scheduling.queries.dry_run import Affected, Proposal, dry_run
from scheduling.rules import words
from scheduling.states import UNCOUNTED, AppointmentState, ReplanState, Way
from scheduling.views import answers
from scheduling.views.answers import Said
from scheduling.views.time_off import found

PAGE = "scheduling/time_off_plan.html"
ON = {"sms": "by text", "email": "by email"}
TONES = {
    ReplanState.ASKED: "info",
    ReplanState.TO_CALL: "warn",
    ReplanState.CANCELLED: "",
    ReplanState.LAPSED: "warn",
}


@require_http_methods(["GET", "HEAD", "POST"])
def time_off_plan(request: StaffRequest, public_id: uuid.UUID) -> HttpResponse:
    row, practice, now = found(request, public_id)
    if request.method == "POST" and not may_decide_time_off(request.actor, row, now):
        raise NotAllowed("Somebody else has to decide on this.")
    if not row.is_pending:
        return _went(request, row, practice, now)
    posted: Mapping[str, str] = request.POST if request.method == "POST" else {}
    terms = TermsForm(posted or None)
    drawn = dry_run(row, practice=practice, now=now, hours_before=terms.terms.hours_before)
    picked = {one.visit.pk: Picked.of(posted, one.visit) for one in drawn}
    rows = [_chosen(one, picked[one.visit.pk]) for one in drawn]
    if posted.get("act") == "approve":
        return _approved(request, row, practice, now, rows=rows, picked=picked, terms=terms)
    if posted.get("bulk"):
        rows = _in_bulk(row, practice, now, rows=rows, picked=picked, plan=posted["bulk"])
    return _page(request, row, practice, now, rows=rows, picked=picked, terms=terms)


def _chosen(one: Affected, picked: Picked) -> Affected:
    return replace(one, chosen=picked.key) if one.has(picked.key) else one


def _in_bulk(
    row: TimeOff,
    practice: Practice,
    now: dt.datetime,
    *,
    rows: Sequence[Affected],
    picked: Mapping[int, Picked],
    plan: str,
) -> list[Affected]:
    """Another plan for the rows that are ticked, or for all where none is."""
    if plan not in DefaultPlan.values:
        return list(rows)
    anew = {one.visit.pk: one for one in dry_run(row, practice=practice, now=now, plan=plan)}
    ticked = {pk for pk, one in picked.items() if one.is_ticked} or set(picked)
    return [anew.get(one.visit.pk, one) if one.visit.pk in ticked else one for one in rows]


def _approved(
    request: StaffRequest,
    row: TimeOff,
    practice: Practice,
    now: dt.datetime,
    *,
    rows: Sequence[Affected],
    picked: Mapping[int, Picked],
    terms: TermsForm,
) -> HttpResponse:
    if not terms.is_valid():
        return _page(request, row, practice, now, rows=rows, picked=picked, terms=terms, status=422)
    ids = {str(public): pk for public, pk in Provider.objects.values_list("public_id", "pk")}
    wanted = [_as_posted(one, picked[one.visit.pk]).row(one.visit, ids) for one in rows]
    try:
        approved = operations.approve_time_off(
            row.pk,
            wanted,
            terms=terms.terms,
            edition=terms.cleaned_data["edition"],
            by=request.actor,
            change_id=terms.cleaned_data["change_id"],
        )
    except NotAllowed:
        raise
    except Refusal as refusal:
        return _page(
            request, row, practice, now, rows=rows, picked=picked, terms=terms, refusal=refusal, status=409
        )
    said = Said(
        text=f"Time off of {row.provider.name} is approved.",
        detail=answers.waits(approved.change, tells=bool(rows)),
    )
    return answers.done(request, said, approved.change, back=_url(row))


def _as_posted(one: Affected, picked: Picked) -> Picked:
    """What was chosen is what is tried, even where it is no longer proposed: never something else in silence."""
    return picked if picked.key else replace(picked, key=one.chosen)


def _url(row: TimeOff) -> str:
    return reverse("scheduling:time-off-plan", args=[row.public_id])


# --- drawing --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    key: str
    title: str
    detail: str
    proposal: Proposal
    is_chosen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One visit. needs_yes: some option goes through only when the client agreed, so that can be said."""

    affected: Affected
    when: str
    who: str
    url: str
    options: list[Option]
    is_agreed: bool
    is_ticked: bool
    needs_yes: bool
    error: str = ""


def _page(
    request: StaffRequest,
    row: TimeOff,
    practice: Practice,
    now: dt.datetime,
    *,
    rows: Sequence[Affected],
    picked: Mapping[int, Picked],
    terms: TermsForm,
    refusal: Refusal | None = None,
    status: int = 200,
) -> HttpResponse:
    at_fault = refusal.appointment_id if isinstance(refusal, RowRefused) else 0
    lines = [
        _line(
            one,
            picked[one.visit.pk],
            practice,
            refusal.message if refusal and one.visit.pk == at_fault else "",
        )
        for one in rows
    ]
    fresh = TermsForm(initial={"edition": row.edition, **_kept(terms)})
    shown = _about(request, row, practice, now) | {
        "lines": lines,
        "terms": fresh,
        "refusal": refusal,
        "tally": _tally(rows),
        "bulks": [
            ("best", "Best for each"),
            ("move", "Other times"),
            ("ask", "Ask each"),
            ("cancel", "Cancel all"),
        ],
    }
    return render(request, PAGE, shown, status=status)


def _kept(terms: TermsForm) -> dict[str, Any]:
    return {"hours_before": terms.terms.hours_before, "if_silent": terms.terms.if_silent}


def _about(request: StaffRequest, row: TimeOff, practice: Practice, now: dt.datetime) -> dict[str, Any]:
    return {
        "row": row,
        "span": span_said(row, practice),
        "may_decide": row.is_pending and may_decide_time_off(request.actor, row, now),
        "may_withdraw": (row.is_pending or row.is_granted)
        and row.ends_at > now
        and may_withdraw_time_off(request.actor, row),
        "decide": DecideForm(initial={"edition": row.edition}),
        "url": _url(row),
    }


def _tally(rows: Sequence[Affected]) -> list[tuple[str, int]]:
    counts = {way: sum(one.choice.way == way for one in rows) for way in Way}
    return [(Way(way).label, count) for way, count in counts.items() if count]


def _line(one: Affected, picked: Picked, practice: Practice, error: str) -> Line:
    return Line(
        affected=one,
        when=answers.span(one.visit, practice),
        who=_who(one),
        url=answers.calendar_url(one.visit, practice),
        options=[
            Option(
                key=proposal.key,
                title=_title(proposal, one, practice),
                detail=_detail(proposal, one, practice),
                proposal=proposal,
                is_chosen=proposal.key == one.chosen,
            )
            for proposal in one.proposals
        ],
        is_agreed=picked.is_agreed,
        is_ticked=picked.is_ticked,
        needs_yes=one.must_call or any(proposal.is_offer for proposal in one.proposals),
        error=error,
    )


def _who(one: Affected) -> str:
    visit = one.visit
    coming = [row.client for row in visit.attendances.all() if row.state not in UNCOUNTED]
    people = [(client.preferred_name or client.first_name, client.last_name) for client in coming]
    return visit.title or words.joined_names(people) or visit.type.name


def _title(proposal: Proposal, one: Affected, practice: Practice) -> str:
    name = proposal.provider.name if proposal.provider else ""
    titles = {
        Way.COVER: f"Offer {name}" if proposal.is_offer else f"Give to {name}",
        Way.MOVE: _moment(proposal.starts_at, practice),
        Way.TELEHEALTH: "By video",
        Way.ASK: f"Ask {ON.get(one.reach, '')}".strip(),
        Way.CALL: "Call them",
        Way.WITHOUT: f"{name} goes on",
        Way.RELEASE: "Give the hold up",
        Way.CANCEL: "Cancel",
    }
    return titles[Way(proposal.way)]


def _detail(proposal: Proposal, one: Affected, practice: Practice) -> str:
    until = _moment(one.answer_by, practice)
    people = any(row.state not in UNCOUNTED for row in one.visit.attendances.all())
    details = {
        Way.COVER: f"same time, if they accept by {until}" if proposal.is_offer else "same time, at once",
        Way.MOVE: "another time, at once",
        Way.TELEHEALTH: "",
        Way.ASK: f"they choose by {until}",
        Way.CALL: "a task with your name on it",
        Way.WITHOUT: "same time, at once",
        Way.RELEASE: "the time is nobody’s then",
        Way.CANCEL: "and tell them" if people else "",
    }
    return details[Way(proposal.way)]


def _moment(at: dt.datetime | None, practice: Practice) -> str:
    if at is None:
        return ""
    local = at.astimezone(practice.tz)
    clock = words.clock(local.hour * 60 + local.minute, h24=practice.clock_24h)
    return f"{words.short_day(local.date())}, {clock}"


# --- how it went ----------------------------------------------------------------------------------------------------


def _went(request: StaffRequest, row: TimeOff, practice: Practice, now: dt.datetime) -> HttpResponse:
    rows = replans_of(row)
    undo = Change.objects.filter(replans__in=rows, undone_at=None, undo_until__gt=now).first()
    shown = _about(request, row, practice, now) | {
        "went": [_outcome(one, practice) for one in rows],
        "undo": undo,
        "back": [_outcome(one, practice) for one in may_come_back(rows, now=now)]
        if row.state == "withdrawn"
        else [],
    }
    return render(request, PAGE, shown)


def _outcome(one: Replan, practice: Practice) -> dict[str, Any]:
    visit = one.appointment
    is_answered = (
        one.is_open and one.occurrence != visit.occurrence
    ) or visit.state != AppointmentState.SCHEDULED
    state = operations.choices.answered_as(visit) if one.is_open and is_answered else one.state
    stands = visit.state == AppointmentState.SCHEDULED
    return {
        "was": _moment(one.was_starts_at, practice),
        "who": answers.who(visit) if not visit.attendances.all() else _names(visit),
        "type": visit.type.name,
        "way": Way(one.way).label,
        "cover": one.cover,
        "state": ReplanState(state).label,
        "tone": TONES.get(ReplanState(state), "ok"),
        "until": _moment(one.answer_by, practice) if state == ReplanState.ASKED else "",
        "now": f"{_moment(visit.starts_at, practice)}, {visit.provider}" if stands else "",
        "url": answers.calendar_url(visit, practice),
    }


def _names(visit) -> str:
    clients = [row.client for row in visit.attendances.all()]
    return visit.title or words.joined_names(
        [(c.preferred_name or c.first_name, c.last_name) for c in clients]
    )


urlpatterns_plan = [path("time-off/<uuid:public_id>/plan/", time_off_plan, name="time-off-plan")]
