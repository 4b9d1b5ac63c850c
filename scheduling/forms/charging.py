"""How charges are made: fees, modifiers, places; and codes by minutes, as people type them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms

from practice.states import AbsencePolicy, TelehealthPlace
from scheduling.operations.charging.policy import ChargingFacts
from scheduling.rules.charges import codes_from, modifiers_from


class ModifiersField(forms.CharField):
    """Two letters or digits each, by space or comma; a tuple."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"required": False, "max_length": 40, **options})

    def prepare_value(self, value: Any) -> Any:
        return value if isinstance(value, str) else " ".join(value or ())

    def clean(self, value: Any) -> tuple[str, ...]:
        words = super().clean(value).replace(",", " ").split()
        try:
            return tuple(modifiers_from(words))
        except ValueError as error:
            raise forms.ValidationError(str(error)) from error

    def has_changed(self, initial: Any, data: Any) -> bool:
        return self.prepare_value(initial).split() != str(data or "").upper().replace(",", " ").split()


class CodesField(forms.CharField):
    """A line for each: the least minutes and the code, like `38 90834`; a tuple of pairs, ascending."""

    def __init__(self, **options: Any) -> None:
        area = forms.Textarea(attrs={"rows": 3, "spellcheck": "false"})
        super().__init__(**{"required": False, "max_length": 400, "widget": area, **options})

    def prepare_value(self, value: Any) -> Any:
        return (
            value if isinstance(value, str) else "\n".join(f"{least} {code}" for least, code in value or ())
        )

    def clean(self, value: Any) -> tuple[tuple[int, str], ...]:
        lines = [line.strip() for line in super().clean(value).splitlines() if line.strip()]
        try:
            return tuple(codes_from(lines))
        except ValueError as error:
            raise forms.ValidationError(str(error)) from error

    def has_changed(self, initial: Any, data: Any) -> bool:
        return self.prepare_value(initial).split() != str(data or "").split()


class ChargingForm(forms.Form):
    """`change_id` makes a second press the same act; `seen` tells an old copy from a fresh one."""

    change_id = forms.UUIDField(widget=forms.HiddenInput)
    seen = forms.CharField(widget=forms.HiddenInput)
    no_show_fee = forms.DecimalField(
        label="Who does not come", min_value=0, max_digits=8, decimal_places=2, required=False
    )
    late_cancel_fee = forms.DecimalField(
        label="Who cancels late", min_value=0, max_digits=8, decimal_places=2, required=False
    )
    absent_members = forms.ChoiceField(
        label="Members of a group who stay away owe",
        choices=AbsencePolicy.choices,
        widget=forms.RadioSelect,
    )
    payers_without_fees = forms.CharField(
        label="Insurers that forbid fees",
        required=False,
        max_length=600,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="A line for each, as it stands on the client’s record.",
    )
    telehealth_place = forms.ChoiceField(
        label="Place of service by video or phone", choices=TelehealthPlace.choices
    )
    telehealth_modifiers = ModifiersField(label="Modifiers by video", help_text="Like 95.")
    phone_modifiers = ModifiersField(label="Modifiers by phone", help_text="Like 93.")

    def clean_payers_without_fees(self) -> tuple[str, ...]:
        names = _each(self.cleaned_data["payers_without_fees"].splitlines())
        if any(len(name) > 60 for name in names):
            raise forms.ValidationError("Keep each name to 60 letters.")
        return names

    @property
    def facts(self) -> ChargingFacts:
        return ChargingFacts(**{name: self.cleaned_data[name] for name in ChargingFacts.__slots__})


def _each(lines: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(line.strip() for line in lines if line.strip()))
