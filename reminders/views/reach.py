"""The reach report: which visits to come nobody will hear of, why, and what mends it (REM-17)."""

import datetime as dt
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from core import clock
from messaging.queries import channels_set_up
from practice.middleware import StaffRequest
from practice.models import Practice, Provider
from practice.permissions import may
from practice.queries import the_practice
from practice.states import Channel
from reminders.forms import DAYS, USUAL_DAYS, ReachFilter
from reminders.operations.catching_up import plan_missing
from reminders.queries.silence import Reach, Silent, reach_of, visits_ahead
from reminders.queries.silent_rows import rows_of
from reminders.states import WhySilent

ROWS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """A filter with its count; the first is all of them."""

    label: str
    count: int
    url: str
    is_current: bool


@require_safe
def reach(request: StaffRequest) -> HttpResponse:
    if not may(request.actor, "message.see"):
        raise PermissionDenied
    practice, asked = the_practice(), _asked(request.GET, request)
    found = _found(request, asked, practice)
    silent = [one for one in found.silent if asked.chosen_reason in (None, one.code)]
    page = Paginator(silent, ROWS).get_page(request.GET.get("page"))
    shown = {
        "asked": asked,
        "here": _link(asked),
        "found": found,
        "reached": found.visits - len(found.silent),
        "reached_words": f"{found.visits - len(found.silent)} of {found.visits}",
        "days": asked.chosen_days,
        "lengths": [(f"{n} days", _link(asked, days=n), n == asked.chosen_days) for n in DAYS],
        "reasons": _reasons(asked, found),
        "rows": rows_of(page.object_list, practice),
        "page": page,
        "numbers": list(page.paginator.get_elided_page_range(page.number)),
        "query": _query(asked),
        "unplanned": found.counts.get(WhySilent.NOT_PLANNED, 0),
        "texts_are_off": Channel.SMS not in channels_set_up(),
        "may": {verb: may(request.actor, verb.replace("_", ".")) for verb in VERBS},
    }
    part = "#live" if request.headers.get("HX-Target") == "reach" else ""
    return render(request, f"reminders/reach.html{part}", shown)


VERBS = ("client_change", "consent_record", "settings_change", "visit_book")


@require_POST
def reach_plan(request: StaffRequest) -> HttpResponse:
    """Plan what this view of the report found unplanned, or the one visit that was pressed."""
    if not may(request.actor, "visit.book"):
        raise PermissionDenied
    asked = _asked(request.POST, request)
    silent = _found(request, asked, the_practice()).silent
    ids = {
        one.appointment_id for one in silent if one.code == WhySilent.NOT_PLANNED and _is_meant(request, one)
    }
    planned = plan_missing(ids, by=request.actor)
    messages.success(request, f"Messages planned for {planned} visit{'' if planned == 1 else 's'}.")
    return redirect(_link(asked))


def _is_meant(request: StaffRequest, one: Silent) -> bool:
    pressed = request.POST.get("attendance", "")
    return not pressed or pressed == str(one.attendance_id)


def _asked(words: Any, request: StaffRequest) -> ReachFilter:
    return ReachFilter(words, providers=Provider.objects.visible_to(request.actor).active())


def _found(request: StaffRequest, asked: ReachFilter, practice: Practice) -> Reach:
    now, provider = clock.now(), asked.chosen_provider
    visits = visits_ahead(
        request.actor,
        now=now,
        until=now + dt.timedelta(days=asked.chosen_days),
        provider_ids=[provider.pk] if provider else None,
    )
    return reach_of(visits, now=now, practice=practice)


def _reasons(asked: ReachFilter, found: Reach) -> list[Reason]:
    chosen = asked.chosen_reason
    everything = Reason(
        label="All", count=len(found.silent), url=_link(asked, reason=None), is_current=chosen is None
    )
    counts = found.counts | ({chosen: 0} if chosen and chosen not in found.counts else {})
    return [
        everything,
        *(
            Reason(label=code.label, count=n, url=_link(asked, reason=code), is_current=code == chosen)
            for code, n in counts.items()
        ),
    ]


def _link(asked: ReachFilter, **differently: Any) -> str:
    query = _query(asked, **differently).rstrip("&")
    return reverse("reminders:reach") + (f"?{query}" if query else "")


def _query(asked: ReachFilter, **differently: Any) -> str:
    """The words of the address, ready for one more; what is usual is left out."""
    provider = asked.chosen_provider
    words = {
        "provider": provider.public_id if provider else None,
        "days": asked.chosen_days,
        "reason": asked.chosen_reason,
    } | differently
    said = {name: word for name, word in words.items() if word and word != USUAL_DAYS}
    return f"{urlencode(said)}&" if said else ""
