"""What one may ask the reach report."""

from typing import Any

from django import forms

from practice.models import Provider
from practice.querysets import ProviderQuerySet
from reminders.states import WhySilent

USUAL_DAYS = 14
DAYS = (7, USUAL_DAYS, 30)


class ReachFilter(forms.Form):
    """From the address; whatever does not fit counts as not said."""

    provider = forms.ModelChoiceField(
        label="Provider",
        queryset=Provider.objects.none(),
        to_field_name="public_id",
        required=False,
        empty_label="Everybody",
        widget=forms.Select({"class": "input input--select"}),
    )
    days = forms.TypedChoiceField(
        choices=[(days, f"{days} days") for days in DAYS], coerce=int, required=False
    )
    reason = forms.TypedChoiceField(
        choices=WhySilent.choices, coerce=WhySilent, empty_value=None, required=False
    )

    def __init__(self, *args: Any, providers: ProviderQuerySet, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["provider"].queryset = providers  # type: ignore[attr-defined]
        self.full_clean()

    @property
    def chosen_provider(self) -> Provider | None:
        return self.cleaned_data.get("provider")

    @property
    def chosen_days(self) -> int:
        return self.cleaned_data.get("days") or USUAL_DAYS

    @property
    def chosen_reason(self) -> WhySilent | None:
        return self.cleaned_data.get("reason")
