"""What one may ask the list of visits to complete, all of it in the address."""

from __future__ import annotations

import uuid

from django import forms

from core.actors import Actor
from practice.models import Provider
from scheduling.queries.charges import Asked

# What is shown → its words.
TABS = {"marked": "Marked", "unsaid": "Nobody said who came"}
USUAL = "marked"


class CompletingSearch(forms.Form):
    """`done`: the press somebody just made."""

    first_on = forms.DateField(label="From", required=False, widget=forms.DateInput({"type": "date"}))
    last_on = forms.DateField(label="Until", required=False, widget=forms.DateInput({"type": "date"}))
    provider = forms.ModelChoiceField(
        label="Provider",
        queryset=Provider.objects.none(),
        required=False,
        to_field_name="public_id",
        empty_label="Any provider",
    )
    show = forms.ChoiceField(choices=list(TABS.items()), required=False, widget=forms.HiddenInput)
    done = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: object, by: Actor, **options: object) -> None:
        super().__init__(*args, **options)  # type: ignore[arg-type]
        self.fields["provider"].queryset = Provider.objects.visible_to(by)  # type: ignore[attr-defined]

    @property
    def shown(self) -> str:
        return (self.is_valid() and self.cleaned_data["show"]) or USUAL

    @property
    def done_id(self) -> uuid.UUID | None:
        return self.cleaned_data["done"] if self.is_valid() else None

    def said(self) -> dict[str, str]:
        """For addresses of the same search; what just happened is no part of it."""
        return {
            name: str(value)
            for name, value in self.data.items()
            if name in self.fields and name != "done" and value
        }

    def asked(self) -> Asked | None:
        """None for a search that makes no sense."""
        if not self.is_valid():
            return None
        data = self.cleaned_data
        provider = data["provider"].pk if data["provider"] else None
        return Asked(first_on=data["first_on"], last_on=data["last_on"], provider=provider)
