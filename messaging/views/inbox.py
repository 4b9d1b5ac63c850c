"""The inbox: talks on the left, the chosen one on the right. One address for both; the poll asks for what changed."""

import uuid
from collections.abc import Callable

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from core import clock
from core.htmx import poll
from core.refusals import NotAllowed, Refusal
from messaging.forms.inbox import SHOWN, InboxFilter, ReplyForm
from messaging.models import Thread
from messaging.operations import threads
from messaging.operations.threads import Revealing
from messaging.querysets import ThreadQuerySet
from messaging.views.inbox_rows import people_of, rows_of, talk
from practice.middleware import StaffRequest
from practice.models import User
from practice.permissions import may
from practice.queries import the_practice
from practice.states import Role

ROWS = 40
ANSWERING = [Role.FRONT_DESK, Role.PROVIDER, Role.ADMIN]
Acts = Callable[[StaffRequest, Thread], None]


@require_safe
def inbox(request: StaffRequest, public_id: uuid.UUID | None = None) -> HttpResponse:
    chosen = _chosen(request, public_id)
    if chosen is not None:
        threads.mark_read(chosen, by=request.actor, now=clock.now())
    return render(request, "messaging/inbox.html", _page(request, chosen, ReplyForm()))


@poll
@require_safe
def live(request: StaffRequest, public_id: uuid.UUID | None = None) -> HttpResponse:
    """The list and the talk again; 204 while nothing has changed. Being looked at is no act."""
    chosen = _chosen(request, public_id)
    if request.GET.get("v") == str(_visible(request).version()):
        return HttpResponse(status=204)
    return render(request, "messaging/inbox.html#live", _page(request, chosen, ReplyForm()))


@poll
@require_safe
def count(request: StaffRequest) -> HttpResponse:
    """What waits, for the top bar: a number, or nothing at all."""
    waiting = _visible(request).waiting().count()
    return render(request, "messaging/inbox_count.html", {"waiting": waiting})


@require_POST
def reply(request: StaffRequest, public_id: uuid.UUID) -> HttpResponse:
    thread = _own(request, public_id)
    form = ReplyForm(request.POST)
    if form.is_valid():
        try:
            threads.reply(thread.pk, by=request.actor, **form.facts)
        except NotAllowed:
            raise
        except Refusal as refusal:
            form.add_error("text", f"{refusal} {refusal.remedy}".strip())
            page = _page(request, thread, form) | {"may_send_anyway": isinstance(refusal, Revealing)}
            return render(request, "messaging/inbox.html", page, status=422)
        return _back(request, thread)
    return render(request, "messaging/inbox.html", _page(request, thread, form), status=422)


@require_POST
def assign(request: StaffRequest, public_id: uuid.UUID) -> HttpResponse:
    thread = _own(request, public_id)
    typed = request.POST.get("to", "")
    try:
        threads.assign(thread.pk, user_id=int(typed) if typed.isdecimal() else None, by=request.actor)
    except User.DoesNotExist:
        raise Http404 from None
    return _back(request, thread)


@require_POST
def close(request: StaffRequest, public_id: uuid.UUID) -> HttpResponse:
    thread = _own(request, public_id)
    threads.close(thread.pk, by=request.actor)
    messages.success(request, "Closed. A new text opens it again.")
    return redirect("messaging:inbox")


@require_POST
def reopen(request: StaffRequest, public_id: uuid.UUID) -> HttpResponse:
    thread = _own(request, public_id)
    threads.reopen(thread.pk, by=request.actor)
    return _back(request, thread)


def _back(request: StaffRequest, thread: Thread) -> HttpResponse:
    return redirect("messaging:inbox-thread", thread.public_id)


def _visible(request: StaffRequest) -> ThreadQuerySet:
    if not may(request.actor, "message.see"):
        raise PermissionDenied
    return Thread.objects.visible_to(request.actor)


def _own(request: StaffRequest, public_id: uuid.UUID) -> Thread:
    return get_object_or_404(_visible(request), public_id=public_id)


def _chosen(request: StaffRequest, public_id: uuid.UUID | None) -> Thread | None:
    visible = _visible(request).select_related("assigned_to")
    return get_object_or_404(visible, public_id=public_id) if public_id else None


def _page(request: StaffRequest, chosen: Thread | None, form: ReplyForm) -> dict[str, object]:
    now, practice, visible = clock.now(), the_practice(), _visible(request)
    shown = InboxFilter(request.GET).shown
    page = Paginator(_filtered(visible, shown, request).select_related("assigned_to"), ROWS).get_page(
        request.GET.get("page")
    )
    waiting = visible.waiting().count()
    return {
        "said": f"Inbox, {waiting} waiting for an answer" if waiting else "Inbox, nobody is waiting",
        "version": visible.version(),
        "rows": rows_of(page.object_list, now),
        "page": page,
        "numbers": list(page.paginator.get_elided_page_range(page.number)),
        "shown": shown,
        "query": "" if shown == "waiting" else f"?show={shown}",
        "filters": [(label, f"?show={name}", name == shown) for name, label in SHOWN.items()],
        "chosen": chosen,
        "people": people_of([chosen.address]).get(chosen.address, []) if chosen else [],
        "days": talk(chosen, request.actor, practice.tz) if chosen else [],
        "form": form,
        "staff": _staff() if chosen else [],
        "may_write": may(request.actor, "message.send"),
    }


def _filtered(visible: ThreadQuerySet, shown: str, request: StaffRequest) -> ThreadQuerySet:
    """Who waits longest comes first; elsewhere the latest."""
    if shown == "waiting":
        return visible.waiting().order_by("waiting_since", "id")
    if shown == "mine":
        return visible.filter(assigned_to=request.actor.id, closed_at__isnull=True)
    return visible.filter(closed_at__isnull=False) if shown == "closed" else visible


def _staff() -> list[User]:
    return list(User.objects.filter(is_active=True, roles__overlap=ANSWERING).order_by("name"))
