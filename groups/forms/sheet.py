"""Doors for typed input of the attendance sheet."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from django import forms

from core.actors import Actor
from scheduling.forms.people import PersonRow, people_from
from scheduling.forms.typed import parse_time
from scheduling.forms.visits import ChangeForm
from scheduling.rules.marks import OLDEST, Mark


class MarkForm(ChangeForm):
    """One tap. age: how long ago it was made, in milliseconds by the phone's own clock, which may be wrong but runs on;
    at: when they came, as people type times. Fields that are left out leave what was said.
    """

    attendance = forms.IntegerField(min_value=1)
    mark = forms.ChoiceField(choices=[(mark.value, mark.value) for mark in Mark])
    age = forms.IntegerField(min_value=0, required=False)
    at = forms.CharField(max_length=12, required=False)
    note = forms.CharField(max_length=200, required=False)

    def __init__(
        self, *args: Any, day: dt.date, tz: ZoneInfo, now: dt.datetime, notes: bool, **options: Any
    ) -> None:
        super().__init__(*args, **options)
        self.day, self.tz, self.now, self.notes = day, tz, now, notes

    def clean_at(self) -> dt.datetime | None:
        said = self.cleaned_data["at"].strip()
        if not said:
            return None
        try:
            return dt.datetime.combine(self.day, parse_time(said), self.tz).astimezone(dt.UTC)
        except ValueError:
            raise forms.ValidationError("Write a time like 9:27 or 2:15 pm.") from None

    @property
    def attendance_id(self) -> int:
        said = str(self.data.get("attendance", ""))
        return int(said) if said.isdecimal() else 0

    @property
    def facts(self) -> dict[str, Any]:
        given = self.cleaned_data
        age = min(dt.timedelta(milliseconds=given["age"] or 0), OLDEST)
        is_said = self.notes and "note" in self.data
        return {
            "mark": given["mark"],
            "at": given["at"],
            "note": given["note"] if is_said else None,
            "seen_at": self.now - age,
            "change_id": given["change_id"],
        }


class AllHereForm(ChangeForm):
    """A button."""


class WalkInForm(ChangeForm):
    """`row`: whom the look-up means."""

    override_reason = forms.CharField(required=False, max_length=200, label="Override because…")

    def __init__(self, *args: Any, by: Actor, **options: Any) -> None:
        super().__init__(*args, **{"auto_id": "walkin_%s", **options})
        [self.row, *_] = people_from(self.data or {}, by=by) or [PersonRow()]
