"""What the practice allows its messages."""

from django import forms

from messaging.operations.policy import OF_PRACTICE, PolicyFacts
from messaging.rules.lint import SENSITIVE_WORDS
from messaging.rules.segments import segments
from practice.models import Provider

HOUR = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")


class PolicyForm(forms.Form):
    """`change_id` makes a second press the same act; `seen` tells an old copy from a fresh one."""

    change_id = forms.UUIDField(widget=forms.HiddenInput)
    seen = forms.CharField(widget=forms.HiddenInput)

    sender_name = forms.CharField(
        label="Name in messages", max_length=40,
        help_text="What others may read over a shoulder: “Riverside Office” rather than what you treat.",
    )  # fmt: skip
    crisis_text = forms.CharField(
        label="Answer to somebody in danger",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Sent at once, at any hour, when a text sounds like danger. A task is raised besides.",
    )
    window_opens_at = forms.TimeField(label="Reminders from", widget=HOUR)
    window_closes_at = forms.TimeField(label="until", widget=HOUR)
    window_weekends = forms.BooleanField(label="On Saturday and Sunday too", required=False)
    cap_per_day = forms.IntegerField(label="Most on a day", min_value=0, max_value=20)
    cap_per_week = forms.IntegerField(label="Most in a week", min_value=0, max_value=99)
    retries = forms.IntegerField(label="Tries after the first", min_value=0, max_value=5)
    retry_minutes = forms.IntegerField(label="Minutes between tries", min_value=1, max_value=1440)
    is_strict = forms.BooleanField(
        label="Never twice",
        required=False,
        help_text="A text nobody can account for is given to a person instead of being sent again.",
    )
    monthly_budget = forms.DecimalField(
        label="Budget a month, in dollars", min_value=0, max_digits=9, decimal_places=2, required=False,
        help_text="For texts and calls. When it is used up reminders stop; answers and urgent notices do not.",
    )  # fmt: skip
    alert_percent = forms.IntegerField(label="Warn at percent", min_value=1, max_value=100)
    text_price = forms.DecimalField(label="Price of a segment", min_value=0, max_digits=7, decimal_places=5)
    call_price = forms.DecimalField(label="Price of a call", min_value=0, max_digits=7, decimal_places=5)
    provider_ids = forms.ModelMultipleChoiceField(
        label="Only for",
        queryset=Provider.objects.active(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="To begin with a few providers; nobody ticked means everybody’s visits.",
    )

    def clean_sender_name(self) -> str:
        name = self.cleaned_data["sender_name"]
        if found := SENSITIVE_WORDS.search(name):
            raise forms.ValidationError(f"Others may read this, and “{found[0]}” says why somebody comes.")
        return name

    def clean_crisis_text(self) -> str:
        text = self.cleaned_data["crisis_text"]
        if segments(text) > 2:
            raise forms.ValidationError("Keep it to two texts: it must arrive whole.")
        return text

    @property
    def facts(self) -> PolicyFacts:
        said = {name: self.cleaned_data[name] for name in PolicyFacts.__slots__ if name != "provider_ids"}
        pilots = tuple(sorted(provider.pk for provider in self.cleaned_data["provider_ids"]))
        return PolicyFacts(**said, provider_ids=pilots)


__all__ = ["OF_PRACTICE", "PolicyForm"]
