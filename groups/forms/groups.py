"""The form of one group."""

from __future__ import annotations

import uuid
from typing import Any, cast

from django import forms
from django.http import QueryDict

from groups.models import Group
from groups.models.groups import MOST_SEATS, WEEKDAYS, WHICH
from groups.operations import GroupFacts
from groups.states import BillingMode, Kind, Often, SheetNames
from practice.models import Location, Provider, Room
from practice.states import Modality
from scheduling.forms.typed import TypedMinutesField, TypedTimeField, said_time
from scheduling.models import AppointmentType
from scheduling.states import Category

ROWS = ("facilitator", "co_facilitator", "type", "room", "location")


class GroupForm(forms.Form):
    """`change_id` makes a second press the same act; `edition` tells an old copy from a fresh one."""

    change_id = forms.UUIDField(widget=forms.HiddenInput)
    edition = forms.IntegerField(widget=forms.HiddenInput, required=False)

    name = forms.CharField(label="Name", max_length=80)
    kind = forms.ChoiceField(label="Kind", choices=Kind.choices)
    description = forms.CharField(
        label="Description", max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    facilitator = forms.ModelChoiceField(Provider.objects.active(), label="Led by")
    co_facilitator = forms.ModelChoiceField(
        Provider.objects.active(),
        label="Together with",
        required=False,
        empty_label="Nobody",
        help_text="Both are booked by every session.",
    )
    type = forms.ModelChoiceField(
        AppointmentType.objects.filter(category=Category.GROUP, is_active=True), label="Appointment type"
    )
    capacity = forms.IntegerField(label="Places", min_value=2, max_value=MOST_SEATS)
    is_open = forms.BooleanField(label="New members may join once it has begun", required=False)
    is_drop_in = forms.BooleanField(label="Clients may come without being enrolled", required=False)
    needs_screening = forms.BooleanField(label="Screen before anybody joins", required=False)

    often = forms.ChoiceField(label="How often", choices=Often.choices)
    weekday = forms.TypedChoiceField(label="On", coerce=int, choices=WEEKDAYS)
    nth = forms.TypedChoiceField(label="Which of the month", coerce=int, choices=WHICH)
    at = TypedTimeField(label="At", help_text="230p, 2:30 pm or 14:30")
    minutes = TypedMinutesField(label="Length", least=5, most=720, help_text="Minutes, or 1h30.")
    starts_on = forms.DateField(label="From", widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))
    ends_on = forms.DateField(
        label="Until", required=False, widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    )
    modality = forms.ChoiceField(label="How", choices=Modality.choices)
    room = forms.ModelChoiceField(
        Room.objects.filter(is_active=True).select_related("location"),
        label="Room",
        required=False,
        empty_label="No room",
    )
    location = forms.ModelChoiceField(
        Location.objects.filter(is_active=True), label="Place", required=False, empty_label="No place"
    )
    billing_mode = forms.ChoiceField(label="Who is billed", choices=BillingMode.choices)
    rate = forms.DecimalField(
        label="Rate",
        required=False,
        min_value=0,
        max_digits=8,
        decimal_places=2,
        help_text="Empty: the rate of the type.",
    )
    sheet_names = forms.ChoiceField(
        label="On the printed sheet", choices=SheetNames.choices, help_text="Everybody in the room reads it."
    )

    @property
    def facts(self) -> GroupFacts:
        said: dict[str, Any] = {
            name: value for name, value in self.cleaned_data.items() if name in GroupFacts.__slots__
        }
        for name in ROWS:
            row = self.cleaned_data.get(name)
            said[f"{name}_id"] = row.pk if row else None
        if self.cleaned_data.get("room"):
            said["location_id"] = self.cleaned_data["room"].location_id
        return GroupFacts(**said)

    def post_again(self, **values: object) -> None:
        """The same words, to be sent as a new act."""
        data = cast(QueryDict, self.data).copy()
        for name, value in {"change_id": uuid.uuid4(), **values}.items():
            data[name] = str(value)
        self.data = data


def initial_for(row: Group | None, *, h24: bool, leads: int | None = None) -> dict[str, Any]:
    """A new group opens with the model's own defaults, led by whoever opens the form."""
    shown = row or Group()
    names = [name for name in GroupForm.base_fields if name not in ("change_id", "edition", "at", *ROWS)]
    values: dict[str, Any] = {name: getattr(shown, name) for name in names}
    values |= {name: getattr(shown, f"{name}_id", None) for name in ROWS}
    if row is None:
        values |= {"facilitator": leads, "at": "", "starts_on": None}
    else:
        values["at"] = said_time(row.at, clock_24h=h24)
    return values | {"edition": row.edition if row else None, "change_id": uuid.uuid4()}
