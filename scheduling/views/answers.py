"""How an act is answered: what happened in words with Undo, or why not; as a part of the page or as a page."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html

from core.refusals import NotAllowed, Refusal
from practice.middleware import StaffRequest
from practice.models import Change, Practice
from scheduling.models import Appointment
from scheduling.rules import words

REFRESH = "calendar:refresh"


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """`detail`: what waits for the undo window, or who is told."""

    text: str
    detail: str = ""


def is_part(request: StaffRequest) -> bool:
    return request.headers.get("HX-Request") == "true"


def who(visit: Appointment) -> str:
    """Everybody on the visit, else its title, else its type."""
    people = [(p.client.preferred_name or p.client.first_name, p.client.last_name) for p in _coming(visit)]
    return visit.title or words.joined_names(people) or visit.type.name


def _coming(visit: Appointment):
    return visit.attendances.select_related("client").order_by("pk")


def when(visit: Appointment, practice: Practice) -> str:
    """Short: "Tue 2:00 pm"; with the date, since tomorrow's Tuesday is not next week's."""
    start = visit.starts_at.astimezone(practice.tz)
    clock = words.clock(start.hour * 60 + start.minute, h24=practice.clock_24h)
    return f"{words.short_day(start.date())}, {clock}"


def span(visit: Appointment, practice: Practice) -> str:
    start = visit.starts_at.astimezone(practice.tz)
    minute = start.hour * 60 + start.minute
    between = words.between(minute, minute + visit.minutes, h24=practice.clock_24h)
    return f"{words.short_day(start.date())}, {between}"


def calendar_url(visit: Appointment, practice: Practice) -> str:
    on = visit.starts_at.astimezone(practice.tz).date()
    query = urlencode({"on": on.isoformat(), "visit": visit.public_id})
    return f"{reverse('scheduling:calendar')}?{query}"


def waits(change: Change, *, tells: bool) -> str:
    """What the undo window holds back, for the toast."""
    seconds = int((change.undo_until - change.at).total_seconds())
    if not tells:
        return "Nobody is told."
    return f"Messages about it wait {_duration(seconds)}." if seconds else "Messages about it go out now."


def _duration(seconds: int) -> str:
    return f"{seconds} s" if seconds < 120 else f"{seconds // 60} min"


def done(
    request: StaffRequest, said: Said, change: Change, *, back: str, visit: Appointment | None = None
) -> HttpResponse:
    """The act stands. A part: the toast out of band, dialogs closed, the calendar redrawn; a page: back to `back`."""
    if not is_part(request):
        link = format_html('<a href="{}">Recent changes</a>', reverse("scheduling:changes"))
        messages.success(request, format_html("{} {} Undo under {}.", said.text, said.detail, link))
        return redirect(back)
    seconds = int((change.undo_until - change.at).total_seconds())
    shown = {"said": said, "change": change, "seconds": seconds, "visit": visit, "open_url": back}
    return _quietly(render(request, "scheduling/act_done.html", shown))


def told(request: StaffRequest, said: Said, *, back: str) -> HttpResponse:
    """Something is so, and there is nothing to undo about it."""
    if not is_part(request):
        messages.success(request, said.text)
        return redirect(back)
    return _quietly(render(request, "scheduling/act_done.html", {"said": said}))


def _quietly(response: HttpResponse) -> HttpResponse:
    response["HX-Reswap"] = "none"
    response["HX-Trigger"] = json.dumps({REFRESH: None, "dialog:close": None})
    return response


def refused(
    request: StaffRequest,
    refusal: Refusal,
    visit: Appointment | None,
    practice: Practice,
    *,
    status: int = 409,
) -> HttpResponse:
    """A one-click act was refused: an alert and the newer state, by redrawing the panel or on a page of its own."""
    if isinstance(refusal, NotAllowed):
        raise PermissionDenied(refusal.message)
    shown: dict[str, object] = {"refusal": refusal, "visit": visit}
    if visit is not None:
        shown |= {"who": who(visit), "span": span(visit, practice), "open_url": calendar_url(visit, practice)}
    if not is_part(request):
        return render(request, "scheduling/act_refused.html", shown, status=status)
    response = render(request, "scheduling/act_refused.html#alert", shown, status=status)
    response["HX-Reswap"] = "none"
    response["HX-Trigger"] = json.dumps({REFRESH: None})
    return response


def out_of_date() -> Refusal:
    return Refusal("This button was out of date.", remedy="Look at the visit and press it again.")


def fresh_id() -> str:
    return str(uuid.uuid4())
