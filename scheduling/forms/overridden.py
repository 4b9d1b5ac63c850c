"""What one may ask the report of overrides; all of it stands in the address."""

from __future__ import annotations

import datetime as dt
from typing import Any, cast
from zoneinfo import ZoneInfo

from django import forms

from practice.models import Provider, User
from scheduling.queries.overridden import Asked


class OverridesSearch(forms.Form):
    first_on = forms.DateField(label="From", required=False, widget=forms.DateInput({"type": "date"}))
    last_on = forms.DateField(label="Until", required=False, widget=forms.DateInput({"type": "date"}))
    by = forms.ModelChoiceField(
        label="By", queryset=User.objects.order_by("name"), required=False, empty_label="Anybody"
    )
    code = forms.ChoiceField(label="What", required=False)
    provider = forms.ModelChoiceField(
        label="With",
        queryset=Provider.objects.all(),
        required=False,
        to_field_name="public_id",
        empty_label="Any provider",
    )

    def __init__(self, *args: Any, codes: list[tuple[str, str]], **options: Any) -> None:
        super().__init__(*args, **options)
        cast(forms.ChoiceField, self.fields["code"]).choices = [("", "Anything"), *codes]

    def asked(self, zone: ZoneInfo) -> Asked | None:
        """Dates are the practice's, both included. None for a search that makes no sense."""
        if not self.is_valid():
            return None
        data = self.cleaned_data
        last = data["last_on"]
        return Asked(
            by=data["by"].pk if data["by"] else None,
            code=data["code"],
            provider=data["provider"].pk if data["provider"] else None,
            since=_midnight(data["first_on"], zone),
            until=_midnight(last + dt.timedelta(days=1) if last else None, zone),
        )


def _midnight(day: dt.date | None, zone: ZoneInfo) -> dt.datetime | None:
    return dt.datetime.combine(day, dt.time(), zone) if day else None
