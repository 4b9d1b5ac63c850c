"""Who is in a group: referred, screened, enrolled, in line, on hold, gone. One tap where one tap will do."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from core.refusals import Blocked, NotAllowed, Refusal, Severity
from groups import operations
from groups.forms.members import APPROVE, ExitForm, MemberActForm, ReferForm, ScreenForm
from groups.models import Group, Membership
from groups.operations import Grouped
from groups.permissions import may_with
from groups.views.visible import visible_group, visible_member
from practice.middleware import StaffRequest
from practice.permissions import may
from practice.queries import the_practice
from scheduling.forms.visits import ChangeForm
from scheduling.states import Notice
from scheduling.views import answers
from scheduling.views.answers import Said

ACTS: dict[str, tuple[Callable[..., Grouped], str]] = {
    "enrol": (operations.enrol, "{} has a place now"),
    "wait": (operations.wait_in_line, "{} is in line for a place"),
    "hold": (operations.hold_member, "{} is on hold and keeps the place"),
    "resume": (operations.resume, "{} comes again"),
}
OVERRIDABLE = ("enrol", "resume")


@require_http_methods(["GET", "HEAD", "POST"])
def member_refer(request: StaffRequest, public_id: uuid.UUID) -> HttpResponse:
    group = visible_group(request.actor, public_id)
    _allow(request, "group.roster", group)
    if request.method != "POST":
        form = ReferForm(initial={"change_id": answers.fresh_id()}, by=request.actor)
        return _dialog(request, "member_refer", form, group)
    form = ReferForm(request.POST, by=request.actor)
    if not form.is_valid() or (client := form.row.client) is None:
        return _dialog(request, "member_refer", form, group, status=422)
    about = {"by": request.actor, "change_id": form.cleaned_data["change_id"]}
    try:
        acted = operations.refer(group.pk, client_id=client.pk, **about)
    except NotAllowed as refusal:
        raise PermissionDenied(refusal.message) from refusal
    except Refusal as refusal:
        form.post_again()
        return _dialog(request, "member_refer", form, group, refusal=refusal, status=409)
    does = "is to be screened" if group.needs_screening else "can be enrolled"
    return _done(request, acted, Said(text=f"{client.name} was referred and {does}."))


@require_http_methods(["GET", "HEAD", "POST"])
def member_screen(request: StaffRequest, pk: int) -> HttpResponse:
    """The only page that takes clinical notes about a member."""
    member = visible_member(request.actor, pk)
    _allow(request, "group.screen", member.group)
    if request.method != "POST":
        first = {"change_id": answers.fresh_id(), "edition": member.edition}
        return _dialog(request, "member_screen", ScreenForm(initial=first), member.group, member)
    form = ScreenForm(request.POST)
    if not form.is_valid():
        return _dialog(request, "member_screen", form, member.group, member, status=422)
    given = dict(form.cleaned_data)
    approved = given.pop("decision") == APPROVE
    try:
        acted = operations.screen(member.pk, is_approved=approved, by=request.actor, **given)
    except NotAllowed as refusal:
        raise PermissionDenied(refusal.message) from refusal
    except Refusal as refusal:
        member.refresh_from_db()
        form.post_again(edition=member.edition)
        return _dialog(request, "member_screen", form, member.group, member, refusal=refusal, status=409)
    said = "may join" if approved else "was declined"
    return _done(request, acted, Said(text=f"{member.client.name} {said}."))


@require_POST
def member_act(request: StaffRequest, pk: int, act: str) -> HttpResponse:
    """Enrol, put in line, hold, resume: one tap; asked again only where a session needs an override."""
    member = visible_member(request.actor, pk)
    _allow(request, "group.roster", member.group)
    if act not in ACTS:
        raise Http404
    form = MemberActForm(request.POST)
    if not form.is_valid():
        return answers.refused(request, answers.out_of_date(), None, the_practice(), status=422)
    given: dict[str, Any] = dict(form.cleaned_data)
    if act not in OVERRIDABLE:
        given.pop("override_reason")
    run, does = ACTS[act]
    try:
        acted = run(member.pk, by=request.actor, **given)
    except Blocked as refusal:
        member.refresh_from_db()
        form.post_again(edition=member.edition)
        return _overridable(request, form, member, act, refusal)
    except Refusal as refusal:
        return answers.refused(request, refusal, None, the_practice())
    return _done(request, acted, Said(text=f"{does.format(member.client.name)}.", detail=_told(acted, act)))


def _told(acted: Grouped, act: str) -> str:
    if not acted.sessions:
        return ""
    ahead = "1 session ahead" if acted.sessions == 1 else f"{acted.sessions} sessions ahead"
    tells = act in OVERRIDABLE
    return f"{'On' if tells else 'Off'} {ahead}. {answers.waits(acted.change, tells=tells)}"


def _overridable(
    request: StaffRequest, form: MemberActForm, member: Membership, act: str, refusal: Blocked
) -> HttpResponse:
    shown = {
        "act": act,
        "may_override": may(request.actor, "visit.override")
        and all(problem.severity != Severity.BLOCKER for problem in refusal.problems),
    }
    response = _dialog(
        request, "member_blocked", form, member.group, member, refusal=refusal, status=409, **shown
    )
    if answers.is_part(request):
        response["HX-Retarget"], response["HX-Reswap"] = "#dialog", "innerHTML"
    return response


@require_http_methods(["GET", "HEAD", "POST"])
def member_exit(request: StaffRequest, pk: int) -> HttpResponse:
    member = visible_member(request.actor, pk)
    _allow(request, "group.roster", member.group)
    if request.method != "POST":
        first = {"change_id": answers.fresh_id(), "edition": member.edition}
        return _dialog(request, "member_exit", ExitForm(initial=first), member.group, member)
    form = ExitForm(request.POST)
    if not form.is_valid():
        return _dialog(request, "member_exit", form, member.group, member, status=422)
    given = {name: form.cleaned_data[name] for name in ("reason", "text", "edition", "change_id")}
    try:
        acted = operations.exit_member(member.pk, notice=form.notice, by=request.actor, **given)
    except NotAllowed as refusal:
        raise PermissionDenied(refusal.message) from refusal
    except Refusal as refusal:
        member.refresh_from_db()
        form.post_again(edition=member.edition)
        return _dialog(request, "member_exit", form, member.group, member, refusal=refusal, status=409)
    tells = form.notice != Notice.NONE
    detail = (
        f"Off {acted.sessions} ahead. {answers.waits(acted.change, tells=tells)}" if acted.sessions else ""
    )
    return _done(request, acted, Said(text=f"{member.client.name} has left the group.", detail=detail))


def _allow(request: StaffRequest, verb: str, group: Group) -> None:
    if not may_with(request.actor, verb, group):
        raise PermissionDenied


def _done(request: StaffRequest, acted: Grouped, said: Said) -> HttpResponse:
    back = reverse("groups:group", args=[acted.group.public_id])
    return answers.done(request, said, acted.change, back=back)


def _dialog(
    request: StaffRequest,
    template: str,
    form: ChangeForm,
    group: Group,
    member: Membership | None = None,
    *,
    refusal: Refusal | None = None,
    status: int = 200,
    **besides: Any,
) -> HttpResponse:
    """As a dialog, as the form inside one, or as a page of its own."""
    target = request.headers.get("HX-Target", "")
    part = {"dialog": "#dialog_part", "member-form": "#form"}.get(target, "")
    if template == "member_blocked" and answers.is_part(request) and target != "member-form":
        part = "#dialog_part"
    shown = {"form": form, "group": group, "member": member, "refusal": refusal, "is_dialog": bool(part)}
    return render(request, f"groups/{template}.html{part}", shown | besides, status=status)
