from django import forms

from messaging.models import RehearsalSettings
from messaging.models.rehearsal import PhoneTrouble

PERCENTS = ("dropped_percent", "busy_percent", "broken_percent", "undelivered_percent")


class SayForm(forms.Form):
    """What a client types. `quick` is a chip and wins over the line."""

    address = forms.RegexField(
        r"^\+[1-9][0-9]{6,14}$", error_messages={"invalid": "Write it like +12025550117."}
    )
    text = forms.CharField(required=False, max_length=1600)
    quick = forms.CharField(required=False, max_length=40)

    def clean(self) -> dict:
        cleaned = super().clean() or {}
        cleaned["said"] = cleaned.get("quick") or cleaned.get("text")
        if not cleaned["said"]:
            self.add_error("text", "Type something first.")
        return cleaned


class TroubleForm(forms.Form):
    """What goes wrong with one phone; nothing chosen: what goes wrong with all."""

    address = forms.RegexField(r"^\+[1-9][0-9]{6,14}$")
    kind = forms.ChoiceField(choices=PhoneTrouble.choices, required=False)


class FaultsForm(forms.ModelForm):
    class Meta:
        model = RehearsalSettings
        fields = (*PERCENTS, "late_seconds", "is_doubled")
        labels = {
            "dropped_percent": "Accept, then answer 503",
            "busy_percent": "Answer 429",
            "broken_percent": "Answer 500",
            "undelivered_percent": "Undelivered (30003)",
            "late_seconds": "Callbacks late by up to",
            "is_doubled": "Callbacks doubled, shuffled",
        }
        widgets = {
            **{name: forms.NumberInput(attrs={"class": "input"}) for name in PERCENTS},
            "late_seconds": forms.NumberInput(attrs={"class": "input"}),
            "is_doubled": forms.CheckboxInput(attrs={"class": "choice"}),
        }
