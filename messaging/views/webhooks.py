"""What Twilio posts to us. Nothing is read, stored or changed before its signature has been checked."""

from collections.abc import Callable
from functools import wraps
from uuid import UUID

import structlog
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent
from django.http import HttpRequest, HttpResponse, QueryDict
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from twilio.request_validator import RequestValidator

from core import clock
from messaging.models import twilio_account
from messaging.operations import events

log = structlog.get_logger(__name__)

# A text is at most 1600 characters; with all its fields a callback stays far below this.
MOST_BYTES, MOST_FIELDS = 64_000, 200
NO_REPLY = '<?xml version="1.0" encoding="UTF-8"?><Response/>'

View = Callable[..., HttpResponse]


def from_twilio(view: View) -> View:
    """Only what Twilio signed, and only of a sensible size."""

    @wraps(view)
    @csrf_exempt  # Twilio has no session; its signature is the proof of origin
    @login_not_required  # a machine calls, and proves itself by signature
    @require_POST
    def checked(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if _is_too_big(request):
            return HttpResponse(status=413)
        if not _is_signed(request):
            log.warning(
                "webhook_refused", path=request.resolver_match.view_name if request.resolver_match else ""
            )
            return HttpResponse(status=403)
        return view(request, *args, **kwargs)

    return checked


def _is_too_big(request: HttpRequest) -> bool:
    # By its own claim first, then by what Django counts while reading.
    claimed = request.headers.get("Content-Length", "")
    if claimed.isdecimal() and int(claimed) > MOST_BYTES:
        return True
    try:
        # Reading POST here means that nothing later can meet Django's own limits.
        return len(request.body) > MOST_BYTES or len(request.POST) > MOST_FIELDS
    except (RequestDataTooBig, TooManyFieldsSent):
        return True


def _is_signed(request: HttpRequest) -> bool:
    """The URL is built from what the world calls us: behind a proxy the request's own host and scheme are others.

    request.POST itself goes in: a plain dict of it would drop repeated keys, which are signed too.
    """
    url = settings.PUBLIC_BASE_URL + request.get_full_path()
    signature = request.headers.get("X-Twilio-Signature", "")
    # An empty token would let anybody sign; two are valid while they are being changed.
    tokens = twilio_account().tokens
    if not signature:
        return False
    said = _signed_content(request)
    return said is not None and any(
        RequestValidator(token).validate(url, said, signature) for token in tokens
    )


def _signed_content(request: HttpRequest) -> QueryDict | str | None:
    """A form's fields, or the raw body of JSON: then its hash must stand in the signed address (bodySHA256).

    Given an empty form, the library would not look at the body at all; given a body without the hash, it raises.
    """
    if request.content_type != "application/json":
        return request.POST
    if "bodySHA256" not in request.GET:
        return None
    try:
        return request.body.decode()
    except UnicodeDecodeError:
        return None


@from_twilio
def text_in(request: HttpRequest) -> HttpResponse:
    sid = request.POST.get("MessageSid", "")
    return _take(request, events.TEXT, dedupe_key=sid, token=None) if sid else HttpResponse(status=400)


@from_twilio
def status_in(request: HttpRequest, token: UUID | None = None) -> HttpResponse:
    sid, status = request.POST.get("MessageSid", ""), request.POST.get("MessageStatus", "")
    if not (sid and status):
        return HttpResponse(status=400)
    return _take(request, events.STATUS, dedupe_key=f"{sid}:{status}", token=token)


def _take(request: HttpRequest, kind: str, *, dedupe_key: str, token: UUID | None) -> HttpResponse:
    """Stored first; if acting on it fails, the sweep has it. Twilio is told to say nothing to the client."""
    events.take(kind, dedupe_key=dedupe_key, body=request.POST.dict(), token=token, now=clock.now())
    return HttpResponse(NO_REPLY, content_type="text/xml")
