"""What an insurer allows, as typed from their letter."""

from __future__ import annotations

from typing import Any

from django import forms

from practice.models import Authorization
from scheduling.operations.authorizations import Allowed


class AuthorizationForm(forms.Form):
    change_id = forms.UUIDField(widget=forms.HiddenInput)
    payer = forms.CharField(label="Insurer", max_length=60)
    number = forms.CharField(label="Authorization number", max_length=40)
    sessions = forms.IntegerField(label="Sessions allowed", min_value=1, max_value=999)
    used_before = forms.IntegerField(
        label="Used before", min_value=0, max_value=999, initial=0, help_text="Those not counted here."
    )
    starts_on = forms.DateField(label="From", widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))
    ends_on = forms.DateField(
        label="Until", widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"), help_text="The last day."
    )

    @property
    def allowed(self) -> Allowed:
        return Allowed(**{name: self.cleaned_data[name] for name in Allowed.__dataclass_fields__})


def initial_for(row: Authorization) -> dict[str, Any]:
    return {name: getattr(row, name) for name in Allowed.__dataclass_fields__}
