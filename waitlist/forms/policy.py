"""Settings of the waiting list."""

from __future__ import annotations

from typing import Any

from django import forms

from waitlist.forms.entries import waitable_types
from waitlist.models import UsefulLength, WaitlistPolicy
from waitlist.operations.policy import PolicyFacts
from waitlist.rules.priority import FULL


class WaitlistPolicyForm(forms.Form):
    change_id = forms.UUIDField(widget=forms.HiddenInput)
    edition = forms.IntegerField(widget=forms.HiddenInput)
    is_on = forms.BooleanField(
        label="Offer free times by itself",
        required=False,
        help_text="Off: freed times are listed, and staff offer by hand.",
    )
    threshold = forms.DecimalField(
        label="Least score",
        min_value=0,
        max_value=1,
        decimal_places=2,
        help_text="Who fits less well is not asked by itself.",
    )
    week_cap = forms.IntegerField(
        label="Offers a week to one client", min_value=0, max_value=50, help_text="0 for no limit."
    )
    wave_most = forms.IntegerField(
        label="Asked at once at most",
        min_value=1,
        max_value=10,
        help_text="One by one, unless time runs short.",
    )
    cool_hours = forms.IntegerField(
        label="Hours of rest after a no", min_value=0, max_value=720, help_text="Half of it after silence."
    )
    short_notice_hours = forms.IntegerField(
        label="Short notice, in hours",
        min_value=0,
        max_value=168,
        help_text="Times sooner than this go only to who can come at short notice.",
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for kind in waitable_types():
            self.fields[f"least_{kind.pk}"] = forms.IntegerField(
                label=kind.name,
                required=False,
                min_value=5,
                max_value=kind.duration_minutes,
                help_text=f"{kind.duration_minutes} min in full.",
            )

    @property
    def least_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name.startswith("least_")]

    @property
    def facts(self) -> PolicyFacts:
        data = {name: self.cleaned_data[name] for name in PolicyFacts.__dataclass_fields__}
        return PolicyFacts(**data | {"threshold": round(data["threshold"] * FULL)})

    @property
    def lengths(self) -> dict[int, int]:
        given = {n: v for n, v in self.cleaned_data.items() if n.startswith("least_") and v}
        return {int(name.removeprefix("least_")): minutes for name, minutes in given.items()}


def initial_of(policy: WaitlistPolicy) -> dict[str, Any]:
    same = ("is_on", "week_cap", "wave_most", "cool_hours", "short_notice_hours", "edition")
    least = {f"least_{one.type_id}": one.minutes for one in UsefulLength.objects.all()}
    return {
        **{name: getattr(policy, name) for name in same},
        "threshold": f"{policy.threshold / FULL:.2f}",
        **least,
    }
