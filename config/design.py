"""Every part of the interface in every state, at /design/: for those who build screens, not for practices."""

from types import SimpleNamespace

from django import forms
from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

HUES = [
    ("teal", "Follow-up"),
    ("indigo", "Intake, evaluation"),
    ("olive", "Group"),
    ("rose", "Couples, family"),
    ("slate", "Medication"),
    ("amber", "Assessment"),
    ("plum", "Supervision"),
    ("sky", "Outreach"),
]
GROUNDS = [
    "paper",
    "surface",
    "sunk",
    "hover",
    "brand-soft",
    "ok-soft",
    "warn-soft",
    "bad-soft",
    "info-soft",
]
INKS = ["ink", "ink-2", "ink-3", "brand", "ok", "warn", "bad", "info"]


class Sample(forms.Form):
    """One field of each kind."""

    client = forms.CharField(label="Client", help_text="Name, number or birthday.")
    start = forms.CharField(
        label="Starts",
        initial="2:30 pm",
        help_text="As you would type it: 230p, 14:30.",
    )
    day = forms.CharField(label="Day", initial="2026-11-24")
    kind = forms.ChoiceField(label="Type", choices=[("f", "Follow-up · 50 min"), ("i", "Intake · 90 min")])
    place = forms.ChoiceField(
        label="Where",
        choices=[("r", "Riverside, Room 2"), ("t", "By video")],
        widget=forms.RadioSelect,
        initial="r",
    )
    remind = forms.BooleanField(label="Remind by text", required=False, initial=True)
    ways = forms.MultipleChoiceField(
        label="Days that suit",
        choices=[("m", "Monday"), ("w", "Wednesday"), ("f", "Friday")],
        widget=forms.CheckboxSelectMultiple,
        required=False,
        initial=["m", "f"],
    )
    words = forms.CharField(
        label="Note for the desk",
        widget=forms.Textarea(attrs={"rows": 3}),
        required=False,
    )


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    if not (settings.DEBUG and request.user.is_staff):
        raise Http404
    wrong = Sample({"client": "", "start": "25:99", "day": "2026-11-24", "kind": "x"})
    wrong.add_error("start", "That is not a time of day. Try 2:30 pm.")
    shown = {"form": Sample(auto_id="ok_%s"), "moving": Sample(auto_id="move_%s"), "wrong": wrong}
    return render(request, "design/page.html", _samples() | shown)


def _samples() -> dict:
    return {
        "nav": [
            (place, f"#{place.lower().replace(' ', '-')}", place == "Calendar")
            for place in (
                "Calendar",
                "Desk",
                "Clients",
                "Groups",
                "Waitlist",
                "Time off",
                "Reports",
                "Settings",
            )
        ],
        "hues": HUES,
        "grounds": GROUNDS,
        "inks": INKS,
        "views": [
            (view, f"#{view.lower()}", view == "Providers")
            for view in ("Day", "Week", "Month", "Providers", "Rooms")
        ],
        "facts": [
            ("When", "Tue Nov 24, 11:00–12:30"),
            ("Type", "Intake · 90 min · 90791"),
            ("With", "Dr. Maya Smith"),
        ],
        "options": [
            (1, "Lena Fox", "#10482"),
            (2, "Leo Park", "#10077"),
            (3, "Lee Wong", "#10519"),
        ],
        "columns": [
            ("Client", "", "?sort=name", "ascending"),
            ("Next visit", "", "?sort=next", ""),
            ("Provider", "", "", ""),
            ("Visits", "num", "?sort=visits", ""),
        ],
        "rows": [
            ["Lena Fox", "Tue Nov 24, 11:00", "Dr. Maya Smith", 3],
            ["Marcus Hill", "Tue Nov 24, 1:30", "Dr. Maya Smith", 21],
            ["Zoe Lane", "Tue Nov 24, 1:00", "Tom Becker", 8],
        ],
        "page": Paginator(range(1, 241), 40).page(2),
        "events": [
            SimpleNamespace(what="Text answered Y", when="Sun Nov 22, 9:41 · confirmed", tone=""),
            SimpleNamespace(what="48 h text delivered", when="Sun Nov 22, 9:00 · 1 segment", tone=""),
            SimpleNamespace(
                what="Text not delivered",
                when="Sat Nov 21, 9:00 · landline",
                tone="bad",
            ),
            SimpleNamespace(what="24 h text", when="planned Mon Nov 23, 11:00", tone="planned"),
        ],
        "load": [
            ("Dr. Ana Ruiz", 91, "warn"),
            ("Dr. Maya Smith", 78, ""),
            ("Priya Nair", 52, ""),
        ],
        "undo": [("event", "41")],
    }
