"""The work that waits for people."""

import uuid
from collections import defaultdict

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from core import clock
from messaging.models import StaffTask
from messaging.operations.alarms import acknowledge
from messaging.operations.tasks import close_task
from messaging.purposes import TaskAct, task_acts
from practice.middleware import StaffRequest
from practice.permissions import may

ROWS = 50


@require_safe
def task_list(request: StaffRequest) -> HttpResponse:
    if not may(request.actor, "task.close"):
        raise PermissionDenied
    tasks = StaffTask.objects.open(clock.now()).visible_to(request.actor).urgent_first()
    shown = tasks.select_related("client", "message", "inbound", "authorization", "acknowledged_by", "owner")
    page = Paginator(shown, ROWS).get_page(request.GET.get("page"))
    rows = list(page)
    acts = _acts(rows)
    shown_rows = [(task, acts.get(task.pk)) for task in rows]
    numbers = list(page.paginator.get_elided_page_range(page.number))
    return render(request, "messaging/task_list.html", {"page": page, "rows": shown_rows, "numbers": numbers})


def _acts(tasks: list[StaffTask]) -> dict[int, TaskAct]:
    """As many queries for one of a kind as for fifty."""
    by_kind: dict[str, dict[int, tuple[int, uuid.UUID | None]]] = defaultdict(dict)
    for task in tasks:
        if task.client_id:
            by_kind[task.kind][task.pk] = task.client_id, task.change_id
    return {pk: act for kind, own in by_kind.items() for pk, act in task_acts(kind, own).items()}


@require_POST
def task_close(request: StaffRequest, task_id: int) -> HttpResponse:
    try:
        close_task(task_id, by=request.actor)
    except StaffTask.DoesNotExist:
        raise Http404 from None
    return redirect("messaging:task-list")


@require_POST
def task_acknowledge(request: StaffRequest, task_id: int) -> HttpResponse:
    try:
        acknowledge(task_id, by=request.actor)
    except StaffTask.DoesNotExist:
        raise Http404 from None
    return redirect("messaging:task-list")
