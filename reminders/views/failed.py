"""What did not arrive: one row per message, until somebody tried again, phoned, or closed it."""

from collections.abc import Callable

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from core.refusals import NotAllowed, Refusal
from messaging.models import StaffTask
from practice.middleware import StaffRequest
from practice.permissions import may
from practice.queries import the_practice
from reminders.operations.again import phoned_instead, try_again
from reminders.queries.failed import letters, open_letters

ROWS = 50


@require_safe
def failed(request: StaffRequest) -> HttpResponse:
    if not may(request.actor, "message.see"):
        raise PermissionDenied
    page = Paginator(open_letters(request.actor), ROWS).get_page(request.GET.get("page"))
    shown = {
        "page": page,
        "numbers": list(page.paginator.get_elided_page_range(page.number)),
        "rows": letters(page.object_list, the_practice()),
        "may_send": may(request.actor, "message.send"),
    }
    return render(request, "reminders/failed.html", shown)


@require_POST
def failed_retry(request: StaffRequest, task_id: int) -> HttpResponse:
    return _did(request, try_again, task_id, "It goes out again, as soon as its hours allow.")


@require_POST
def failed_phoned(request: StaffRequest, task_id: int) -> HttpResponse:
    return _did(request, phoned_instead, task_id, "Noted as said on the phone.")


def _did(request: StaffRequest, act: Callable[..., None], task_id: int, said: str) -> HttpResponse:
    try:
        act(task_id, by=request.actor)
    except StaffTask.DoesNotExist:
        raise Http404 from None
    except NotAllowed as refusal:
        raise PermissionDenied(refusal.message) from None
    except Refusal as refusal:
        messages.error(request, f"{refusal.message} {refusal.remedy}".strip())
    else:
        messages.success(request, said)
    return redirect("reminders:failed")
