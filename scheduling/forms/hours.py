"""The week of a provider as a form: one row a block, with the names `availability.operations.set_week` gives them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError

from availability.models import WeeklyBlock
from availability.rules.clashes import first_clash
from availability.rules.expansion import LAST_MINUTE, Block, in_turn
from availability.rules.wishes import WeekBlock
from practice.models import Location, Practice, Provider
from scheduling.forms.typed import TypedTimeField, said_time
from scheduling.rules import words
from scheduling.rules.week import DAYS, Piece, minutes_of, monday_in_turn, said_span, turn_of

EVERY_WEEK = "every"
MOST_BLOCKS = 70


class EndTimeField(TypedTimeField):
    """Midnight, and 24:00, are the end of the day."""

    def to_python(self, value: object) -> dt.time | None:  # type: ignore[override]  # as TypedTimeField
        if str(value or "").strip() in ("24:00", "24"):
            return LAST_MINUTE
        at = super().to_python(value)
        return LAST_MINUTE if at == dt.time() else at


def date_field(label: str, **more: Any) -> forms.DateField:
    return forms.DateField(
        label=label,
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": "Write a date like 2026-11-24."},
        **more,
    )


class BlockForm(forms.Form):
    weekday = forms.TypedChoiceField(label="Day", coerce=int, choices=list(enumerate(DAYS)))
    starts_at = TypedTimeField(label="From")
    ends_at = EndTimeField(label="Until")
    location = forms.TypedChoiceField(
        label="Where",
        coerce=int,
        empty_value=None,
        required=False,
        help_text="Anywhere: by video, or at any office.",
    )
    telehealth_ok = forms.BooleanField(label="Telehealth visits too", required=False)
    max_visits = forms.IntegerField(label="At most, visits", min_value=1, max_value=100, required=False)
    weeks = forms.ChoiceField(label="Weeks")
    effective_from_on = date_field("First day", required=False)
    effective_until_on = date_field("Last day", required=False)

    def __init__(self, data: Mapping[str, Any], *, index: int, options: Options) -> None:
        super().__init__(data, prefix=f"blocks-{index}", auto_id="%s")
        self.index = index
        self.fields["location"].choices = options.locations  # type: ignore[attr-defined]
        self.fields["weeks"].choices = options.weeks  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        start, end = data.get("starts_at"), data.get("ends_at")
        if start and end and start >= end:
            self.add_error("ends_at", "The end must come after the start.")
        first, last = data.get("effective_from_on"), data.get("effective_until_on")
        if first and last and last < first:
            self.add_error("effective_until_on", "The last day must not come before the first.")
        return data

    @property
    def piece(self) -> Piece | None:
        """Where it is drawn; None while its times make no sense."""
        if not self.is_valid():
            return None
        data = self.cleaned_data
        span = minutes_of(data["starts_at"]), minutes_of(data["ends_at"], is_end=True)
        return Piece(self.index, data["weekday"], span)


@dataclass(frozen=True, slots=True)
class Options:
    """What every row chooses from, read once. `zones`: location → its own, where it has one."""

    locations: Sequence[tuple[int | str, str]]
    weeks: Sequence[tuple[str, str]]
    zones: Mapping[int, ZoneInfo]
    own: ZoneInfo
    clock_24h: bool

    @classmethod
    def of(cls, provider: Provider, practice: Practice, from_on: dt.date) -> Options:
        places = list(Location.objects.all())
        zones = {place.pk: ZoneInfo(place.zone) for place in places if place.zone}
        own = ZoneInfo(provider.zone) if provider.zone else practice.tz
        turns = sorted(monday_in_turn(from_on, turn) for turn in (0, 1))
        alternate = [(str(turn_of(m)), f"Every second, from {words.short_day(m)}") for m in turns]
        locations: list[tuple[int | str, str]] = [("", "Anywhere")]
        locations += [(place.pk, place.name) for place in places]
        return cls(locations, [(EVERY_WEEK, "Every week"), *alternate], zones, own, practice.clock_24h)


@dataclass(slots=True)
class Draft:
    """A week being drawn: nothing of it is stored until it is saved. `opened`: the row whose fields are shown."""

    rows: list[BlockForm]
    from_on: dt.date
    options: Options
    opened: int | None = None
    clashes: dict[int, str] = field(default_factory=dict)

    @classmethod
    def of(cls, rows: Iterable[Mapping[str, Any]], from_on: dt.date, options: Options) -> Draft:
        """rows: column → what was typed, or what stands in the table."""
        forms_ = [
            BlockForm({f"blocks-{n}-{name}": value for name, value in row.items()}, index=n, options=options)
            for n, row in enumerate(rows)
        ]
        draft = cls(forms_, from_on, options)
        draft.clashes = draft._find_clash()
        return draft

    @property
    def pieces(self) -> list[Piece]:
        return [piece for form in self.rows if (piece := form.piece) is not None]

    @property
    def is_sound(self) -> bool:
        return not self.clashes and all(form.is_valid() for form in self.rows)

    def wishes(self) -> list[WeekBlock]:
        """Of a sound draft; what ends before the week begins is left out."""
        return [self._wish(form.cleaned_data) for form in self.rows if not self._is_over(form.cleaned_data)]

    def _is_over(self, data: Mapping[str, Any]) -> bool:
        last = data.get("effective_until_on")
        return last is not None and last < self.from_on

    def _wish(self, data: Mapping[str, Any]) -> WeekBlock:
        first = data["effective_from_on"]
        is_second = data["weeks"] != EVERY_WEEK
        return WeekBlock(
            weekday=data["weekday"],
            starts_at=data["starts_at"],
            ends_at=data["ends_at"],
            location_id=data["location"],
            telehealth_ok=data["telehealth_ok"],
            max_visits=data["max_visits"],
            every_weeks=2 if is_second else 1,
            effective_from_on=first if first and first > self.from_on else None,
            effective_until_on=data["effective_until_on"],
            counts_from_on=monday_in_turn(self.from_on, int(data["weeks"])) if is_second else None,
        )

    def _find_clash(self) -> dict[int, str]:
        """Both rows of the first overlap, each told of the other."""
        sound = [form for form in self.rows if form.is_valid() and not self._is_over(form.cleaned_data)]
        clash = first_clash([self._block(form) for form in sound], self.from_on)
        if clash is None:
            return {}
        one, other = (self.rows[block.id or 0] for block in clash)
        return {one.index: self.said(other), other.index: self.said(one)}

    def _block(self, form: BlockForm) -> Block:
        wish = self._wish(form.cleaned_data)
        first = wish.effective_from_on or self.from_on
        return Block(
            id=form.index,
            weekday=wish.weekday,
            starts_at=wish.starts_at,
            ends_at=wish.ends_at,
            zone=self.options.zones.get(wish.location_id or 0, self.options.own),
            from_on=in_turn(first, wish.counts_from_on or first, wish.every_weeks),
            until_on=wish.effective_until_on,
            every_weeks=wish.every_weeks,
        )

    def said(self, form: BlockForm) -> str:
        data = form.cleaned_data
        span = minutes_of(data["starts_at"]), minutes_of(data["ends_at"], is_end=True)
        return f"{DAYS[data['weekday']]} {said_span(span, h24=self.options.clock_24h)}"


def rows_of(blocks: Iterable[WeeklyBlock], from_on: dt.date, *, clock_24h: bool) -> list[dict[str, Any]]:
    """What stands in the table, as the form would have typed it. A first day only where it is still to come."""
    return [
        {
            "weekday": row.weekday,
            "starts_at": said_time(row.starts_at, clock_24h=clock_24h),
            "ends_at": said_end(row.ends_at, clock_24h=clock_24h),
            "location": row.location_id or "",
            "telehealth_ok": row.telehealth_ok,
            "max_visits": row.max_visits or "",
            "weeks": str(turn_of(row.effective_from_on)) if row.every_weeks > 1 else EVERY_WEEK,
            "effective_from_on": row.effective_from_on.isoformat() if row.effective_from_on > from_on else "",
            "effective_until_on": row.effective_until_on.isoformat() if row.effective_until_on else "",
        }
        for row in blocks
    ]


def said_end(at: dt.time, *, clock_24h: bool) -> str:
    return "24:00" if at >= LAST_MINUTE else said_time(at, clock_24h=clock_24h)


def typed_rows(post: Mapping[str, Any], *, clock_24h: bool) -> list[dict[str, Any]]:
    """The rows of a posted form, in order, as they were typed; times that can be read as the practice says them."""
    names = list(BlockForm.base_fields)
    found = []
    for n in range(MOST_BLOCKS):
        if f"blocks-{n}-weekday" not in post:
            break
        row = {name: post[key] for name in names if (key := f"blocks-{n}-{name}") in post}
        row["starts_at"] = _as_said(row.get("starts_at", ""), TypedTimeField(), said_time, clock_24h)
        row["ends_at"] = _as_said(row.get("ends_at", ""), EndTimeField(), said_end, clock_24h)
        found.append(row)
    return found


def _as_said(text: str, reads: TypedTimeField, says: Callable[..., str], clock_24h: bool) -> str:
    try:
        at = reads.to_python(text)
    except ValidationError:
        return text
    return says(at, clock_24h=clock_24h) if at else text


def a_row(weekday: int, span: tuple[int, int], like: Mapping[str, Any] | None, *, clock_24h: bool) -> dict:
    """A new block; where and how as the one it is drawn beside."""
    start, end = span
    last = dt.time(23, 59) if end >= 1440 else dt.time(*divmod(end, 60))
    usual = {"location": "", "telehealth_ok": True, "max_visits": ""}
    return {
        **(usual if like is None else {name: like.get(name, "") for name in usual}),
        "weekday": weekday,
        "starts_at": said_time(dt.time(*divmod(start, 60)), clock_24h=clock_24h),
        "ends_at": said_end(last, clock_24h=clock_24h),
        "weeks": EVERY_WEEK,
        "effective_from_on": "",
        "effective_until_on": "",
    }


class FromForm(forms.Form):
    """The day the week holds from, and what a press of the button is."""

    change_id = forms.UUIDField(widget=forms.HiddenInput)
    seen = forms.CharField(widget=forms.HiddenInput, required=False, max_length=32)
    from_on = date_field("These hours hold from")
