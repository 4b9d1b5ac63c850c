"""The rehearsal page: what clients would see, and their side of the talk."""

from collections.abc import Callable
from functools import wraps
from uuid import UUID

from csp.constants import NONE, UNSAFE_INLINE
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseForbidden
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from core import clock
from core.htmx import poll
from messaging.models import RehearsalMessage, RehearsalSettings
from messaging.models.rehearsal import PhoneTrouble
from messaging.rehearsal import calling, devices, ledger
from messaging.rehearsal.forms import FaultsForm, SayForm, TroubleForm
from practice.middleware import StaffRequest
from practice.permissions import may

QUICK = ("Y", "C", "R", "STOP", "running late!")


def rehearsing(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Absent unless rehearsing; for staff who may."""

    @wraps(view)
    def guarded(request: StaffRequest, **kwargs: str) -> HttpResponse:
        if not settings.REHEARSAL:
            raise Http404
        if not may(request.actor, "rehearsal.use"):
            return HttpResponseForbidden()
        return view(request, **kwargs)

    return guarded


@require_safe
@rehearsing
def phones(request: StaffRequest) -> HttpResponse:
    return render(
        request, "messaging/rehearsal.html", _page(request) | {"faults": FaultsForm(instance=ledger.faults())}
    )


@poll
@require_safe
@rehearsing
def live(request: StaffRequest) -> HttpResponse:
    """The phones and the ledger again; 204 while nothing has changed."""
    page = _page(request)
    if request.GET.get("v") == page["version"]:
        return HttpResponse(status=204)
    return render(request, "messaging/rehearsal.html#live", page)


@require_POST
@rehearsing
def find(request: StaffRequest) -> HttpResponse:
    """By POST, so that a name is never part of an address."""
    words = request.POST.get("words", "").strip()
    found = {"words": words, "found": devices.find_clients(request.actor, words)}
    if is_part(request):
        return render(request, "messaging/rehearsal.html#found", found)
    faults = FaultsForm(instance=ledger.faults())
    return render(request, "messaging/rehearsal.html", _page(request) | found | {"faults": faults})


@require_POST
@rehearsing
def say(request: StaffRequest) -> HttpResponse:
    """Store what the client typed; the worker posts it to our webhook."""
    form = SayForm(request.POST)
    if not form.is_valid():
        return _told(request, str(next(iter(form.errors.values()))[0]), status=422)
    if not devices.may_read(request.actor, form.cleaned_data["address"]):
        raise Http404
    ledger.hear(
        sender=form.cleaned_data["address"],
        office=settings.TWILIO_FROM_NUMBER,
        body=form.cleaned_data["said"],
    )
    return _back(request)


@require_POST
@rehearsing
def set_trouble(request: StaffRequest) -> HttpResponse:
    """Of one phone."""
    form = TroubleForm(request.POST)
    if not form.is_valid():
        return _told(request, "Choose one of the troubles in the list.", status=422)
    if not devices.may_read(request.actor, form.cleaned_data["address"]):
        raise Http404
    ledger.trouble(form.cleaned_data["address"], form.cleaned_data["kind"])
    return _back(request)


@require_POST
@rehearsing
def call(request: StaffRequest) -> HttpResponse:
    """What the person with the phone does: takes the call, lets it ring out, presses a key, hangs up."""
    sid, what = request.POST.get("sid", ""), request.POST.get("act", "")
    row = RehearsalMessage.objects.filter(sid=sid).first()
    if row is None or not devices.may_read(request.actor, row.client_address):
        raise Http404
    if not calling.act(sid, what, clock.now()):
        return _told(request, "That call is over.", status=409)
    return _back(request)


@require_safe
@rehearsing
def mail(request: StaffRequest, sid: str) -> HttpResponse:
    """A mail as a mail program draws it: on its own, without scripts, able to load nothing."""
    row = RehearsalMessage.objects.filter(sid=sid).first()
    if row is None or not row.html or not devices.may_read(request.actor, row.client_address):
        raise Http404
    answer = HttpResponse(row.html)
    answer._csp_replace = {"default-src": [NONE], "style-src": [UNSAFE_INLINE], "script-src": [NONE]}  # type: ignore[attr-defined]
    return answer


@require_POST
@rehearsing
def set_faults(request: StaffRequest) -> HttpResponse:
    row, _ = RehearsalSettings.objects.get_or_create(pk=1)
    form = FaultsForm(request.POST, instance=row)
    if not form.is_valid():
        page = _page(request) | {"faults": form}
        return render(request, "messaging/rehearsal.html", page, status=422)
    form.save()
    messages.success(request, "The carrier now goes wrong as you set it.")
    return redirect("rehearsal:phones")


def _page(request: StaffRequest) -> dict:
    shown, chosen = _chosen(request)
    lines = devices.ledger(request.actor)
    return {
        "devices": shown,
        "chosen": chosen,
        "lines": lines,
        "version": devices.version(shown, lines),
        "quick": QUICK,
        "troubles": PhoneTrouble.choices,
    }


def _chosen(request: StaffRequest) -> tuple[list[devices.Device], str]:
    """The phones asked for by `client` or `to`, else those where something happened last; and the query that asked."""
    if given := request.GET.get("client"):
        try:
            client = devices.client_by(request.actor, UUID(given))
        except ValueError:
            client = None
        if client is None:
            raise Http404
        return devices.of_client(client), f"?client={client.public_id}"
    if address := request.GET.get("to", "").strip().replace(" ", "+"):
        return devices.at_address(request.actor, address), f"?to={address.replace('+', '%2B')}"
    return devices.latest(request.actor), ""


def is_part(request: StaffRequest) -> bool:
    return request.headers.get("HX-Request") == "true"


def _back(request: StaffRequest) -> HttpResponse:
    if not is_part(request):
        return redirect("rehearsal:phones")
    done = HttpResponse(status=204)
    done["HX-Trigger"] = "rehearsal-said"
    return done


def _told(request: StaffRequest, words: str, *, status: int) -> HttpResponse:
    messages.error(request, words)
    return redirect("rehearsal:phones") if not is_part(request) else HttpResponse(words, status=status)
