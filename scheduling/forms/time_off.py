"""Doors for time off: asking for it, saying no, and the plan of its visits."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.db.models import QuerySet

from availability.models import TimeOff
from availability.rules.wishes import TimeOffWish
from availability.states import DefaultPlan, TimeOffKind
from core.walltime import ONE_DAY
from practice.models import Provider
from scheduling.forms.hours import date_field
from scheduling.forms.typed import TypedTimeField, said_time
from scheduling.models import Appointment
from scheduling.operations import Row, Terms
from scheduling.states import IfSilent, Way


class TimeOffForm(forms.Form):
    change_id = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    edition = forms.IntegerField(widget=forms.HiddenInput, required=False)
    provider = forms.ModelChoiceField(
        label="Who is away", queryset=Provider.objects.none(), to_field_name="public_id", empty_label=None
    )
    kind = forms.ChoiceField(
        label="What for", choices=TimeOffKind.choices, widget=forms.RadioSelect, initial=TimeOffKind.VACATION
    )
    first_on = date_field("First day")
    starts_at = TypedTimeField(label="From", required=False)
    last_on = date_field("Last day", required=False)
    ends_at = TypedTimeField(label="Until", required=False)
    cover = forms.ModelChoiceField(
        label="Who could cover",
        queryset=Provider.objects.active(),
        to_field_name="public_id",
        required=False,
        empty_label="Nobody in particular",
    )
    default_plan = forms.ChoiceField(
        label="What should become of the visits", choices=DefaultPlan.choices, initial=DefaultPlan.BEST
    )
    note = forms.CharField(
        label="Note",
        required=False,
        max_length=500,
        widget=forms.Textarea,
        help_text="For whoever decides. The calendar says only “Time off”.",
    )

    def __init__(self, *args: Any, providers: QuerySet[Provider], zone: ZoneInfo, **options: Any) -> None:
        super().__init__(*args, **options)
        self.zone = zone
        self.fields["provider"].queryset = providers  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if self.errors:
            return data
        provider = data["provider"]
        zone = ZoneInfo(provider.zone) if provider.zone else self.zone
        last = data["last_on"] or data["first_on"]
        start = dt.datetime.combine(data["first_on"], data["starts_at"] or dt.time(), zone)
        end = dt.datetime.combine(last, data["ends_at"], zone) if data["ends_at"] else _midnight(last, zone)
        if end <= start:
            self.add_error("last_on", "The end must come after the start.")
        return data | {"start": start, "end": end}

    @property
    def wish(self) -> TimeOffWish:
        data = self.cleaned_data
        return TimeOffWish(
            kind=data["kind"],
            starts_at=data["start"],
            ends_at=data["end"],
            note=data["note"].strip(),
            cover_id=data["cover"].pk if data["cover"] else None,
            default_plan=data["default_plan"],
        )


def _midnight(last: dt.date, zone: ZoneInfo) -> dt.datetime:
    return dt.datetime.combine(last + ONE_DAY, dt.time(), zone)


def initial_of(row: TimeOff, zone: ZoneInfo, *, clock_24h: bool) -> dict[str, Any]:
    """As it was typed: midnights are whole days."""
    start, end = row.starts_at.astimezone(zone), row.ends_at.astimezone(zone)
    is_whole = end.time() == dt.time()
    return {
        "provider": row.provider,
        "kind": row.kind,
        "first_on": start.date(),
        "starts_at": "" if start.time() == dt.time() else said_time(start, clock_24h=clock_24h),
        "last_on": end.date() - ONE_DAY if is_whole else end.date(),
        "ends_at": "" if is_whole else said_time(end, clock_24h=clock_24h),
        "cover": row.cover,
        "default_plan": row.default_plan,
        "note": row.note,
        "edition": row.edition,
    }


class DecideForm(forms.Form):
    change_id = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    edition = forms.IntegerField(widget=forms.HiddenInput, required=False)
    reason = forms.CharField(label="Why not", max_length=300, required=False)


class TermsForm(forms.Form):
    """How clients are asked."""

    change_id = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    edition = forms.IntegerField(widget=forms.HiddenInput, required=False)
    hours_before = forms.TypedChoiceField(
        label="Answers count until",
        coerce=int,
        choices=[
            (1, "1 hour before the visit"),
            (2, "2 hours before"),
            (4, "4 hours before"),
            (24, "a day before"),
        ],
        initial=2,
    )
    if_silent = forms.ChoiceField(label="Without an answer", choices=IfSilent.choices, initial=IfSilent.CALL)

    @property
    def terms(self) -> Terms:
        if not (self.is_bound and self.is_valid()):
            return Terms()
        data = self.cleaned_data
        return Terms(hours_before=data["hours_before"], if_silent=data["if_silent"])


@dataclass(frozen=True, slots=True)
class Picked:
    """What the form says of one visit; nonsense says nothing."""

    key: str
    edition: int
    is_agreed: bool
    is_ticked: bool

    @classmethod
    def of(cls, posted: Mapping[str, str], visit: Appointment) -> Picked:
        edition = posted.get(f"edition-{visit.public_id}", "")
        return cls(
            posted.get(f"row-{visit.public_id}", ""),
            int(edition) if edition.isdecimal() else 0,
            f"agreed-{visit.public_id}" in posted,
            f"tick-{visit.public_id}" in posted,
        )

    def row(self, visit: Appointment, providers: Mapping[str, int]) -> Row:
        """providers: public id → id. A key nobody offered names no way, and the operation refuses it."""
        way, _, rest = self.key.partition(".")
        return Row(
            appointment_id=visit.pk,
            edition=self.edition,
            way=way,
            provider_id=providers.get(rest) if way == Way.COVER else None,
            starts_at=_moment(rest) if way == Way.MOVE else None,
            agreed=self.is_agreed,
        )


def _moment(text: str) -> dt.datetime | None:
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        return None
    return dt.datetime.fromtimestamp(int(text) * 60, tz=dt.UTC)
