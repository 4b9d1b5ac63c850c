"""Reminders' part of the visit panel."""

import json
import uuid

from django.http import Http404, HttpResponse, HttpResponseBadRequest, HttpResponseForbidden
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from core import clock
from core.refusals import Refusal
from practice.middleware import StaffRequest
from practice.permissions import may
from practice.queries import the_practice
from reminders.forms import ResendForm
from reminders.operations.again import resend
from reminders.queries.panel import sheet_of
from scheduling.models import Appointment, Attendance
from scheduling.views import answers


@require_safe
def visit_messages(request: StaffRequest, public_id: uuid.UUID) -> HttpResponse:
    if not may(request.actor, "message.see"):
        return HttpResponseForbidden()
    visit = Appointment.objects.visible_to(request.actor).filter(public_id=public_id).first()
    if visit is None:
        raise Http404
    part = request.headers.get("HX-Request") == "true"
    template = "reminders/visit_messages.html" + ("#part" if part else "")
    shown = {
        "sheet": sheet_of(visit, the_practice(), clock.now()),
        "visit": visit,
        "may_send": may(request.actor, "message.send"),
    }
    return render(request, template, shown)


@require_POST
def resend_message(request: StaffRequest, pk: int) -> HttpResponse:
    """The visit once more to one person on one channel; the panel draws itself anew."""
    form, practice = ResendForm(request.POST), the_practice()
    if not form.is_valid():
        return HttpResponseBadRequest()
    try:
        acted = resend(pk, by=request.actor, **form.cleaned_data)
    except Attendance.DoesNotExist:
        raise Http404 from None
    except Refusal as refusal:
        return answers.refused(request, refusal, _visit_of(pk, request), practice)
    said = answers.Said(text="Sent again.", detail=answers.waits(acted.change, tells=True))
    back = answers.calendar_url(acted.appointment, practice)
    answer = answers.done(request, said, acted.change, back=back, visit=acted.appointment)
    if answers.is_part(request):
        answer["HX-Trigger"] = json.dumps({answers.REFRESH: None, "panels:refresh": None})
    return answer


def _visit_of(pk: int, request: StaffRequest) -> Appointment | None:
    return Appointment.objects.visible_to(request.actor).filter(attendances=pk).first()
