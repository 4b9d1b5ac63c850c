"""One click on an opening keeps it for ten minutes and opens the booking form for it."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import replace

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from core.actors import Actor
from core.refusals import NotAllowed, Refusal
from practice.middleware import StaffRequest
from practice.queries import practice_and_now
from scheduling import operations
from scheduling.forms.holding import HoldForm
from scheduling.forms.searching import OpeningsForm, today_of
from scheduling.models import Appointment
from scheduling.operations import Acted
from scheduling.queries.opening_wish import wish_at
from scheduling.rules.wishes import Wish
from scheduling.states import AppointmentState
from scheduling.views.booking import opened
from scheduling.views.openings import client_ids
from scheduling.views.visible import allow

KEEP = dt.timedelta(minutes=10)
REFRESH = "openings:refresh"


@require_POST
def opening_hold(request: StaffRequest) -> HttpResponse:
    """Keep the start that was pressed; the booking form follows, as a dialog or as a page."""
    allow(request.actor, "visit.book")
    practice, now = practice_and_now()
    form = HoldForm(request.POST, by=request.actor)
    asked = OpeningsForm(QueryDict(request.POST.get("back", "")), today=today_of(practice, now))
    if not (form.is_valid() and asked.is_valid()):
        return _refused(request, Refusal("This button was out of date.", remedy="Search again."), status=422)
    search = asked.search(client_ids=client_ids(asked, request))
    wish = wish_at(search, form.provider, form.starts_at, practice=practice, now=now)
    if wish is None:
        return _refused(
            request, Refusal("This type is no longer offered.", remedy="Search again."), status=409
        )
    try:
        held = _kept(wish, form, by=request.actor, now=now).appointment
    except NotAllowed as refusal:
        raise PermissionDenied(refusal.message) from refusal
    except Refusal as refusal:
        return _refused(request, refusal, status=409)
    query = QueryDict(mutable=True)
    query.update({"hold": str(held.public_id), "search": asked.address()})
    if client := asked.cleaned_data["client"]:
        query["client"] = str(client)
    if request.headers.get("HX-Target") == "dialog":
        return opened(request, query, now)
    return redirect(f"{reverse('scheduling:visit-new')}?{query.urlencode()}")


def _kept(wish: Wish, form: HoldForm, *, by: Actor, now: dt.datetime) -> Acted:
    """A second press of the same button finds the first one's hold, unless that has ended meanwhile.

    Nobody attends a hold: it keeps the time, and whom it is for is said when it is booked.
    """
    plain = replace(wish, client_ids=())
    acted = operations.hold(plain, until=now + KEEP, by=by, change_id=form.change_id)
    if acted.repeated and not _stands(acted.appointment, now):
        return operations.hold(plain, until=now + KEEP, by=by, change_id=uuid.uuid4())
    return acted


def _stands(visit: Appointment, now: dt.datetime) -> bool:
    return visit.state == AppointmentState.HELD and visit.hold_until is not None and visit.hold_until > now


def _refused(request: StaffRequest, refusal: Refusal, *, status: int) -> HttpResponse:
    """Somebody was quicker, or the page was old: why, and the search drawn anew."""
    shown = {
        "problems": refusal.problems,
        "back": f"{reverse('scheduling:openings')}?{QueryDict(request.POST.get('back', '')).urlencode()}",
    }
    if request.headers.get("HX-Request") != "true":
        return render(request, "scheduling/openings_taken.html", shown, status=status)
    response = render(request, "scheduling/openings_taken.html#alert", shown, status=status)
    response["HX-Reswap"] = "none"
    response["HX-Trigger"] = REFRESH
    return response


@require_POST
def opening_release(request: StaffRequest) -> HttpResponse:
    """The form was closed: the time is free at once. Says nothing where it already is, or became a visit."""
    allow(request.actor, "visit.book")
    hold = _hold_of(request)
    if hold is not None:
        try:
            operations.release(hold.pk, by=request.actor)
        except NotAllowed as refusal:
            raise PermissionDenied(refusal.message) from refusal
        except Refusal:
            pass  # it is gone, which is all that was wanted
    if request.headers.get("HX-Request") == "true":
        return HttpResponse(status=204, headers={"HX-Trigger": REFRESH})
    back = QueryDict(request.POST.get("search", "")).urlencode()
    return redirect(f"{reverse('scheduling:openings')}?{back}")


def _hold_of(request: StaffRequest) -> Appointment | None:
    try:
        public_id = uuid.UUID(request.POST.get("hold", ""))
    except ValueError:
        return None
    standing = Appointment.objects.visible_to(request.actor).filter(state=AppointmentState.HELD)
    return standing.filter(public_id=public_id).first()
