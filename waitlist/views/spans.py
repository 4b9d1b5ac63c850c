"""Open times: what came free, who stands in line, who was asked; and the acts of staff on offers."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.views.decorators.http import require_POST, require_safe

from core.refusals import NotAllowed, Refusal
from practice.middleware import StaffRequest
from practice.models import Practice
from practice.permissions import may
from practice.queries import practice_and_now
from scheduling.models import Appointment
from scheduling.states import AppointmentState, ConfirmedHow
from scheduling.views.visible import allow
from waitlist.forms.offers import AnswerForm, ByHandForm, TimesFilter
from waitlist.models import FreedSpan, Offer, WaitlistEntry
from waitlist.operations.answering import accept, decline
from waitlist.operations.by_hand import offer_by_hand
from waitlist.operations.ending import withdraw
from waitlist.queries.line import line_of, offers_of
from waitlist.queries.rows import clock, moment
from waitlist.queries.seats import in_line
from waitlist.states import DeclineReason, OfferState, SpanState

ROWS, IN_PANEL = 50, 4


@require_safe
def span_list(request: StaffRequest) -> HttpResponse:
    allow(request.actor, "waitlist.see")
    practice, now = practice_and_now()
    form = TimesFilter(request.GET, by=request.actor)
    spans = form.apply(FreedSpan.objects.visible_to(request.actor), now)
    spans = spans.select_related("provider", "appointment").annotate(
        asked=Count("offers"), out=Count("offers", filter=Q(offers__state=OfferState.OUT))
    )
    page = Paginator(spans, ROWS).get_page(request.GET.get("page"))
    shown = {
        "form": form,
        "page": page,
        "rows": [(span, said(span, practice)) for span in page.object_list],
        "numbers": list(page.paginator.get_elided_page_range(page.number)),
        "query": form.query,
        "now": now,
    }
    part = "#live" if request.headers.get("HX-Target") == "times" else ""
    return render(request, f"waitlist/span_list.html{part}", shown)


def said(span: FreedSpan, practice: Practice) -> str:
    return f"{moment(span.starts_at, practice)}–{clock(span.ends_at, practice)}"


@require_safe
def span_page(request: StaffRequest, public_id: uuid.UUID) -> HttpResponse:
    allow(request.actor, "waitlist.see")
    return _page(request, _span(request, public_id))


def _page(
    request: StaffRequest, span: FreedSpan, *, refusal: Refusal | None = None, status: int = 200
) -> HttpResponse:
    practice, now = practice_and_now()
    seen = set(WaitlistEntry.objects.visible_to(request.actor).waiting().values_list("pk", flat=True))
    is_open = span.state == SpanState.OPEN
    shown = {
        "span": span,
        "when": said(span, practice),
        "line": line_of(span, practice=practice, now=now) if is_open and not span.seats else None,
        "in_line": in_line(span, request.actor, now) if is_open and span.seats else None,
        "seen": seen,
        "offers": [_shown(offer, practice) for offer in offers_of(span)],
        "may_offer": may(request.actor, "waitlist.offer"),
        "waits": moment(span.not_before, practice) if span.not_before > now else "",
        "reasons": DeclineReason.choices,
        "refusal": refusal,
    }
    return render(request, "waitlist/span.html", shown, status=status)


def _shown(offer: Offer, practice: Practice) -> dict[str, Any]:
    return {
        "offer": offer,
        "when": moment(offer.appointment.starts_at, practice),
        "until": clock(offer.expires_at, practice),
        "parts": [(label, f"{permille / 1000:+.2f}") for label, permille in offer.parts if permille],
        "score": offer.score / 1000,
        "is_out": offer.state == OfferState.OUT,
        "change_ids": [uuid.uuid4() for _ in range(3)],
    }


@require_POST
def span_offer(request: StaffRequest, public_id: uuid.UUID) -> HttpResponse:
    allow(request.actor, "waitlist.offer")
    span, form = _span(request, public_id), ByHandForm(request.POST)
    if not form.is_valid():
        raise Http404
    entry = get_object_or_404(
        WaitlistEntry.objects.visible_to(request.actor), public_id=form.cleaned_data["entry"]
    )
    try:
        offer = offer_by_hand(
            span.pk, entry_id=entry.pk, by=request.actor, change_id=form.cleaned_data["change_id"]
        )
    except NotAllowed:
        raise
    except Refusal as refusal:
        return _page(request, span, refusal=refusal, status=409)
    how = "It goes out when this can no longer be undone" if offer.channel else "Please call them"
    _told(request, f"Offered to {entry.client.name}. {how}.")
    return redirect("waitlist:span", span.public_id)


@require_POST
def offer_answer(request: StaffRequest, public_id: uuid.UUID) -> HttpResponse:
    """What a client said on the phone, taken down: yes, no with a reason; or the offer taken back."""
    allow(request.actor, "waitlist.offer")
    offer = get_object_or_404(
        Offer.objects.visible_to(request.actor).select_related("client", "span"), public_id=public_id
    )
    form = AnswerForm(request.POST)
    if not form.is_valid():
        raise Http404
    given, act = form.cleaned_data, form.cleaned_data["answer"]
    about: dict[str, Any] = {"by": request.actor, "change_id": given["change_id"]}
    try:
        if act == "yes":
            accept(offer.pk, how=ConfirmedHow.STAFF, **about)
        elif act == "no":
            decline(offer.pk, reason=given["reason"] or DeclineReason.OTHER, how=ConfirmedHow.STAFF, **about)
        else:
            withdraw(offer.pk, **about)
    except NotAllowed:
        raise
    except Refusal as refusal:
        if offer.span:
            return _page(request, offer.span, refusal=refusal, status=409)
        messages.error(request, f"{refusal.message} {refusal.remedy}")
    else:
        words = {"yes": "is booked", "no": "keeps their place", "back": "is told that it is off"}
        _told(request, f"{offer.client.name} {words[act]}.")
    return redirect("waitlist:span", offer.span.public_id) if offer.span else redirect("waitlist:span-list")


def _told(request: StaffRequest, words: str) -> None:
    link = format_html('<a href="{}">Recent changes</a>', reverse("scheduling:changes"))
    messages.success(request, format_html("{} Undo under {}.", words, link))


def _span(request: StaffRequest, public_id: uuid.UUID) -> FreedSpan:
    seen = FreedSpan.objects.visible_to(request.actor).select_related("provider", "location", "appointment")
    return get_object_or_404(seen, public_id=public_id)


@require_safe
def visit_waiting(request: StaffRequest, public_id: uuid.UUID) -> HttpResponse:
    """The place on a visit's panel: who would like this time, or who of them would come earlier."""
    allow(request.actor, "waitlist.see")
    visits = Appointment.objects.visible_to(request.actor).prefetch_related("attendances__client")
    visit = get_object_or_404(visits, public_id=public_id)
    practice, now = practice_and_now()
    free = (
        FreedSpan.objects.open()
        .of_time()
        .filter(provider=visit.provider_id, starts_at__lt=visit.ends_at, ends_at__gt=visit.starts_at)
    )
    span = free.select_related("provider").first()
    offers = [
        _shown(o, practice)
        for o in Offer.objects.out().filter(appointment=visit).select_related("client", "appointment", "span")
    ]
    is_ahead = visit.state == AppointmentState.SCHEDULED and visit.starts_at > now
    people = [one for one in visit.attendances.all() if one.state == "expected"] if is_ahead else []
    moving = set(
        WaitlistEntry.objects.waiting().filter(attendance__in=people).values_list("attendance_id", flat=True)
    )
    shown = {
        "visit": visit,
        "span": span,
        "line": line_of(span, practice=practice, now=now, shown=IN_PANEL) if span else None,
        "offers": offers,
        "people": [(one, one.pk in moving) for one in people] if len(people) == 1 else [],
        "may_change": may(request.actor, "waitlist.change"),
    }
    part = "#part" if request.headers.get("HX-Request") == "true" else ""
    return render(request, f"waitlist/visit_waiting.html{part}", shown)
