"""What a client says of the times that would suit."""

from __future__ import annotations

from typing import Any, cast

from django import forms

from scheduling.models import AppointmentType
from waitlist.forms.entries import DAYS, waitable_types
from waitlist.rules.wishes import EntryWish


def own_types() -> Any:
    """What clients may book by themselves; where nothing is open to that, every visit one can wait for."""
    kinds = waitable_types()
    online = kinds.filter(online_booking=True)
    return online if online.exists() else kinds


class OwnEntryForm(forms.Form):
    change_id = forms.UUIDField(widget=forms.HiddenInput)
    type = forms.ModelChoiceField(queryset=AppointmentType.objects.none(), empty_label=None)
    weekdays = forms.MultipleChoiceField(choices=DAYS, required=False)
    from_time = forms.TimeField(required=False)
    until_time = forms.TimeField(required=False)
    is_quick = forms.BooleanField(required=False)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        cast(Any, self.fields["type"]).queryset = own_types()

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        first, last = data.get("from_time"), data.get("until_time")
        if (first is None) != (last is None) or (first and last and first >= last):
            raise forms.ValidationError("hours")
        return data

    @property
    def wish(self) -> EntryWish:
        data = self.cleaned_data
        return EntryWish(
            type_id=data["type"].pk,
            weekdays=tuple(sorted(int(day) for day in data["weekdays"])),
            from_time=data["from_time"],
            until_time=data["until_time"],
            is_quick=data["is_quick"],
        )
