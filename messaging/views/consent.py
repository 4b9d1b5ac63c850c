"""What a client agreed to: seen on their card, written down at the desk in a dialog or on a page of its own."""

import json
import uuid
from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from core import clock
from core.actors import Actor
from core.refusals import NotAllowed, Refusal
from messaging.forms import ConsentForm
from messaging.forms.consent import words_for
from messaging.models import Consent
from messaging.operations.consent import take_consent
from messaging.queries import Place, consent_history, places_of
from practice.middleware import StaffRequest
from practice.models import Client
from practice.operations import record_view
from practice.permissions import may
from practice.queries import the_practice

PANEL = "#panel_part"
# HX-Target → the part that belongs there
PARTS = {"dialog": "#dialog_part", "consent-form": "#form", "panel-messaging-consent": PANEL}
# Who shows addresses hears this and draws itself anew.
RECORDED = {"consent:recorded": None, "panels:refresh": None, "dialog:close": None}
OPEN = "May be used"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stand:
    """One address as the page shows it; tone: ok or warn."""

    what: str
    who: str
    words: str
    tone: str


@require_http_methods(["GET", "HEAD", "POST"])
def consent(request: StaffRequest, public_id: uuid.UUID) -> HttpResponse:
    if not may(request.actor, "consent.record"):
        return _closed(request)
    client = get_object_or_404(Client.objects.visible_to(request.actor), public_id=public_id)
    part = PARTS.get(request.headers.get("HX-Target", ""), "")
    places = _places(client)
    form = ConsentForm(request.POST or None, places=places, practice=the_practice())
    line = _take(form, client, request.actor)
    if line is not None:
        return _recorded(request, client, line, is_part=bool(part))
    if request.method != "POST" and part != PANEL:
        record_view(client, by=request.actor, at=clock.now())
    shown = {
        "client": client,
        "form": form,
        "stands": [_stand(place) for place in places],
        "history": [] if part else _history(client),
        "is_dialog": bool(part),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, f"messaging/consent.html{part}", shown, status=status)


def _take(form: ConsentForm, client: Client, by: Actor) -> Consent | None:
    """None when nothing was posted, or what was posted needs changing."""
    if not form.is_valid():
        return None
    try:
        return take_consent(client.pk, by=by, **form.facts)
    except NotAllowed:
        raise
    except Refusal as refusal:
        form.refuse(refusal)
        return None


def _places(client: Client) -> list[Place]:
    return places_of(client, clock.now(), the_practice())


def _closed(request: StaffRequest) -> HttpResponse:
    """A card that billing may open asks for this part by itself: it stays empty instead of complaining."""
    if PARTS.get(request.headers.get("HX-Target", "")) == PANEL:
        return HttpResponse()
    raise PermissionDenied


def _stand(place: Place) -> Stand:
    words = place.refusal or (OPEN if place.is_ready else "Agreed, but this channel is not set up yet")
    tone = "ok" if words == OPEN else "warn"
    return Stand(what=words_for(place.channel, place.value), who=place.contact, words=words, tone=tone)


def _history(client: Client) -> list[dict[str, object]]:
    return [
        {"what": words_for(one.line.channel, one.line.address), "line": one.line, "by": one.by}
        for one in consent_history(client)
    ]


def _recorded(request: StaffRequest, client: Client, line: Consent, *, is_part: bool) -> HttpResponse:
    """Says what is true now: an earlier answer, a STOP or an unsafe address may still stand in the way."""
    told = [p for p in _places(client) if (p.channel, p.value) == (line.channel, line.address)]
    said = f"Recorded: {'yes' if line.granted else 'no'} to {words_for(line.channel, line.address)}."
    detail = f"{_stand(told[0]).words}." if told and line.granted else ""
    if not is_part:
        messages.success(request, f"{said} {detail}".strip())
        return redirect("messaging:consent", client.public_id)
    answer = render(request, "messaging/consent.html#done", {"said": said, "detail": detail})
    answer["HX-Reswap"] = "none"
    answer["HX-Trigger"] = json.dumps(RECORDED)
    return answer
