"""What the list achieves, each figure with its definition."""

from __future__ import annotations

import datetime as dt

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from practice.middleware import StaffRequest
from practice.queries import practice_and_now
from scheduling.views.visible import allow
from waitlist.queries.figures import Figures, figures
from waitlist.rules import figures as rules

WEEKS = (4, 12, 26)
CONVERSION_AIM, MATCH_AIM = 0.8, 0.7  # the practice's scoreboard


@require_safe
def figures_page(request: StaffRequest) -> HttpResponse:
    allow(request.actor, "waitlist.see")
    _, now = practice_and_now()
    asked = request.GET.get("weeks", "")
    weeks = int(asked) if asked.isdecimal() and int(asked) in WEEKS else WEEKS[1]
    found = figures(now - dt.timedelta(weeks=weeks), now)
    here = reverse("waitlist:figures")
    shown = {
        "now_rows": _now(found),
        "rows": _rows(found),
        "weeks": weeks,
        "lengths": [(f"{n} weeks", f"{here}?weeks={n}", n == weeks) for n in WEEKS],
    }
    return render(request, "waitlist/figures.html", shown)


def _now(found: Figures) -> list[tuple[str, object, str]]:
    return [
        ("Waiting", found.waiting, reverse("waitlist:entry-list")),
        ("Open times", found.open_spans, reverse("waitlist:span-list")),
        ("Offers out", found.offers_out, reverse("waitlist:span-list")),
    ]


def _rows(found: Figures) -> list[tuple[str, str, str]]:
    """(label, value, definition)."""
    counts = found.counts
    took = found.time_to_fill
    return [
        (
            "Conversion",
            _share(rules.conversion(counts)),
            (
                "Entries that end in a booked visit from an offer ÷ entries closed: booked, expired, gave up. "
                f"{counts.booked_from_offer} of {counts.booked_from_offer + counts.expired + counts.gave_up}. "
                f"Meant to be {CONVERSION_AIM:.0%} or more."
            ),
        ),
        (
            "Match accuracy",
            _share(rules.match_accuracy(counts)),
            (
                "1 − declines for wrong time, provider, insurance or modality ÷ answered. "
                f"{counts.mismatched} such declines of {counts.accepted + counts.declined} answers. "
                f"Meant to be {MATCH_AIM:.0%} or more."
            ),
        ),
        (
            "Acceptance",
            _share(rules.acceptance(counts)),
            (
                "Accepted ÷ offers that were answered or ran out. "
                f"{counts.accepted} of {counts.accepted + counts.declined + counts.unanswered}."
            ),
        ),
        (
            "Fill rate",
            _share(rules.fill_rate(counts)),
            (
                "Freed times filled from the list ÷ freed times that have passed or were filled from it; without those "
                f"filled by hand or too short. {counts.spans_filled} of {counts.spans_ended}."
            ),
        ),
        (
            "Time to fill",
            _took(took) if took else "–",
            "From the end of the undo window to the yes, on average.",
        ),
        ("Value recovered", f"${found.value:,.0f}", "The rates of visits booked from an offer."),
    ]


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.0%}"


def _took(took: dt.timedelta) -> str:
    minutes = round(took.total_seconds() / 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes / 60:.1f} h"
