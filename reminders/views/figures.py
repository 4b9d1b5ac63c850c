"""The overview of messages: figures over some days, with their table, their definitions and a file (REM-13)."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from core import clock
from core.sheets.writing import lines
from practice.middleware import StaffRequest
from practice.models import Practice, Provider
from practice.permissions import may
from practice.queries import the_practice
from reminders.forms import FIGURE_DAYS, USUAL_FIGURE_DAYS, FiguresFilter
from reminders.queries.figures import Asked, Day, Figures, figures
from reminders.rules.bars import HEIGHT, WIDTH, Piece, stacked

LOOKS = ("delivered", "sent", "skipped", "failed")
COLUMNS = ("day", "due", "sent", "delivered", "failed", "skipped", "waiting", "cost")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """One figure in large, what it is of, and the words that define it."""

    label: str
    value: str
    detail: str
    means: str
    tone: str = ""


@require_safe
def messages(request: StaffRequest) -> HttpResponse:
    practice, asked = the_practice(), _asked(request)
    found = _found(request, asked, practice)
    shown = {
        "asked": asked,
        "lengths": [(f"{n} days", _link(asked, days=n), n == asked.chosen_days) for n in FIGURE_DAYS],
        "days": asked.chosen_days,
        "file_url": _link(asked, name="reminders:messages-export"),
        "found": found,
        "tiles": tiles(found),
        "bars": [(LOOKS[piece.of], piece) for piece in bars(found.days)],
        "width": WIDTH,
        "height": HEIGHT,
        "rows": list(reversed(found.days)),
    }
    return render(request, "reminders/messages.html", shown)


@require_safe
def messages_export(request: StaffRequest) -> StreamingHttpResponse:
    found = _found(request, _asked(request), the_practice())
    rows = ({**{name: getattr(day, name, None) for name in COLUMNS}, "day": day.on} for day in found.days)
    answer = StreamingHttpResponse(lines(COLUMNS, rows), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="messages.csv"'
    return answer


def _asked(request: StaffRequest) -> FiguresFilter:
    if not may(request.actor, "message.see"):
        raise PermissionDenied
    return FiguresFilter(request.GET, providers=Provider.objects.visible_to(request.actor).active())


def _found(request: StaffRequest, asked: FiguresFilter, practice: Practice) -> Figures:
    now, provider = clock.now(), asked.chosen_provider
    today = now.astimezone(practice.tz).date()
    wanted = Asked(
        since=today - dt.timedelta(days=asked.chosen_days - 1),
        until=today,
        provider_id=provider.pk if provider else None,
        channel=asked.chosen_channel,
    )
    return figures(request.actor, wanted, practice=practice, now=now)


def _link(asked: FiguresFilter, *, name: str = "reminders:messages", **differently: Any) -> str:
    provider = asked.chosen_provider
    words = {
        "days": asked.chosen_days,
        "provider": provider.public_id if provider else None,
        "channel": asked.chosen_channel,
    } | differently
    said = {key: word for key, word in words.items() if word and word != USUAL_FIGURE_DAYS}
    return reverse(name) + (f"?{urlencode(said)}" if said else "")


def bars(days: tuple[Day, ...]) -> list[Piece]:
    return stacked([(day.delivered, day.unproven, day.skipped, day.failed) for day in days])


def tiles(found: Figures) -> list[Tile]:
    whole, visits = found.whole, found.visits
    tried = whole.sent + whole.failed
    return [
        Tile(
            label="Sent",
            value=f"{whole.sent:,}",
            detail=f"of {whole.due:,} due",
            means="Taken by a carrier, of all whose moment came in these days. The portal's copies are not counted.",
        ),
        Tile(
            label="Delivered",
            value=_percent(whole.delivered, tried),
            detail=f"{whole.delivered:,} of {tried:,} that were tried",
            means="The carrier has said that it arrived. Email counts only where the mail service reports it.",
        ),
        Tile(
            label="Failed",
            value=_percent(whole.failed, tried),
            detail=f"{whole.failed:,} of {tried:,} that were tried",
            means="Refused, not delivered, given up, or not out in time. “Did not arrive” has them until dealt with.",
            tone="bad" if whole.failed else "",
        ),
        Tile(
            label="Visits reached",
            value=_percent(visits.contacted, visits.total),
            detail=f"{visits.contacted:,} of {visits.total:,}",
            means="Everybody expected at a visit in these days, and whether a carrier took a message to them.",
        ),
        Tile(
            label="Confirmed",
            value=_percent(visits.confirmed, visits.contacted),
            detail=f"{visits.by_themselves:,} answered themselves",
            means="Of those reached, who confirmed, by an answer, a link, or to the desk.",
        ),
        Tile(
            label="Cost",
            value=_money(whole.cost),
            detail="as the carrier has told so far",
            means="The carrier's own prices, which come hours after the message.",
        ),
        Tile(
            label="Lateness",
            value=_duration(found.late_median),
            detail=f"19 of 20 within {_duration(found.late_p95)}",
            means="From the moment a message might go to the moment the carrier took it; the middle one of all.",
        ),
    ]


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "–"


def _money(cost: Decimal) -> str:
    return f"${cost:,.2f}"


def _duration(span: dt.timedelta | None) -> str:
    if span is None:
        return "–"
    seconds = span.total_seconds()
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.0f} h"
