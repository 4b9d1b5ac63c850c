"""Settings: the weekly hours of a provider. The week is drawn in the form and stored only by Save."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_http_methods, require_safe

from availability.permissions import may_change_hours
from core.actors import Actor
from core.refusals import Refusal
from practice.middleware import StaffRequest
from practice.models import Practice, Provider
from practice.queries import practice_and_now
from scheduling.forms.hours import Draft, FromForm, Options, a_row, rows_of, typed_rows
from scheduling.operations import hours
from scheduling.operations.hours import Strands
from scheduling.queries.hours import earlier_hours, periods, weekly_blocks
from scheduling.queries.stranded import Stranded, token_of
from scheduling.rules import words
from scheduling.rules.week import free_span
from scheduling.views import answers
from scheduling.views.answers import Said
from scheduling.views.stranded import lines_of
from scheduling.views.week import week_of

PART = "week"
Rows = list[dict[str, Any]]


@require_safe
def hours_home(request: StaffRequest) -> HttpResponse:
    """One's own hours first, else somebody's."""
    found = providers_of(request.actor)
    own = [p for p in found if p.pk == request.actor.provider_id] or found
    if not own:
        raise PermissionDenied
    return redirect("scheduling:hours", own[0].public_id)


@require_http_methods(["GET", "HEAD", "POST"])
def hours_week(request: StaffRequest, public_id: uuid.UUID) -> HttpResponse:
    desk = Desk.of(request, public_id)
    if request.method == "POST":
        return _drawn(request, desk) if request.POST.get("act") != "save" else _saved(request, desk)
    blocks = weekly_blocks(desk.provider.pk, desk.from_on)
    return _page(request, desk, desk.draft(rows_of(blocks, desk.from_on, clock_24h=desk.practice.clock_24h)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Whose week, by whom, from which day."""

    provider: Provider
    practice: Practice
    by: Actor
    today: dt.date
    from_on: dt.date
    from_form: FromForm

    @classmethod
    def of(cls, request: StaffRequest, public_id: uuid.UUID) -> Desk:
        practice, now = practice_and_now()
        today = now.astimezone(practice.tz).date()
        asked = request.POST if request.method == "POST" else request.GET
        from_on = _day(asked, today)
        fresh = {"change_id": uuid.uuid4(), "from_on": from_on}
        form = FromForm(asked) if request.method == "POST" else FromForm(initial=fresh)
        provider = provider_for(request.actor, public_id)
        return cls(
            provider=provider,
            practice=practice,
            by=request.actor,
            today=today,
            from_on=from_on,
            from_form=form,
        )

    def draft(self, rows: Rows) -> Draft:
        return Draft.of(rows, self.from_on, Options.of(self.provider, self.practice, self.from_on))

    def typed(self, post: QueryDict) -> Rows:
        return typed_rows(post, clock_24h=self.practice.clock_24h)

    @property
    def url(self) -> str:
        return reverse("scheduling:hours", args=[self.provider.public_id])


def provider_for(by: Actor, public_id: uuid.UUID) -> Provider:
    """404 for one out of sight, 403 for one whose hours are not this actor's to change."""
    provider = get_object_or_404(Provider.objects.visible_to(by), public_id=public_id)
    if not may_change_hours(by, provider.pk):
        raise PermissionDenied
    return provider


def _day(asked: QueryDict, today: dt.date) -> dt.date:
    """Of the form or the address; today for nonsense, and for a day that has passed in the address."""
    try:
        found = parse_date(asked.get("from_on") or asked.get("from") or "")
    except ValueError:
        found = None
    return max(found, today) if found else today


def providers_of(by: Actor) -> list[Provider]:
    seen = Provider.objects.visible_to(by).active()
    return [provider for provider in seen if may_change_hours(by, provider.pk)]


# --- drawing: each act takes the rows as they were typed, and gives them back changed, with the row to open ---------


def _drawn(request: StaffRequest, desk: Desk) -> HttpResponse:
    draws = ACTS.get(_act(request.POST), _check)
    rows, opened = draws(desk.typed(request.POST), request.POST, desk)
    draft = desk.draft(rows)
    draft.opened = opened if opened is not None and 0 <= opened < len(draft.rows) else None
    return _page(request, desk, draft, stranded=_dry_run(desk, draft))


def _act(post: QueryDict) -> str:
    """The button pressed; the plain ones carry their row or day as value."""
    return next((name for name in ("open", "add", "remove", "copy") if name in post), post.get("act", ""))


def _number(post: QueryDict, name: str) -> int:
    text = post.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 5 else -1


def _check(rows: Rows, post: QueryDict, desk: Desk) -> tuple[Rows, int | None]:
    return rows, _number(post, "opened")


def _open(rows: Rows, post: QueryDict, desk: Desk) -> tuple[Rows, int | None]:
    return rows, _number(post, "open")


def _add(rows: Rows, post: QueryDict, desk: Desk) -> tuple[Rows, int | None]:
    """A block on that day: where it was drawn, else after the last one."""
    weekday = _number(post, "add") % 7
    beside = [row for row in rows if str(row.get("weekday")) == str(weekday)]
    drawn = _number(post, "new-start"), _number(post, "new-end")
    if not 0 <= drawn[0] < drawn[1] <= 1440:
        taken = [p.span for p in desk.draft(rows).pieces if p.weekday == weekday]
        drawn = free_span(taken, desk.practice.opens_at, desk.practice.closes_at)
    like = next(reversed(beside or rows), None)
    return [*rows, a_row(weekday, drawn, like, clock_24h=desk.practice.clock_24h)], len(rows)


def _remove(rows: Rows, post: QueryDict, desk: Desk) -> tuple[Rows, int | None]:
    gone = _number(post, "remove")
    return [row for n, row in enumerate(rows) if n != gone], None


def _copy(rows: Rows, post: QueryDict, desk: Desk) -> tuple[Rows, int | None]:
    """The ticked days then look like this one."""
    day, to = str(_number(post, "copy")), set(post.getlist("copy-to"))
    to -= {day}
    kept = [row for row in rows if str(row.get("weekday")) not in to]
    source = [row for row in rows if str(row.get("weekday")) == day]
    return kept + [{**row, "weekday": other} for other in sorted(to) for row in source], None


def _take(rows: Rows, post: QueryDict, desk: Desk) -> tuple[Rows, int | None]:
    """The week of somebody else, as it stands on the day; nothing for somebody out of sight."""
    public_id = post.get("take-from", "")
    other = next((p for p in Provider.objects.visible_to(desk.by) if str(p.public_id) == public_id), None)
    if other is None:
        return rows, None
    blocks = weekly_blocks(other.pk, desk.from_on)
    return rows_of(blocks, desk.from_on, clock_24h=desk.practice.clock_24h), None


ACTS: dict[str, Callable[[Rows, QueryDict, Desk], tuple[Rows, int | None]]] = {
    "open": _open,
    "add": _add,
    "remove": _remove,
    "copy": _copy,
    "take": _take,
}


def _dry_run(desk: Desk, draft: Draft) -> list[Stranded]:
    """Visits the drawn week would strand; none while it cannot be saved anyway."""
    if not draft.is_sound:
        return []
    try:
        return hours.strands_of_week(desk.provider.pk, draft.wishes(), from_on=desk.from_on, by=desk.by)
    except Refusal:
        return []


# --- saving ---------------------------------------------------------------------------------------------------------


def _saved(request: StaffRequest, desk: Desk) -> HttpResponse:
    draft = desk.draft(desk.typed(request.POST))
    if not (desk.from_form.is_valid() and draft.is_sound):
        return _page(request, desk, draft, status=422)
    asked = desk.from_form.cleaned_data
    try:
        acted = hours.set_week(
            desk.provider.pk,
            draft.wishes(),
            from_on=asked["from_on"],
            seen=asked["seen"],
            by=desk.by,
            change_id=asked["change_id"],
        )
    except Strands as question:
        return _page(request, desk, draft, stranded=question.stranded, refusal=question, status=409)
    except Refusal as refusal:
        return _page(request, desk, draft, refusal=refusal, status=409)
    day = words.short_day(asked["from_on"])
    text = f"{desk.provider.name}’s hours are saved, from {day} on."
    return answers.done(request, Said(text=text), acted.change, back=desk.url)


def _page(
    request: StaffRequest,
    desk: Desk,
    draft: Draft,
    *,
    stranded: list[Stranded] | None = None,
    refusal: Refusal | None = None,
    status: int = 200,
) -> HttpResponse:
    """Page and part share their address; a saved week is drawn anew by the part."""
    stranded = stranded or []
    shown = week_of(draft, desk.practice) | {
        "provider": desk.provider,
        "providers": providers_of(desk.by),
        "draft": draft,
        "from_form": desk.from_form,
        "from_said": words.day(desk.from_on),
        "change_id": desk.from_form["change_id"].value() or uuid.uuid4(),
        "stranded": lines_of(stranded, desk.practice),
        "seen": token_of(one.visit.public_id for one in stranded),
        "refusal": refusal,
        "url": desk.url,
        "others": [p for p in Provider.objects.visible_to(desk.by).active() if p != desk.provider],
        "periods": periods(weekly_blocks(desk.provider.pk, desk.today), desk.today, desk.from_on),
        "earlier": earlier_hours(desk.provider.pk, desk.today, clock_24h=desk.practice.clock_24h),
    }
    part = f"#{PART}" if request.headers.get("HX-Target") == PART else ""
    return render(request, f"scheduling/hours.html{part}", shown, status=status)


urlpatterns_hours = [
    path("settings/hours/", hours_home, name="hours-home"),
    path("settings/hours/<uuid:public_id>/", hours_week, name="hours"),
]
