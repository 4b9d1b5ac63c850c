"""Doors for what repeats: the rhythm as people say it, and the rows of the table that was looked at."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.utils.dateparse import parse_date

from core.actors import Actor
from practice.models import Provider, Room
from scheduling.forms.typed import parse_time, said_time
from scheduling.operations import Chosen, Scope
from scheduling.queries.series import Line, Planned
from scheduling.rules.recurrence import LAST, MOST, NAMES, Every, Pattern, Rhythm

USUAL = 10
REPEATS = (
    ("", "Does not repeat"),
    ("week", "Weekly"),
    ("month_day", "Monthly on this day of the month"),
    ("month_last_day", "Monthly on the last day"),
    ("month_weekday", "Monthly on this weekday, like the second Tuesday"),
    ("month_last_weekday", "Monthly on the last such weekday"),
)
SCOPES = (
    (Scope.THIS.value, "Only this visit"),
    (Scope.FOLLOWING.value, "This and the following visits"),
    (Scope.ALL.value, "All visits still to come"),
)


class RepeatForm(forms.Form):
    """Beside a BookForm, in the same post; without a choice nothing else here is looked at."""

    repeats = forms.ChoiceField(required=False, choices=REPEATS)
    interval = forms.IntegerField(
        required=False, min_value=1, max_value=52, initial=1, label="Every", help_text="weeks or months"
    )
    weekdays = forms.TypedMultipleChoiceField(
        required=False,
        coerce=int,
        choices=[(n, name[:3]) for n, name in enumerate(NAMES)],
        widget=forms.CheckboxSelectMultiple,
        label="On",
        help_text="The weekday of the date, unless others are ticked.",
    )
    count = forms.IntegerField(
        required=False, min_value=1, max_value=MOST, initial=USUAL, label="Number of visits"
    )
    until = forms.DateField(
        required=False,
        label="Or until",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": "Write a date like 2026-11-24."},
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **{"auto_id": "repeat_%s", **options})

    @property
    def is_asked(self) -> bool:
        return bool(self.data.get("repeats"))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if self.is_asked and not self.errors and not (data.get("count") or data.get("until")):
            self.add_error("count", "Say how many visits, or until when.")
        return data

    def rhythm(self, first: dt.date, at: dt.time, zone: ZoneInfo) -> Rhythm | None:
        """From `first` on. None, with the reason among the errors, when that is no rhythm."""
        try:
            pattern = self._pattern(first)
        except ValueError as error:
            self.add_error("repeats", ValidationError(str(error)))
            return None
        rhythm = Rhythm(pattern=pattern, first=first, at=at, zone=zone)
        if not rhythm.dates:
            self.add_error("until", "No visit falls before that day.")
            return None
        return rhythm

    def _pattern(self, first: dt.date) -> Pattern:
        data = self.cleaned_data
        until = data.get("until")
        ends: dict[str, Any] = {
            "interval": data.get("interval") or 1,
            "until": until,
            "count": None if until else data.get("count"),
        }
        weekday = first.weekday()
        repeats = data["repeats"]
        if repeats == "week":
            days = tuple(data.get("weekdays") or [weekday])
            return Pattern(every=Every.WEEK, weekdays=days, **ends)
        if repeats in ("month_day", "month_last_day"):
            nth = first.day if repeats == "month_day" else LAST
            return Pattern(every=Every.MONTH_DAY, nth=nth, **ends)
        nth = (first.day - 1) // 7 + 1 if repeats == "month_weekday" else LAST
        return Pattern(every=Every.MONTH_WEEKDAY, weekdays=(weekday,), nth=nth, **ends)


class ScopeMixin(forms.Form):
    """How much of a series an act is about; only this visit unless somebody says more."""

    scope = forms.ChoiceField(
        required=False, choices=SCOPES, initial=Scope.THIS, widget=forms.RadioSelect, label="For"
    )

    @property
    def chosen_scope(self) -> Scope:
        return Scope(self.cleaned_data.get("scope") or Scope.THIS)


@dataclass(frozen=True, slots=True)
class Choices:
    """Whom and where a row may be given to, read once for all rows."""

    providers: Mapping[str, Provider]
    rooms: Mapping[str, Room]

    @classmethod
    def of(cls, by: Actor) -> Choices:
        providers = Provider.objects.active().visible_to(by)
        rooms = Room.objects.filter(is_active=True).select_related("location")
        return cls(
            providers={str(provider.public_id): provider for provider in providers},
            rooms={str(room.pk): room for room in rooms},
        )


@dataclass(slots=True, kw_only=True)
class RowInput:
    """One row as it was posted. `error`: what could not be read; the line then keeps what the rule says."""

    number: int
    line: Line
    at_said: str
    provider: str
    room: str
    is_open: bool
    error: str = ""


def rows_from(
    post: Mapping[str, Any], lines: Sequence[Line], choices: Choices, *, clock_24h: bool
) -> list[RowInput]:
    """The rows with what was typed into them put over what the rule says."""
    return [_row(post, number, line, choices, clock_24h) for number, line in enumerate(lines)]


def _row(post: Mapping[str, Any], number: int, line: Line, choices: Choices, clock_24h: bool) -> RowInput:
    def said(name: str) -> str | None:
        value = post.get(f"row-{number}-{name}")
        return None if value is None else str(value).strip()

    provider = _key(choices.providers, line.provider_id)
    room = _key(choices.rooms, line.room_id)
    row = RowInput(
        number=number,
        line=line,
        at_said=said("at") or said_time(line.at, clock_24h=clock_24h),
        provider=provider if said("provider") is None else said("provider") or "",
        room=room if said("room") is None else said("room") or "",
        is_open=bool(said("open")) or post.get("open") == str(number),
    )
    row.line = _line(row, said("on"), said("why") or "", is_skipped=bool(said("skip")), choices=choices)
    if line.provider_id and not provider and not row.provider:
        row.error = "Its provider is no longer offered here: choose one."
    elif line.room_id and not room and said("room") is None:
        row.error = "Its room is no longer in use: choose another, or none."
    return row


def _key(known: Mapping[str, Any], pk: int | None) -> str:
    return next((key for key, one in known.items() if one.pk == pk), "")


def _line(row: RowInput, on: str | None, why: str, *, is_skipped: bool, choices: Choices) -> Line:
    day, time = row.line.on, row.line.at
    try:
        day = (parse_date(on) if on else None) or day
        time = parse_time(row.at_said)
    except ValueError:
        row.error = "Write a time like 2:30 pm, 230p or 14:30."
    provider, room = choices.providers.get(row.provider), choices.rooms.get(row.room)
    if (row.provider and provider is None) or (row.room and room is None):
        row.error = "Choose the provider and room again."
    return Line(
        on=day,
        at=time,
        provider_id=provider.pk if provider else None,
        room_id=room.pk if room else None,
        override=why[:200],
        is_skipped=is_skipped,
    )


def chosen_from(planned: Sequence[Planned], rule: Sequence[Line]) -> list[Chosen]:
    """What is booked: the rows that are not skipped. One unlike the rule's own is an exception."""
    return [
        Chosen(
            wish=row.wish,
            override_reason=row.line.override if row.against else "",
            is_exception=_is_exception(row.line, own),
        )
        for row, own in zip(planned, rule, strict=True)
        if not row.line.is_skipped
    ]


def _is_exception(line: Line, own: Line) -> bool:
    return (line.on, line.at, line.provider_id, line.room_id) != (
        own.on,
        own.at,
        own.provider_id,
        own.room_id,
    )
