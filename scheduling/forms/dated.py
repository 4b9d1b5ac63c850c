"""What the lists of the office ask alike: from when, until when, of which provider, and which tab is shown."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms

from core.actors import Actor
from practice.models import Provider


class DatedSearch(forms.Form):
    """`usual`: the tab where the address names none. A list adds its tabs as the field `show`."""

    usual: ClassVar[str]

    first_on = forms.DateField(label="From", required=False, widget=forms.DateInput({"type": "date"}))
    last_on = forms.DateField(label="Until", required=False, widget=forms.DateInput({"type": "date"}))
    provider = forms.ModelChoiceField(
        label="Provider",
        queryset=Provider.objects.none(),
        required=False,
        to_field_name="public_id",
        empty_label="Any provider",
    )

    def __init__(self, *args: Any, by: Actor, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["provider"].queryset = Provider.objects.visible_to(by)  # type: ignore[attr-defined]

    @property
    def shown(self) -> str:
        return (self.is_valid() and self.cleaned_data["show"]) or self.usual
