"""Twilio's Messages resource, as far as we use it. Answers come at once; what follows is the worker's."""

import base64
import binascii
import datetime as dt
import functools
import hmac
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db.models import F, QuerySet
from django.db.models.functions import Coalesce
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.dateparse import parse_date, parse_datetime
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from messaging.models import RehearsalMessage
from messaging.models.rehearsal import Direction, RehearsalKind
from messaging.rehearsal import calling, ledger, shapes
from messaging.rehearsal.ledger import Wrong

FILTERS = ("To", "From", "DateSent", "DateSent<", "DateSent>")


def carrier(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A resource of the stand-in: absent unless rehearsing, guarded by the account's own Basic credentials."""

    @csrf_exempt  # called by the Twilio client, which has no cookies
    @login_not_required  # the account's credentials are checked below
    @functools.wraps(view)
    def guarded(request: HttpRequest, account_sid: str, **kwargs: str) -> HttpResponse:
        if not settings.REHEARSAL:
            raise Http404
        try:
            if not _is_ours(request, account_sid):
                raise Wrong(401, 20003, "Authenticate")
            return view(request, **kwargs)
        except Wrong as wrong:
            body = shapes.error(status=wrong.status, code=wrong.code, text=wrong.message)
            return JsonResponse(body, status=wrong.status)

    return guarded


def _is_ours(request: HttpRequest, account_sid: str) -> bool:
    wanted = f"{settings.TWILIO_ACCOUNT_SID}:{settings.TWILIO_AUTH_TOKEN}"
    scheme, _, encoded = request.headers.get("Authorization", "").partition(" ")
    try:
        given = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        return False
    right = hmac.compare_digest(given, wanted.encode())
    return right and scheme.lower() == "basic" and account_sid == settings.TWILIO_ACCOUNT_SID


@carrier
@require_http_methods(["GET", "POST"])
def messages(request: HttpRequest) -> HttpResponse:
    return _create(request) if request.method == "POST" else _list(request)


@carrier
@require_safe
def message(request: HttpRequest, sid: str) -> HttpResponse:
    row = RehearsalMessage.objects.filter(sid=sid, kind=RehearsalKind.SMS).first()
    if row is None:
        raise Wrong(404, 20404, f"The requested resource {request.path} was not found")
    return JsonResponse(shapes.message(row))


@carrier
@require_http_methods(["GET", "POST"])
def calls(request: HttpRequest) -> HttpResponse:
    if request.method == "GET":
        to = request.GET.get("To", "")
        rows = RehearsalMessage.objects.filter(kind=RehearsalKind.VOICE, client_address=to).order_by("-pk")
        return JsonResponse(shapes.calls_page(list(rows[:100])))
    to = request.POST.get("To", "")
    with _faults_of(to):
        row = calling.ring(
            to=to,
            sender=request.POST.get("From", ""),
            ask_url=request.POST.get("Url", ""),
            callback_url=request.POST.get("StatusCallback", ""),
        )
    return JsonResponse(shapes.call(row), status=201)


@contextmanager
def _faults_of(phone: str) -> Iterator[None]:
    """What goes wrong on purpose: before anything is taken; or after, and then it is taken all the same."""
    faults = ledger.faults(phone)
    if ledger.happens(faults.busy_percent):
        raise Wrong(429, 20429, "Too Many Requests")
    if ledger.happens(faults.broken_percent):
        raise Wrong(500, 20500, "An internal server error has occurred")
    yield
    if ledger.happens(faults.dropped_percent):
        raise Wrong(503, 20503, "Service unavailable")


def _create(request: HttpRequest) -> HttpResponse:
    to = request.POST.get("To", "")
    with _faults_of(to):
        row = ledger.take(
            to=to,
            sender=request.POST.get("From", ""),
            body=request.POST.get("Body", ""),
            callback_url=request.POST.get("StatusCallback", ""),
        )
    return JsonResponse(shapes.message(row), status=201)


def _list(request: HttpRequest) -> HttpResponse:
    """Newest first. Before a text is sent it has no DateSent; its creation stands in, so that nothing is overlooked."""
    filters = {name: request.GET[name] for name in FILTERS if request.GET.get(name)}
    number, size = _whole(request, "Page", 0), min(_whole(request, "PageSize", 50), 1000) or 50
    rows = list(_matching(filters)[number * size : (number + 1) * size + 1])
    page = shapes.page(rows[:size], number=number, size=size, more=len(rows) > size, filters=filters)
    return JsonResponse(page)


def _matching(filters: dict[str, str]) -> QuerySet[RehearsalMessage]:
    rows = RehearsalMessage.objects.filter(kind=RehearsalKind.SMS).order_by("-pk")
    rows = rows.annotate(said_at=Coalesce(F("sent_at"), F("created_at")))
    for name, value in filters.items():
        rows = NARROW[name](rows, value)
    return rows


def _to(rows: QuerySet, value: str) -> QuerySet:
    return rows.exclude(direction=Direction.IN).filter(client_address=value) | rows.filter(
        direction=Direction.IN, office_address=value
    )


def _from(rows: QuerySet, value: str) -> QuerySet:
    return rows.exclude(direction=Direction.IN).filter(office_address=value) | rows.filter(
        direction=Direction.IN, client_address=value
    )


def _since(value: str) -> dt.datetime:
    """From this moment on; a day begins at its midnight in UTC."""
    return _moment(value) or _midnight(value)


def _until(value: str) -> dt.datetime:
    """Up to and with this second, or this day."""
    moment = _moment(value)
    return moment + dt.timedelta(seconds=1) if moment else _midnight(value) + dt.timedelta(days=1)


def _moment(value: str) -> dt.datetime | None:
    moment = parse_datetime(value) if "T" in value else None
    return moment.replace(tzinfo=moment.tzinfo or dt.UTC) if moment else None


def _midnight(value: str) -> dt.datetime:
    if (day := parse_date(value[:10])) is None:
        raise Wrong(400, 20001, "Invalid DateSent")
    return dt.datetime.combine(day, dt.time(), dt.UTC)


def _whole(request: HttpRequest, name: str, default: int) -> int:
    raw = request.GET.get(name, "")
    return int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 6 else default


def _on(rows: QuerySet, value: str) -> QuerySet:
    """A day, whatever time the client library writes behind it."""
    day = _midnight(value)
    return rows.filter(said_at__gte=day, said_at__lt=day + dt.timedelta(days=1))


NARROW: dict[str, Callable[[QuerySet, str], QuerySet]] = {
    "To": _to,
    "From": _from,
    "DateSent": _on,
    "DateSent<": lambda rows, value: rows.filter(said_at__lt=_until(value)),
    "DateSent>": lambda rows, value: rows.filter(said_at__gte=_since(value)),
}
