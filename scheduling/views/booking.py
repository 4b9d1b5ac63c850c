"""Booking by hand: the form, what stands against it while it is filled in, and what a type fills in."""

from __future__ import annotations

import datetime as dt

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_http_methods, require_POST

from core import clock
from core.actors import Actor
from core.refusals import NotAllowed, Refusal
from practice.middleware import StaffRequest
from practice.permissions import may
from practice.queries import the_practice
from scheduling import operations
from scheduling.forms.opening import chosen_provider, chosen_type, first_values, type_values
from scheduling.forms.people import PersonRow
from scheduling.forms.repeating import RepeatForm
from scheduling.forms.typed import said_time
from scheduling.forms.visits import BookForm, MoveForm, as_posted, instead
from scheduling.models import AppointmentType
from scheduling.queries.filling import AUTO_ROOM, values_of
from scheduling.queries.problems import wish_of
from scheduling.queries.recent import room_of_change
from scheduling.rules.wishes import Wish
from scheduling.states import AppointmentState, Category, Notice
from scheduling.views import answers, series
from scheduling.views.answers import Said
from scheduling.views.findings import Findings, findings_for
from scheduling.views.visible import allow, is_uuid, visible_visit

PARTS = {"dialog": "#dialog_part", "visit-form": "#form", "series-form": "#form"}
ASKS = ("add_person", "remove_person", "at_instead", "back")


@require_http_methods(["GET", "HEAD", "POST"])
def visit_new(request: StaffRequest) -> HttpResponse:
    allow(request.actor, "visit.book")
    practice, now = the_practice(), clock.now()
    if request.method != "POST":
        return opened(request, request.GET, now)
    form = BookForm(request.POST, by=request.actor, practice=practice)
    repeat = RepeatForm(request.POST)
    if any(name in request.POST for name in ASKS):
        return _page(request, _changed(form, request), now, repeat=repeat)
    if repeat.is_asked:
        found = series.new_series(form, repeat, request.POST, now)
        looked = found and series.look(request, *found, practice=practice, now=now)
        return looked or _page(request, form, now, status=422, repeat=repeat)
    if not form.is_valid() or (wish := form.wish(now=now)) is None:
        return _page(request, form, now, status=422)
    return _book(request, form, _as_before(form, wish), now)


def opened(request: StaffRequest, query: QueryDict, now: dt.datetime) -> HttpResponse:
    """The form as it opens. `query`: where, or with `hold` the time that is kept for it."""
    practice = the_practice()
    first = first_values(query, by=request.actor, practice=practice, now=now)
    return _page(request, BookForm(initial=first, by=request.actor, practice=practice), now)


def _changed(form: BookForm, request: StaffRequest) -> BookForm:
    """A button changes who comes, takes a suggested time, or leads back from a series; the form comes back with it."""
    _change_people(form, request.POST)
    if "at_instead" in request.POST:
        form.post_again(**instead(request.POST["at_instead"]))
    return form.unjudged()


def _as_before(form: BookForm, wish: Wish) -> Wish:
    """A form sent twice must say the same twice, though "any free room" would by now be another one."""
    if form.cleaned_data.get("room") != AUTO_ROOM:
        return wish
    known, room_id = room_of_change(form.cleaned_data["change_id"])
    return form.in_room(wish, room_id) if known else wish


def _book(request: StaffRequest, form: BookForm, wish: Wish, now: dt.datetime) -> HttpResponse:
    given = form.cleaned_data
    about = {"notice": form.notice, "override_reason": given["override_reason"]}
    held = form.held.pk if form.held else None
    try:
        acted = operations.book(wish, by=request.actor, change_id=given["change_id"], hold_id=held, **about)
    except NotAllowed as refusal:
        raise PermissionDenied(refusal.message) from refusal
    except Refusal as refusal:
        form.post_again()
        findings = findings_for(
            wish, form.practice, by=request.actor, now=now, refusal=refusal, appointment_id=held
        )
        return _page(request, form, now, findings=findings, status=findings.status)
    visit, practice = acted.appointment, form.practice
    tells = bool(wish.client_ids) and form.notice != Notice.NONE
    text = f"Booked {answers.who(visit)}, {answers.when(visit, practice)}."
    said = Said(text=text, detail=answers.waits(acted.change, tells=tells) if wish.client_ids else "")
    return answers.done(request, said, acted.change, back=answers.calendar_url(visit, practice), visit=visit)


def _page(
    request: StaffRequest,
    form: BookForm,
    now: dt.datetime,
    *,
    findings: Findings | None = None,
    status: int = 200,
    repeat: RepeatForm | None = None,
) -> HttpResponse:
    part = PARTS.get(request.headers.get("HX-Target", ""), "")
    kind, provider = form.kind, form.chosen_provider
    shown = {
        "form": form,
        "repeat": repeat or RepeatForm(),
        "kind": kind,
        "values": values_of(kind, provider.pk if provider else None) if kind else None,
        "needs_people": kind is None or kind.category != Category.ADMINISTRATIVE,
        "is_dialog": bool(part),
        "findings": findings or _findings(form, by=request.actor, now=now),
        "may_add_client": may(request.actor, "client.add"),
        "held_until": _held_until(form, now),
    }
    return render(request, f"scheduling/visit_form.html{part}", shown, status=status)


def _held_until(form: BookForm, now: dt.datetime) -> str:
    """In the practice's words; empty without a hold, or when it has ended."""
    held = form.held
    if (
        held is None
        or held.state != AppointmentState.HELD
        or held.hold_until is None
        or held.hold_until <= now
    ):
        return ""
    return said_time(held.hold_until.astimezone(form.practice.tz), clock_24h=form.practice.clock_24h)


@require_POST
def visit_type_defaults(request: StaffRequest) -> HttpResponse:
    """Choosing a type (or a provider with own terms) fills its values in; a length that was dragged stays."""
    allow(request.actor, "visit.book")
    kind, provider = chosen_type(request.POST), chosen_provider(request.POST, request.actor)
    kind = kind or get_object_or_404(AppointmentType, pk=0)
    filled = type_values(kind, provider.pk if provider else None, request.POST)
    form = BookForm(initial=filled | {"type": kind}, by=request.actor, practice=the_practice())
    shown = {"form": form, "kind": kind, "values": values_of(kind, provider.pk if provider else None)}
    response = render(request, "scheduling/visit_form.html#type_values", shown)
    response["HX-Trigger-After-Settle"] = "visit-filled"
    return response


@require_POST
def visit_people(request: StaffRequest) -> HttpResponse:
    """Who comes, drawn anew: somebody was chosen, taken off or is to be added, or the type became one for several."""
    allow(request.actor, "visit.book")
    form = BookForm(request.POST, by=request.actor, practice=the_practice())
    _change_people(form, request.POST)
    response = render(request, "scheduling/_people.html", {"people": form.coming})
    response["HX-Trigger-After-Settle"] = "visit-filled"
    return response


def _change_people(form: BookForm, post: QueryDict) -> None:
    if "add_person" in post:
        form.people.append(PersonRow())
    elif off := post.get("remove_person"):
        left = [row for row in form.people if not (row.client and str(row.client.public_id) == off)]
        form.people = left or [PersonRow()]


@require_POST
def visit_why_not(request: StaffRequest) -> HttpResponse:
    """What stands against the form's values as they are now; with `visit`, against moving that one there.

    Posted, as are the other parts of the form: names and notes belong in no address.
    """
    now, practice = clock.now(), the_practice()
    if is_uuid(public_id := request.POST.get("visit", "")):
        visit = visible_visit(request.actor, public_id)
        move = MoveForm(request.POST, visit=visit, by=request.actor, practice=practice)
        found = move_findings(move, by=request.actor, now=now)
    else:
        allow(request.actor, "visit.book")
        form = BookForm(request.POST, by=request.actor, practice=practice)
        found = _findings(form, by=request.actor, now=now)
    return render(request, "scheduling/problems.html", {"findings": found})


def _findings(form: BookForm, *, by: Actor, now: dt.datetime) -> Findings:
    probe = form if form.is_bound else as_posted(form)
    probe.is_valid()
    wish = probe.wish(now=now)
    if wish is None:
        return Findings()
    held = probe.held.pk if probe.held else None
    return findings_for(wish, form.practice, by=by, now=now, appointment_id=held)


def move_findings(form: MoveForm, *, by: Actor, now: dt.datetime) -> Findings:
    form.is_valid()
    place = form.place()
    if place is None:
        return Findings()
    wish = wish_of(form.visit, place)
    return findings_for(wish, form.practice, by=by, now=now, appointment_id=form.visit.pk)
