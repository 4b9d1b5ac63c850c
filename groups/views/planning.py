"""Sessions planned row by row before they are booked: the workbench of series, with the group's own rule."""

from __future__ import annotations

import uuid
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, QueryDict
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from core import clock
from core.refusals import Refusal
from groups import operations
from groups.models import Group
from groups.permissions import may_with
from groups.queries.sessions import Plan, plan_for
from groups.rules.rhythm import USUAL
from groups.views.visible import visible_group
from practice.middleware import StaffRequest
from practice.queries import the_practice
from scheduling.operations import Chosen, SeriesActed
from scheduling.rules.recurrence import MOST
from scheduling.views import answers
from scheduling.views.series import Looked, Run, look


@require_http_methods(["GET", "HEAD", "POST"])
def group_plan(request: StaffRequest, public_id: uuid.UUID) -> HttpResponse:
    """Twelve sessions from where the last ones end; conflicts, closures and the room are in the table."""
    group = visible_group(request.actor, public_id)
    if not may_with(request.actor, "group.roster", group):
        raise PermissionDenied
    practice, now = the_practice(), clock.now()
    post = request.POST if request.method == "POST" else request.GET
    count, added = _number(post, "count", USUAL), _number(post, "added", 0)
    today = now.astimezone(practice.tz).date()
    try:
        plan = plan_for(group, min(count + added, MOST), zone=practice.tz, today=today)
    except ValueError as error:
        return answers.refused(
            request, Refusal(str(error), remedy="Change the group's last day."), None, practice
        )
    return look(request, *_looked(group, plan, added), practice=practice, now=now, count=count)


def _looked(group: Group, plan: Plan, added: int) -> tuple[Looked, Run]:
    def run(rows: list[Chosen], **about: Any) -> SeriesActed:
        return operations.plan_sessions(
            group.pk, plan.rhythm, rows, count=len(plan.lines), extends=plan.extends, **about
        )

    looked = Looked(
        template=plan.template,
        pattern=plan.rhythm.pattern,
        rule=plan.lines,
        zone=plan.rhythm.zone,
        added=added,
        title="Plan sessions",
        post_url=reverse("groups:group-plan", args=[group.public_id]),
        back_url="",
        who=group.name,
        tells=bool(plan.template.client_ids),
        done_url=reverse("groups:group", args=[group.public_id]),
    )
    return looked, run


def _number(post: QueryDict, name: str, usual: int) -> int:
    text = post.get(name, "")
    return min(int(text), MOST) if text.isdecimal() else usual
