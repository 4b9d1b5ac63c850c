"""Reminders' part of the visit panel."""

import uuid

from django.http import Http404, HttpResponse, HttpResponseForbidden
from django.shortcuts import render
from django.views.decorators.http import require_safe

from practice.middleware import StaffRequest
from practice.permissions import may
from practice.queries import the_practice
from reminders.queries.panel import told_about
from scheduling.models import Appointment


@require_safe
def visit_messages(request: StaffRequest, public_id: uuid.UUID) -> HttpResponse:
    if not may(request.actor, "message.see"):
        return HttpResponseForbidden()
    visit = Appointment.objects.visible_to(request.actor).filter(public_id=public_id).first()
    if visit is None:
        raise Http404
    part = request.headers.get("HX-Request") == "true"
    template = "reminders/visit_messages.html" + ("#part" if part else "")
    return render(request, template, {"told": told_about(visit, the_practice())})
