"""An offer on the client's phone: take it, or pass and say why. The link is the key; acts are posts."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from core import daywords
from core.refusals import NotAllowed, Refusal
from practice.queries import practice_and_now
from practice.rules.client_words import say
from practice.states import LinkPurpose, Modality
from practice.views.linked import LinkedRequest, linked, notice, page_facts
from scheduling.states import ConfirmedHow
from waitlist.models import Offer
from waitlist.operations.answering import Gone, accept, decline
from waitlist.queries.saying import LOADED, is_theirs, place_of, zone_of
from waitlist.states import DeclineReason, OfferState

HOW = {"email": ConfirmedHow.EMAIL, "sms": ConfirmedHow.SMS, "voice": ConfirmedHow.VOICE}
GONE_STATES = (OfferState.EXPIRED, OfferState.LOST, OfferState.WITHDRAWN, OfferState.UNSENT)


@linked(LinkPurpose.OFFER, methods=("GET", "HEAD"))
def offer(request: LinkedRequest, token: str) -> HttpResponse:
    return _page(request, token)


@linked(LinkPurpose.OFFER, methods=("POST",))
def offer_accept(request: LinkedRequest, token: str) -> HttpResponse:
    return _acted(request, token, lambda one, **about: accept(one.pk, **about))


@linked(LinkPurpose.OFFER, methods=("POST",))
def offer_decline(request: LinkedRequest, token: str) -> HttpResponse:
    reason = request.POST.get("reason", "")
    known = reason if reason in DeclineReason.values else DeclineReason.OTHER
    return _acted(request, token, lambda one, **about: decline(one.pk, reason=known, **about))


def _acted(request: LinkedRequest, token: str, act: Callable[..., Any]) -> HttpResponse:
    """Done: back to the page, so that a reload does nothing again. Refused: the offer as it stands, and why."""
    one = _offer(request)
    if one is None:
        return notice(request, "dead", status=404, language=request.language)
    how = HOW.get(request.link.channel, ConfirmedHow.PORTAL)
    try:
        act(one, how=how, by=request.holder, change_id=_change_id(request))
    except NotAllowed:
        return notice(request, "dead", status=404, language=request.language)
    except Gone:
        return _page(request, token, status=409)
    except Refusal:
        return _page(request, token, said="cannot_here", status=422)
    return redirect(reverse("waitlist:own-offer", args=[token]))


def _offer(request: LinkedRequest) -> Offer | None:
    rows = Offer.objects.select_related(*LOADED).filter(
        pk=request.link.subject, client=request.link.client_id
    )
    return rows.first()


def _page(request: LinkedRequest, token: str, *, said: str = "", status: int = 200) -> HttpResponse:
    one = _offer(request)
    if one is None:
        return notice(request, "dead", status=404, language=request.language)
    practice, now = practice_and_now()
    facts, language = page_facts(practice, request.language), request.language
    zone, visit = zone_of(one, practice), one.appointment
    start, end = visit.starts_at.astimezone(zone), visit.ends_at.astimezone(zone)
    kind = "place" if one.seats else "offer"
    is_over = one.state in GONE_STATES or (one.state == OfferState.OUT and visit.starts_at <= now)
    until = one.expires_at.astimezone(zone)
    until_said = daywords.clock(until, h24=practice.clock_24h)
    if until.date() != now.astimezone(zone).date():
        until_said = f"{daywords.short_day(until.date(), language)}, {until_said}"
    facts |= {
        "token": token,
        "offer": one,
        "day": daywords.long_day(start.date(), language),
        "hours": daywords.span(start, end, h24=practice.clock_24h),
        "zone_name": zone.key.rpartition("/")[2].replace("_", " ") if zone.key != practice.zone else "",
        "place": _place(one, facts["w"]),
        "until": say(language, f"{kind}_until", until=until_said),
        "o": _words(facts["w"], kind),
        "is_theirs": is_theirs(one),
        "is_open": one.state == OfferState.OUT and not is_over,
        "is_over": is_over,
        "said": facts["w"].get(said, ""),
        "reasons": [
            (reason, facts["w"][f"offer_no_{reason}"], reason == one.reason)
            for reason in DeclineReason.values
        ],
        "change_id": uuid.uuid4(),
    }
    return render(request, "waitlist/own_offer.html", facts, status=status)


def _words(words: dict[str, str], kind: str) -> dict[str, str]:
    """Of a time, or of a place in what meets again and again."""
    names = ("over", "was", "take", "pass", "keeps", "booked", "passed", "gone")
    yours = words["place_yours"] if kind == "place" else words["your_visit"]
    return {"yours": yours} | {name: words[f"{kind}_{name}"] for name in names}


def _place(one: Offer, words: dict[str, str]) -> str:
    by = {Modality.TELEHEALTH: words["by_video"], Modality.PHONE: words["by_phone"]}
    return by.get(Modality(one.appointment.modality), "") or place_of(one.appointment)


def _change_id(request: LinkedRequest) -> uuid.UUID | None:
    try:
        return uuid.UUID(request.POST.get("change_id", ""))
    except ValueError:
        return None
