"""What one may ask the list of visits to complete, all of it in the address."""

from __future__ import annotations

import uuid

from django import forms

from scheduling.forms.dated import DatedSearch
from scheduling.queries.charges import Asked

# What is shown → its words.
TABS = {"marked": "Marked", "unsaid": "Not marked yet"}
USUAL = "marked"


class CompletingSearch(DatedSearch):
    """`done`: the press somebody just made."""

    usual = USUAL

    show = forms.ChoiceField(choices=list(TABS.items()), required=False, widget=forms.HiddenInput)
    done = forms.UUIDField(required=False, widget=forms.HiddenInput)

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
