"""The list of groups, the page of one, and its form."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core import clock
from core.refusals import NotAllowed, Refusal, StaleEdit
from groups import operations
from groups.forms.groups import GroupForm, initial_for
from groups.forms.members import StateForm
from groups.models import Group
from groups.operations import CapacityBelow
from groups.permissions import may_with
from groups.queries.roster import roster_of
from groups.queries.sessions import sessions_shown
from groups.rules import rhythm
from groups.states import GroupState
from groups.views.visible import allow, visible_group
from practice.middleware import StaffRequest
from practice.models import Practice
from practice.permissions import may
from practice.queries import the_practice
from scheduling.rules import words
from scheduling.views import answers
from scheduling.views.answers import Said

ROWS = 40
SHOWN = [("", "Running"), ("full", "Full"), ("closed", "Closed"), ("archived", "Archived"), ("all", "All")]
WANTED: dict[str, list[str]] = {
    "": ["ACTIVE", "FULL"],
    "full": ["FULL"],
    "closed": ["CLOSED"],
    "archived": ["ARCHIVED"],
    "all": ["ACTIVE", "FULL", "CLOSED", "ARCHIVED"],
}


@require_safe
def group_list(request: StaffRequest) -> HttpResponse:
    allow(request.actor, "group.see")
    practice, show = the_practice(), request.GET.get("show", "")
    rows = Group.objects.visible_to(request.actor).with_counts()
    rows = rows.filter(status__in=WANTED.get(show, WANTED[""])).select_related(
        "facilitator", "co_facilitator"
    )
    page = Paginator(rows.order_by("name", "pk"), ROWS).get_page(request.GET.get("page"))
    shown = {
        "page": page,
        "rows": [(row, when(row, practice)) for row in page],
        "numbers": list(page.paginator.get_elided_page_range(page.number)),
        "tabs": [
            (label, f"?{urlencode({'show': key})}" if key else reverse("groups:group-list"), key == show)
            for key, label in SHOWN
        ],
        "page_query": f"{urlencode({'show': show})}&" if show else "",
        "show": show,
        "may_add": may(request.actor, "group.change"),
    }
    return render(request, "groups/group_list.html", shown)


def when(group: Group, practice: Practice) -> str:
    """ "every two weeks on Wednesday, 10:00–11:30 am"."""
    minute = group.at.hour * 60 + group.at.minute
    return f"{rhythm.said(group)}, {words.between(minute, minute + group.minutes, h24=practice.clock_24h)}"


@require_safe
def group_page(request: StaffRequest, public_id: uuid.UUID) -> HttpResponse:
    group = visible_group(request.actor, public_id)
    part = "#live" if request.headers.get("HX-Target") == "group" else ""
    return render(request, f"groups/group.html{part}", page_of(request, group))


def page_of(request: StaffRequest, group: Group) -> dict[str, Any]:
    practice, by = the_practice(), request.actor
    roster = roster_of(group, by)
    return {
        "group": group,
        "when": when(group, practice),
        "roster": roster,
        "sessions": _sessions(group, practice),
        "status": status(group, roster.taken),
        "may_edit": may_with(by, "group.change", group),
        "may_roster": may_with(by, "group.roster", group),
        "fresh_id": answers.fresh_id(),
    }


def _sessions(group: Group, practice: Practice) -> dict[str, Any]:
    """With their times in words."""
    found = sessions_shown(group, clock.now())
    ahead, past = (
        [(one, answers.span(one.visit, practice)) for one in rows] for rows in (found.ahead, found.past)
    )
    return {"next": ahead[0] if ahead else None, "ahead": ahead[1:], "past": past, "counts": found}


def status(group: Group, taken: int) -> tuple[str, str]:
    """(word, tone) of the pill."""
    if group.state != GroupState.ACTIVE:
        return GroupState(group.state).label, ""
    return ("Full", "warn") if taken >= group.capacity else ("Active", "ok")


@require_http_methods(["GET", "HEAD", "POST"])
def group_new(request: StaffRequest) -> HttpResponse:
    allow(request.actor, "group.change")
    return _form(request, None)


@require_http_methods(["GET", "HEAD", "POST"])
def group_edit(request: StaffRequest, public_id: uuid.UUID) -> HttpResponse:
    group = visible_group(request.actor, public_id)
    if not may_with(request.actor, "group.change", group):
        raise PermissionDenied
    return _form(request, group)


def _form(request: StaffRequest, group: Group | None) -> HttpResponse:
    h24 = the_practice().clock_24h
    initial = initial_for(group, h24=h24, leads=request.actor.provider_id)
    if request.method != "POST":
        return _form_page(request, GroupForm(initial=initial), group)
    posted = request.POST.copy()
    if keep := request.POST.get("keep", ""):  # the least it can have, chosen below a refusal
        posted["capacity"] = keep
    form = GroupForm(posted, initial=initial)
    if not form.is_valid():
        return _form_page(request, form, group, status=422)
    given = form.cleaned_data
    try:
        acted = operations.save_group(
            group.pk if group else None,
            form.facts,
            by=request.actor,
            edition=given["edition"],
            change_id=given["change_id"],
        )
    except NotAllowed as refusal:
        if group:
            raise PermissionDenied(refusal.message) from refusal
        form.add_error("facilitator", "Lead it yourself, alone or together, or ask an admin to set it up.")
        return _form_page(request, form, group, status=422)
    except Refusal as refusal:
        return _form_refused(request, form, group, refusal)
    messages.success(request, _saved(acted))
    if request.GET.get("close") and acted.group.state == GroupState.ACTIVE:
        operations.set_group_state(acted.group.pk, state=GroupState.CLOSED, by=request.actor)
        messages.success(request, "It takes no new members now.")
    return redirect("groups:group", acted.group.public_id)


def _saved(acted: operations.Grouped) -> str:
    if acted.sessions:
        return f"{acted.group.name} is saved; {acted.sessions} sessions ahead have its number of places."
    return f"{acted.group.name} is saved. Sessions already planned keep their time and place."


def _form_refused(
    request: StaffRequest, form: GroupForm, group: Group | None, refusal: Refusal
) -> HttpResponse:
    if group:
        group.refresh_from_db()
    form.post_again(edition=group.edition if group else "")
    if isinstance(refusal, StaleEdit | CapacityBelow):
        return _form_page(request, form, group, refusal=refusal, status=409)
    said = f"{refusal.message} {refusal.remedy}"
    form.add_error(refusal.field if refusal.field in form.fields else None, said)
    return _form_page(request, form, group, status=422)


def _form_page(
    request: StaffRequest,
    form: GroupForm,
    group: Group | None,
    *,
    refusal: Refusal | None = None,
    status: int = 200,
) -> HttpResponse:
    shown = {
        "form": form,
        "group": group,
        "refusal": refusal,
        "keep": refusal.taken if isinstance(refusal, CapacityBelow) else None,
        "fresh_id": answers.fresh_id(),
    }
    return render(request, "groups/group_form.html", shown, status=status)


@require_POST
def group_state(request: StaffRequest, public_id: uuid.UUID) -> HttpResponse:
    group = visible_group(request.actor, public_id)
    if not may_with(request.actor, "group.change", group):
        raise PermissionDenied
    form = StateForm(request.POST)
    if not form.is_valid() or form.cleaned_data["state"] not in GroupState.values:
        return answers.refused(request, answers.out_of_date(), None, the_practice(), status=422)
    try:
        acted = operations.set_group_state(group.pk, by=request.actor, **form.cleaned_data)
    except Refusal as refusal:
        return answers.refused(request, refusal, None, the_practice())
    does = {"active": "takes new members again", "closed": "takes no new members", "archived": "is archived"}
    said = Said(text=f"{acted.group.name} {does[acted.group.state]}.")
    return answers.done(request, said, acted.change, back=reverse("groups:group", args=[group.public_id]))
