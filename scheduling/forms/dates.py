"""Doors for dates that differ: one provider's exceptions, closed days, and public holidays to close on."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django import forms

from availability.models import Closure
from availability.rules import public_days
from availability.rules.expansion import LAST_MINUTE
from availability.rules.public_days import PublicDay
from availability.rules.wishes import ClosureWish
from availability.states import ExceptionKind
from practice.models import Location
from scheduling.forms.hours import EndTimeField, date_field
from scheduling.forms.typed import TypedTimeField

KINDS = [
    (ExceptionKind.ABSENT, "Not in"),
    (ExceptionKind.EXTRA, "In besides the week"),
    (ExceptionKind.INSTEAD, "Other hours than the week"),
]
YEARS_AHEAD = 3


def _places() -> list[tuple[int | str, str]]:
    return [("", "Anywhere"), *Location.objects.values_list("pk", "name")]


def _everywhere() -> list[tuple[int | str, str]]:
    return [("", "The whole practice"), *Location.objects.values_list("pk", "name")]


class ActForm(forms.Form):
    """`seen`: the visits in the way its reader was shown."""

    change_id = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    seen = forms.CharField(widget=forms.HiddenInput, required=False, max_length=32)


class ExceptionForm(ActForm):
    on = date_field("Day")
    kind = forms.ChoiceField(
        label="That day", choices=KINDS, widget=forms.RadioSelect, initial=ExceptionKind.ABSENT
    )
    starts_at = TypedTimeField(label="From", required=False)
    ends_at = EndTimeField(label="Until", required=False)
    location = forms.TypedChoiceField(
        label="Where", coerce=int, empty_value=None, required=False, choices=_places
    )
    reason = forms.CharField(
        label="Why", max_length=80, required=False, help_text="Shown on the calendar: Training, Dentist."
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if self.errors:
            return data
        start, end = data.get("starts_at"), data.get("ends_at")
        if data["kind"] == ExceptionKind.ABSENT and not (start or end):
            return data | {"starts_at": dt.time(), "ends_at": LAST_MINUTE}
        if not (start and end):
            self.add_error("ends_at" if start else "starts_at", "Say from when until when.")
        elif start >= end:
            self.add_error("ends_at", "The end must come after the start.")
        return data

    @property
    def facts(self) -> dict[str, Any]:
        data = self.cleaned_data
        names = ("on", "kind", "starts_at", "ends_at", "reason", "seen", "change_id")
        return {name: data[name] for name in names} | {"location_id": data["location"]}


class ClosureForm(ActForm):
    reason = forms.CharField(label="Why", max_length=80)
    first_on = date_field("First day")
    last_on = date_field("Last day", required=False)
    location = forms.TypedChoiceField(
        label="What is closed", coerce=int, empty_value=None, required=False, choices=_everywhere
    )

    @property
    def wish(self) -> ClosureWish:
        data = self.cleaned_data
        return ClosureWish(
            first_on=data["first_on"],
            last_on=data["last_on"] or data["first_on"],
            reason=data["reason"].strip(),
            location_id=data["location"],
        )


class HolidayForm(forms.Form):
    """Which list: its own address, so that choosing keeps nothing."""

    country = forms.ChoiceField(label="Country", choices=lambda: list(public_days.countries().items()))
    region = forms.ChoiceField(label="Region", required=False)
    year = forms.TypedChoiceField(label="Year", coerce=int)
    location = forms.TypedChoiceField(
        label="What is closed", coerce=int, empty_value=None, required=False, choices=_everywhere
    )

    def __init__(self, data: Any, *, today: dt.date) -> None:
        said: dict[str, Any] = {"country": "US", "year": today.year + (today.month > 9)}
        said |= {name: value for name, value in data.items() if name in self.base_fields}
        self.today = today
        years = range(today.year, today.year + YEARS_AHEAD)
        known = public_days.regions(said["country"])
        if said.get("region") not in known:
            said["region"] = ""
        super().__init__(said)
        self.fields["region"].choices = [("", "All of it"), *known.items()]  # type: ignore[attr-defined]
        self.fields["year"].choices = [(n, str(n)) for n in years]  # type: ignore[attr-defined]

    @property
    def days(self) -> list[PublicDay]:
        """Those still to come."""
        if not self.is_valid():
            return []
        data = self.cleaned_data
        found = public_days.public_days(data["country"], data["region"], data["year"])
        return [day for day in found if day.on >= self.today]

    def wishes(self, ticked: list[str]) -> list[ClosureWish]:
        """Only days of the list, under its own names."""
        place = self.cleaned_data["location"]
        return [
            ClosureWish(first_on=day.on, last_on=day.on, reason=day.name, location_id=place)
            for day in self.days
            if day.on.isoformat() in ticked
        ]

    def closed_already(self) -> dict[dt.date, str]:
        """Date → why; days the practice, or the place asked about, is closed anyway."""
        days = self.days
        if not days:
            return {}
        rows = Closure.objects.between(days[0].on, days[-1].on)
        place = self.cleaned_data["location"]
        closed = [row for row in rows if row.location_id in (None, place)]
        return {day.on: row.reason for day in days for row in closed if row.first_on <= day.on <= row.last_on}


class HolidayActForm(ActForm):
    """Beside a HolidayForm."""
