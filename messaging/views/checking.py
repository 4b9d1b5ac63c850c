"""The self-test of the carriers, in Settings: looked at through the very proxy that webhooks come by."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from messaging.carriers.checking import findings
from messaging.views.webhooks import from_twilio
from practice.middleware import StaffRequest
from practice.permissions import may, require


@require_http_methods(["GET", "HEAD", "POST"])
def carrier_check(request: StaffRequest) -> HttpResponse:
    """GET only offers it: asking means a request to ourselves from outside."""
    require(may(request.actor, "settings.change"))
    here = request.build_absolute_uri("/").rstrip("/")
    found = findings(seen_at=here) if request.method == "POST" else None
    return render(request, "messaging/carrier_check.html", {"found": found})


@from_twilio
def signature_check(request: HttpRequest) -> HttpResponse:
    """What the self-test posts: to come this far is the answer."""
    return HttpResponse(status=204)
