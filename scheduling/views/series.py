"""What repeats, looked at row by row before it is booked; and a series made longer."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.views.decorators.http import require_http_methods, require_POST

from core import clock
from core.refusals import NotAllowed, Refusal
from practice.middleware import StaffRequest
from practice.models import Change, Practice
from practice.permissions import may
from practice.queries import the_practice
from scheduling import operations
from scheduling.forms.repeating import USUAL, Choices, RepeatForm, RowInput, chosen_from, rows_from
from scheduling.forms.visits import BookForm
from scheduling.models import Appointment
from scheduling.operations import Chosen, Scope, SeriesActed
from scheduling.operations.series import in_scope
from scheduling.queries.series import (
    Extension,
    Line,
    Planned,
    allowances,
    extension,
    lines_of,
    plan_series,
)
from scheduling.rules import words
from scheduling.rules.recurrence import MOST, Pattern
from scheduling.rules.wishes import Wish
from scheduling.states import Notice
from scheduling.views import answers
from scheduling.views.answers import Said
from scheduling.views.findings import OVERLAPS
from scheduling.views.visible import allow, visible_visit

OWN = ("act", "open", "back", "csrfmiddlewaretoken", "change_id", "added")
PARTS = {"dialog": "#dialog_part", "series-form": "#form", "visit-form": "#form"}
Run = Callable[..., SeriesActed]


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """A series as it is looked at. `rule`: what each row would be by the rule alone; `added`: rows beyond it."""

    template: Wish
    pattern: Pattern
    rule: Sequence[Line]
    zone: ZoneInfo
    added: int
    title: str
    post_url: str
    back_url: str
    who: str
    tells: bool
    held: Appointment | None = None
    done_url: str = ""  # where to go once it is booked; empty for the calendar


@require_POST
def series_new(request: StaffRequest) -> HttpResponse:
    """The table of a new series: looked at again, or booked."""
    allow(request.actor, "visit.book")
    practice, now = the_practice(), clock.now()
    form, repeat = BookForm(request.POST, by=request.actor, practice=practice), RepeatForm(request.POST)
    looked = new_series(form, repeat, request.POST, now)
    if looked is None:
        return answers.refused(request, answers.out_of_date(), None, practice, status=422)
    return look(request, *looked, practice=practice, now=now)


def new_series(
    form: BookForm, repeat: RepeatForm, post: QueryDict, now: dt.datetime
) -> tuple[Looked, Run] | None:
    """What the booking form asks for. None, with the reasons in the forms, when it cannot be read."""
    if not (form.is_valid() & repeat.is_valid()) or (template := form.wish(now=now)) is None:
        return None
    data, zone = form.cleaned_data, form.practice.tz
    rhythm = repeat.rhythm(data["on"], data["at"], zone)
    if rhythm is None:
        return None
    added = _number(post, "added", most=MOST - len(rhythm.dates))
    if added:
        last = rhythm.pattern.more(rhythm.dates[-1], added)[-1]
        rhythm = replace(rhythm, pattern=rhythm.pattern.longer(last, added))

    def run(rows: list[Chosen], **about: Any) -> SeriesActed:
        held = form.held.pk if form.held else None
        return operations.book_series(rhythm, rows, notice=form.notice, hold_id=held, **about)

    people = [
        (p.client.preferred_name or p.client.first_name, p.client.last_name) for p in form.people if p.client
    ]
    looked = Looked(
        template=template,
        pattern=rhythm.pattern,
        rule=lines_of(rhythm, template),
        zone=zone,
        added=added,
        title="New series",
        post_url=reverse("scheduling:series-new"),
        back_url=reverse("scheduling:visit-new"),
        who=template.title or words.joined_names(people) or data["type"].name,
        tells=form.notice != Notice.NONE and bool(people),
        held=form.held,
    )
    return looked, run


@require_http_methods(["GET", "HEAD", "POST"])
def series_extend(request: StaffRequest, public_id: uuid.UUID) -> HttpResponse:
    """More visits of the same kind at the end of a series, by the same table."""
    visit, practice, now = visible_visit(request.actor, public_id), the_practice(), clock.now()
    allow(request.actor, "visit.book")
    post = request.POST if request.method == "POST" else request.GET
    added = _number(post, "added", most=MOST)
    count = min(max(_number(post, "count", most=MOST), 1) if "count" in post else USUAL, MOST)
    more = extension(visit.series, count + added) if visit.series else None
    if more is None:
        refusal = Refusal("This series cannot be extended.", remedy="Book a new one.")
        return answers.refused(request, refusal, visit, practice)
    return look(request, *_extended(visit, more, added), practice=practice, now=now, count=count)


def _extended(visit: Appointment, more: Extension, added: int) -> tuple[Looked, Run]:
    def run(rows: list[Chosen], **about: Any) -> SeriesActed:
        return operations.extend_series(more.series.pk, rows, count=len(more.lines), **about)

    looked = Looked(
        template=more.template,
        pattern=more.pattern,
        rule=more.lines,
        zone=more.zone,
        added=added,
        title="Extend the series",
        post_url=reverse("scheduling:series-extend", args=[visit.public_id]),
        back_url="",
        who=answers.who(visit),
        tells=bool(more.template.client_ids),
    )
    return looked, run


def look(
    request: StaffRequest,
    looked: Looked,
    run: Run,
    *,
    practice: Practice,
    now: dt.datetime,
    count: int | None = None,
) -> HttpResponse:
    """The table; or, when its button was pressed and every row may stand, the answer to the act."""
    choices = Choices.of(request.actor)
    if request.POST.get("act") == "add" and len(looked.rule) < MOST:
        looked = _one_more(looked)
    rows = rows_from(request.POST, looked.rule, choices, clock_24h=practice.clock_24h)
    planned = plan_series(
        looked.template, [row.line for row in rows], zone=looked.zone, now=now, held=looked.held
    )
    table = Table(looked=looked, rows=rows, planned=planned, choices=choices, practice=practice, count=count)
    if request.POST.get("act") != "book":
        return _page(request, table)
    if table.is_blocked and not _was_sent(request.POST):
        return _page(request, table, status=table.status, is_refused=True)
    about = {"by": request.actor, "change_id": _change_id(request.POST)}
    try:
        acted = run(chosen_from(planned, looked.rule), **about)
    except NotAllowed as refusal:
        raise PermissionDenied(refusal.message) from refusal
    except Refusal as refusal:
        return _page(request, table, status=409, is_refused=True, refusal=refusal)
    return _done(request, looked, acted, practice)


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    looked: Looked
    rows: Sequence[RowInput]
    planned: Sequence[Planned]
    choices: Choices
    practice: Practice
    count: int | None

    @property
    def is_blocked(self) -> bool:
        return any(row.error for row in self.rows) or any(row.blocks for row in self.planned)

    @property
    def status(self) -> int:
        """409 when something else holds a place, else 422."""
        codes = {problem.code for row in self.planned if row.blocks for problem in row.against}
        return 409 if codes & OVERLAPS else 422

    @property
    def wanted(self) -> int:
        return len(self.planned) - self.skipped

    @property
    def skipped(self) -> int:
        return sum(row.line.is_skipped for row in self.planned)

    def shown(self, *, can_override: bool) -> list[dict[str, Any]]:
        providers = [(key, one.name) for key, one in self.choices.providers.items()]
        rooms = [(key, f"{one.name}, {one.location.name}") for key, one in self.choices.rooms.items()]
        # Most rows have the same provider and room: their options are written once.
        provider_options, room_options = cache(partial(_options, providers)), cache(partial(_options, rooms))
        return [
            self._shown(row, planned, can_override=can_override)
            | {"provider_options": provider_options(row.provider), "room_options": room_options(row.room)}
            for row, planned in zip(self.rows, self.planned, strict=True)
        ]

    def _shown(self, row: RowInput, planned: Planned, *, can_override: bool) -> dict[str, Any]:
        provider, room = self.choices.providers.get(row.provider), self.choices.rooms.get(row.room)
        return {
            "row": row,
            "planned": planned,
            "day": f"{words.short_day(row.line.on)}, {row.line.on.year}",
            "tone": _tone(planned),
            "state": _state(planned),
            "says": [problem.message for problem in planned.problems],
            "is_open": row.is_open or bool(row.error) or planned.blocks,
            "asks_why": can_override and planned.may_override and not planned.line.is_skipped,
            "provider": provider.name if provider else "",
            "room": room.name if room else "",
        }

    def covers(self) -> list[str]:
        """What insurers still allow, in words."""
        found = allowances(self.looked.template.client_ids, self.planned)
        return [
            f"{one.authorization}: {one.left} of {one.authorization.sessions} sessions left "
            + (f"cover rows 1 to {one.covered}." if one.covered else "cover none of these.")
            for one in found
        ]


def _options(choices: Sequence[tuple[str, str]], chosen: str) -> SafeString:
    marked = ((key, " selected" if key == chosen else "", name) for key, name in choices)
    return format_html_join("", '<option value="{}"{}>{}</option>', marked)


def _state(planned: Planned) -> str:
    if planned.line.is_skipped:
        return "Skipped"
    if planned.is_overridden:
        return "Overridden"
    if planned.closures and planned.against:
        return "Closed"
    return "In the way" if planned.against else "Free"


def _tone(planned: Planned) -> str:
    if planned.line.is_skipped:
        return ""
    return "ok" if not planned.against else ("warn" if planned.is_overridden else "bad")


def _page(
    request: StaffRequest,
    table: Table,
    *,
    status: int = 200,
    is_refused: bool = False,
    refusal: Refusal | None = None,
) -> HttpResponse:
    part = PARTS.get(request.headers.get("HX-Target", ""), "")
    looked = table.looked
    shown = {
        "looked": looked,
        "said": looked.pattern.said,
        "table": table,
        "rows": table.shown(can_override=may(request.actor, "visit.override")),
        "covers": table.covers(),
        "carried": _carried(request.POST, looked),
        "change_id": answers.fresh_id(),
        "is_refused": is_refused,
        "refusal": refusal,
        "is_dialog": bool(part),
        "blocked": sum(row.blocks for row in table.planned),
    }
    return render(request, f"scheduling/series.html{part}", shown, status=status)


def _one_more(looked: Looked) -> Looked:
    """A row at the end, in step; the posted rows above it keep their numbers."""
    last = looked.rule[-1]
    [on] = looked.pattern.more(last.on, 1)
    return replace(looked, rule=[*looked.rule, replace(last, on=on)], added=looked.added + 1)


def _carried(post: QueryDict, looked: Looked) -> list[tuple[str, str]]:
    """What the booking form said, "any free room" made the one that was found, so that it stays the same one."""
    room = "" if looked.template.room_id is None else str(looked.template.room_id)
    return [
        (name, room if name == "room" else str(value))
        for name, values in post.lists()
        for value in values
        if name not in OWN and not name.startswith("row-")
    ]


def _was_sent(post: QueryDict) -> bool:
    """A second press of the button: its own visits must not stand in its way."""
    change_id = _change_id(post)
    return change_id is not None and Change.objects.filter(pk=change_id).exists()


def _done(request: StaffRequest, looked: Looked, acted: SeriesActed, practice: Practice) -> HttpResponse:
    first, number = acted.appointments[0], len(acted.appointments)
    visits = "1 visit" if number == 1 else f"{number} visits"
    text = f"Booked {visits} of {looked.who}, from {answers.when(first, practice)} on."
    said = Said(text=text, detail=answers.waits(acted.change, tells=looked.tells))
    back = looked.done_url or answers.calendar_url(first, practice)
    return answers.done(request, said, acted.change, back=back, visit=first)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """What an act on a series would touch. `kept`: the days of the visits it leaves alone, in words."""

    following: int
    all: int
    kept: str


def reach_of(visit: Appointment, act: str, now: dt.datetime) -> Reach | None:
    """None for a visit that does not repeat, or no longer follows its series."""
    if visit.series is None:
        return None
    rows = list(visit.series.appointments.order_by("starts_at", "pk").prefetch_related("attendances"))
    try:
        following, _ = in_scope(visit, rows, Scope.FOLLOWING, act=act, now=now)
        touched, kept = in_scope(visit, rows, Scope.ALL, act=act, now=now)
    except Refusal:
        return None
    ahead = [row for row in kept if row.starts_at > now and row.changed_alone]
    return Reach(following=len(following), all=len(touched), kept=_days(ahead))


def answered(
    request: StaffRequest, acted: SeriesActed, did: str, visit: Appointment, *, tells: bool
) -> HttpResponse:
    """What became of several visits, and which were left alone."""
    practice, number = the_practice(), len(acted.appointments)
    visits = "1 visit" if number == 1 else f"{number} visits"
    text = f"{did} {visits} of {answers.who(visit)}."
    if kept := [row for row in acted.kept if row.changed_alone]:
        text = f"{text} Left alone, since changed by themselves: {_days(kept)}."
    detail = answers.waits(acted.change, tells=tells) if visit.attendances.exists() else ""
    back = answers.calendar_url(acted.appointments[0], practice)
    return answers.done(request, Said(text=text, detail=detail), acted.change, back=back)


def _days(visits: Sequence[Appointment]) -> str:
    zone = the_practice().tz
    return ", ".join(words.short_day(row.starts_at.astimezone(zone).date()) for row in visits)


def _number(post: QueryDict, name: str, *, most: int) -> int:
    text = post.get(name, "")
    return min(int(text), most) if text.isascii() and text.isdecimal() and len(text) < 6 else 0


def _change_id(post: QueryDict) -> uuid.UUID | None:
    try:
        return uuid.UUID(post.get("change_id", ""))
    except ValueError:
        return None
