"""What is done to visits from the calendar: the one-click acts, Undo, recent changes; and all their addresses."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from functools import partial

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from core import clock
from core.refusals import Refusal
from practice.middleware import StaffRequest
from practice.models import Change
from practice.queries import the_practice
from scheduling import operations
from scheduling.forms.visits import ActForm
from scheduling.models import Appointment, Attendance
from scheduling.operations import Acted
from scheduling.queries.recent import recent_changes
from scheduling.states import AttendanceState
from scheduling.views import answers, booking, moving, people, series
from scheduling.views.answers import Said
from scheduling.views.visible import visible_visit

Operation = Callable[..., Acted]

# act → (operation, what the toast says of it)
VISIT_ACTS: dict[str, tuple[Operation, str]] = {
    "start": (operations.start, "{who}: the session has started."),
    "complete": (operations.complete, "{who}: done."),
    "confirm-hold": (operations.confirm_hold, "Booked {who}, {when}."),
    "reopen": (operations.reopen, "{who}: not done after all."),
    "release": (operations.release, "The hold on {when} was given up."),
}
PERSON_ACTS: dict[str, tuple[Operation, str]] = {
    "confirm": (operations.confirm, "{who} is confirmed."),
    "unconfirm": (operations.unconfirm, "{who} is no longer confirmed."),
    "check-in": (operations.check_in, "{who} is here."),
    "take-back-check-in": (operations.take_back_check_in, "{who} is not here after all."),
    "absent": (operations.mark_absent, "{who} did not come."),
    "take-back-absent": (operations.take_back_absent, "{who} is expected again."),
    "put-back": (operations.put_back, "{who} is back on the visit."),
    "was-here": (partial(operations.correct, state=AttendanceState.ATTENDED), "{who} was here."),
    "was-absent": (partial(operations.correct, state=AttendanceState.ABSENT), "{who} did not come."),
    "was-excused": (partial(operations.correct, state=AttendanceState.EXCUSED), "{who} was excused."),
}


@require_POST
def visit_act(request: StaffRequest, public_id: uuid.UUID, act: str) -> HttpResponse:
    visit = visible_visit(request.actor, public_id)
    run, saying = VISIT_ACTS[act]
    return _act(request, partial(run, visit.pk), visit, saying)


@require_POST
def person_act(request: StaffRequest, pk: int, act: str) -> HttpResponse:
    people = Attendance.objects.filter(appointment__in=Appointment.objects.visible_to(request.actor))
    person = get_object_or_404(people.select_related("client", "appointment__type"), pk=pk)
    run, saying = PERSON_ACTS[act]
    return _act(
        request, partial(run, person.pk), person.appointment, saying.replace("{who}", person.client.name)
    )


def _act(request: StaffRequest, run: Callable[..., Acted], visit: Appointment, saying: str) -> HttpResponse:
    practice, form = the_practice(), ActForm(request.POST)
    if not form.is_valid():
        return answers.refused(request, answers.out_of_date(), visit, practice, status=422)
    try:
        acted = run(by=request.actor, **form.cleaned_data)
    except Refusal as refusal:
        visit.refresh_from_db()
        return answers.refused(request, refusal, visit, practice)
    text = saying.replace("{who}", answers.who(visit)).replace("{when}", answers.when(visit, practice))
    back = answers.calendar_url(acted.appointment, practice)
    return answers.done(request, Said(text=text), acted.change, back=back)


@require_POST
def change_undo(request: StaffRequest, change_id: uuid.UUID) -> HttpResponse:
    if not Change.objects.filter(pk=change_id).exists():
        raise Http404
    try:
        operations.undo(change_id, by=request.actor)
    except Refusal as refusal:
        return answers.refused(request, refusal, None, the_practice())
    return answers.told(request, Said(text="Taken back."), back=_page_of(request))


def _page_of(request: StaffRequest) -> str:
    """Where Undo was pressed, if the form says so: a page of ours, never another's."""
    back = request.POST.get("back", "")
    is_ours = url_has_allowed_host_and_scheme(back, allowed_hosts=None)
    return back if is_ours else reverse("scheduling:changes")


@require_safe
def changes(request: StaffRequest) -> HttpResponse:
    now = clock.now()
    rows = recent_changes(request.actor, practice=the_practice(), since=now - dt.timedelta(days=1), now=now)
    part = "#rows" if request.headers.get("HX-Target") == "changes" else ""
    return render(request, f"scheduling/changes.html{part}", {"rows": rows})


urlpatterns_acts = [
    path("visits/new/", booking.visit_new, name="visit-new"),
    path("visits/why-not/", booking.visit_why_not, name="visit-why-not"),
    path("visits/type-defaults/", booking.visit_type_defaults, name="visit-type-defaults"),
    path("visits/people/", booking.visit_people, name="visit-people"),
    path("visits/series/", series.series_new, name="series-new"),
    path("visits/<uuid:public_id>/extend/", series.series_extend, name="series-extend"),
    path("visits/<uuid:public_id>/move/", moving.visit_move, name="visit-move"),
    path("visits/<uuid:public_id>/cancel/", moving.visit_cancel, name="visit-cancel"),
    path("visits/<uuid:public_id>/add-person/", people.visit_add_person, name="visit-add-person"),
    path("attendances/<int:pk>/cancel/", people.attendance_cancel, name="attendance-cancel"),
    path("visits/<uuid:public_id>/restore/", moving.visit_restore, name="visit-restore"),
    *(
        path(f"visits/<uuid:public_id>/{act}/", visit_act, {"act": act}, name=f"visit-{act}")
        for act in VISIT_ACTS
    ),
    *(
        path(f"attendances/<int:pk>/{act}/", person_act, {"act": act}, name=f"attendance-{act}")
        for act in PERSON_ACTS
    ),
    path("changes/", changes, name="changes"),
    path("changes/<uuid:change_id>/undo/", change_undo, name="change-undo"),
]
