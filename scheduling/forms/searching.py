"""What somebody looks for, read from an address. No look-ups: names that fit nothing find nothing."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from core.walltime import ONE_DAY
from practice.models import Practice
from practice.states import Modality
from scheduling.forms.typed import TypedMinutesField, TypedTimeField
from scheduling.queries.openings import Search

MOST_DAYS = 92
DEFAULT_DAYS = 14
WEEKDAYS = [(str(n), name) for n, name in enumerate(("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"))]


class UuidsField(forms.Field):
    """Several public ids, as `p=…&p=…`."""

    widget = forms.MultipleHiddenInput

    def to_python(self, value: Any) -> tuple[uuid.UUID, ...]:
        try:
            return tuple(dict.fromkeys(uuid.UUID(str(one)) for one in value or ()))
        except ValueError:
            raise ValidationError("That is not the id of a provider.", code="invalid") from None


class OpeningsForm(forms.Form):
    type = forms.IntegerField(min_value=1, error_messages={"required": "Choose a type."})
    provider = UuidsField(required=False)
    first = forms.DateField(required=False)
    last = forms.DateField(required=False)
    minutes = TypedMinutesField(required=False, least=5)
    location = forms.IntegerField(required=False, min_value=1)
    modality = forms.ChoiceField(required=False, choices=[("", "Any"), *Modality.choices])
    day = forms.MultipleChoiceField(required=False, choices=WEEKDAYS)
    after = TypedTimeField(required=False)
    before = TypedTimeField(required=False)
    insurance = forms.CharField(required=False, max_length=60)
    language = forms.CharField(required=False, max_length=20)
    specialty = forms.CharField(required=False, max_length=60)
    gender = forms.CharField(required=False, max_length=30)
    limit = forms.IntegerField(required=False, min_value=1, max_value=1000)

    def __init__(self, *args: Any, today: dt.date, **options: Any) -> None:
        super().__init__(*args, **options)
        self.today = today

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        first = given.get("first") or self.today
        last = given.get("last") or first + ONE_DAY * (DEFAULT_DAYS - 1)
        if last < first:
            self.add_error("last", "The last day lies before the first.")
        elif (last - first).days >= MOST_DAYS:
            self.add_error("last", f"Search {MOST_DAYS} days at most.")
        return given | {"first": first, "last": last}

    def search(self) -> Search:
        """Only after `is_valid()`."""
        given = self.cleaned_data
        return Search(
            type_id=given["type"],
            first=given["first"],
            last=given["last"],
            providers=given["provider"],
            minutes=given["minutes"],
            location_id=given["location"],
            modality=given["modality"],
            weekdays=frozenset(map(int, given["day"])),
            from_time=given["after"] or dt.time.min,
            until_time=given["before"],
            insurance=given["insurance"],
            language=given["language"],
            specialty=given["specialty"],
            gender=given["gender"],
        )


def today_of(practice: Practice, now: dt.datetime) -> dt.date:
    return now.astimezone(practice.tz).date()
