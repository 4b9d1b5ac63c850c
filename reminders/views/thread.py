"""What can be done about a talk's visits: the same acts as everywhere, one press from the words that ask for them."""

import uuid

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseForbidden
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from core import clock
from core.refusals import NotAllowed, Refusal
from messaging.models import Thread
from messaging.queries import clients_among, owners_of
from practice.middleware import StaffRequest
from practice.permissions import may
from practice.queries import the_practice
from reminders.queries.wording import office_of, when_of
from scheduling.models import Attendance
from scheduling.operations import AlreadyDone, confirm
from scheduling.states import UNCOUNTED, AppointmentState, ConfirmedHow

SHOWN = 4


@require_safe
def thread_acts(request: StaffRequest, public_id: uuid.UUID) -> HttpResponse:
    if not may(request.actor, "message.see"):
        return HttpResponseForbidden()
    thread = _thread(request, public_id)
    practice = the_practice()
    office = office_of(practice)
    rows = [(person, when_of(person, practice).at(office)) for person in _ahead(request, thread)]
    part = "#part" if request.headers.get("HX-Request") == "true" else ""
    shown = {"thread": thread, "rows": rows, "several": len({p.client_id for p, _ in rows}) > 1}
    return render(request, f"reminders/thread_acts.html{part}", shown)


@require_POST
def thread_confirm(request: StaffRequest, public_id: uuid.UUID, attendance_id: int) -> HttpResponse:
    """The reader saw a yes where the rules were in doubt: it counts as theirs, by text, written down by staff."""
    thread = _thread(request, public_id)
    if not any(person.pk == attendance_id for person in _ahead(request, thread)):
        raise Http404
    try:
        confirm(attendance_id, how=ConfirmedHow.SMS, by=request.actor)
        messages.success(request, "Confirmed.")
    except AlreadyDone:
        messages.info(request, "It was confirmed already.")
    except NotAllowed:
        raise
    except Refusal as refusal:
        messages.error(request, str(refusal))
    return redirect("messaging:inbox-thread", thread.public_id)


def _thread(request: StaffRequest, public_id: uuid.UUID) -> Thread:
    thread = Thread.objects.visible_to(request.actor).filter(public_id=public_id).first()
    if thread is None:
        raise Http404
    return thread


def _ahead(request: StaffRequest, thread: Thread) -> list[Attendance]:
    """The next visits of whoever has the number."""
    people = Attendance.objects.filter(
        client__in=clients_among(owners_of(thread.address)),
        appointment__state=AppointmentState.SCHEDULED,
        appointment__starts_at__gt=clock.now(),
    ).exclude(state__in=UNCOUNTED)
    with_all = people.select_related("client", "appointment__provider", "appointment__location")
    return list(with_all.order_by("appointment__starts_at", "pk")[:SHOWN])
