"""What one may ask the reach report, and say of the schedule."""

import uuid
from typing import Any

from django import forms

from practice.models import Provider
from practice.querysets import ProviderQuerySet
from practice.states import Channel
from reminders.models import ReminderRule, RuleOverride
from reminders.rules.steps import ExceptionFacts, StepFacts
from reminders.states import RuleKind, WhySilent
from scheduling.forms.typed import TypedTimeField, said_time
from scheduling.models import AppointmentType

USUAL_DAYS = 14
DAYS = (7, USUAL_DAYS, 30)


FIGURE_DAYS, USUAL_FIGURE_DAYS = (7, 30, 90), 30


class FiguresFilter(forms.Form):
    """From the address; whatever does not fit counts as not said."""

    days = forms.TypedChoiceField(
        choices=[(days, f"{days} days") for days in FIGURE_DAYS], coerce=int, required=False
    )
    provider = forms.ModelChoiceField(
        label="Provider",
        queryset=Provider.objects.none(),
        to_field_name="public_id",
        required=False,
        empty_label="Everybody",
        widget=forms.Select({"class": "input input--select"}),
    )
    channel = forms.ChoiceField(
        label="Channel",
        choices=[("", "All"), *((c.value, c.label) for c in Channel if c != Channel.PORTAL)],
        required=False,
        widget=forms.Select({"class": "input input--select"}),
    )

    def __init__(self, *args: Any, providers: ProviderQuerySet, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["provider"].queryset = providers  # type: ignore[attr-defined]
        self.full_clean()

    @property
    def chosen_days(self) -> int:
        return self.cleaned_data.get("days") or USUAL_FIGURE_DAYS

    @property
    def chosen_provider(self) -> Provider | None:
        return self.cleaned_data.get("provider")

    @property
    def chosen_channel(self) -> str:
        return self.cleaned_data.get("channel") or ""


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


# --- The schedule --------------------------------------------------------------------------------

UNITS = {"minutes": 1, "hours": 60, "days": 24 * 60}
UNIT_CHOICES = [(name, name) for name in UNITS]
NONE = ("", "None")
SENT_BY = [(c.value, c.label) for c in (Channel.SMS, Channel.EMAIL, Channel.VOICE)]


def _amount_and_unit(minutes: int) -> tuple[int, str]:
    """In the largest unit that leaves nothing over; 24 hours stay hours, as people say them."""
    if minutes % UNITS["days"] == 0 and minutes != UNITS["days"]:
        return minutes // UNITS["days"], "days"
    return (minutes // 60, "hours") if minutes % 60 == 0 else (minutes, "minutes")


class WhenAndWhere(forms.Form):
    """How far from the visit, perhaps at a fixed hour, and by which channels in order."""

    change_id = forms.UUIDField(widget=forms.HiddenInput)
    edition = forms.IntegerField(widget=forms.HiddenInput, required=False)
    amount = forms.IntegerField(label="How long", min_value=0, max_value=9999, required=False)
    unit = forms.ChoiceField(label="Counted in", choices=UNIT_CHOICES)
    at_time = TypedTimeField(
        label="At a fixed hour",
        required=False,
        help_text="With days only: 0 days and 8 am is the morning of the visit.",
    )
    first = forms.ChoiceField(label="First by", choices=[NONE, *SENT_BY], required=False)
    second = forms.ChoiceField(label="else by", choices=[NONE, *SENT_BY], required=False)
    third = forms.ChoiceField(label="else by", choices=[NONE, *SENT_BY], required=False)

    @property
    def channels(self) -> tuple[str, ...]:
        """In order, each once."""
        said = [self.cleaned_data.get(name) for name in ("first", "second", "third")]
        return tuple(dict.fromkeys(filter(None, said)))

    @property
    def offset_minutes(self) -> int:
        return (self.cleaned_data.get("amount") or 0) * UNITS[self.cleaned_data["unit"]]


class RuleForm(WhenAndWhere):
    """`change_id` makes a second press the same act; `edition` tells an old copy from a fresh one."""

    name = forms.CharField(label="Name", max_length=40)
    kind = forms.ChoiceField(label="Said", choices=RuleKind.choices, widget=forms.RadioSelect)
    drop_rank = forms.IntegerField(
        label="When somebody gets too many", min_value=0, max_value=9, initial=0,
        help_text="The step with the highest number is left out first; 0 is kept longest.",
    )  # fmt: skip
    skip_in_weekly_series = forms.BooleanField(
        label="Leave it out of weekly series", required=False, help_text="Who comes every week knows the day."
    )
    only_high_risk = forms.BooleanField(
        label="Only where somebody may well not come", required=False, help_text="The desk is asked to call as well."
    )  # fmt: skip
    is_active = forms.BooleanField(label="Switched on", required=False)

    @property
    def facts(self) -> StepFacts:
        said = {name: self.cleaned_data[name] for name in StepFacts.__slots__ if name in self.cleaned_data}
        return StepFacts(**said | {"channels": self.channels, "offset_minutes": self.offset_minutes})


class ExceptionForm(WhenAndWhere):
    """What differs; empty keeps what the step says."""

    type = forms.ModelChoiceField(
        label="For the type", queryset=AppointmentType.objects.all(), required=False, empty_label="Every type"
    )
    provider = forms.ModelChoiceField(
        label="For the provider", queryset=Provider.objects.all(), required=False, empty_label="Every provider"
    )  # fmt: skip
    is_active = forms.BooleanField(label="Switched on for them", required=False)

    @property
    def facts(self) -> ExceptionFacts:
        cleaned = self.cleaned_data
        type_, provider = cleaned.get("type"), cleaned.get("provider")
        has_time = cleaned.get("amount") is not None
        return ExceptionFacts(
            type_id=type_.pk if type_ else None,
            provider_id=provider.pk if provider else None,
            is_active=cleaned["is_active"],
            offset_minutes=self.offset_minutes if has_time else None,
            at_time=cleaned["at_time"] if has_time else None,
            channels=self.channels or None,
        )


def initial_of(
    row: ReminderRule | RuleOverride | None, rule: ReminderRule | None, *, clock_24h: bool
) -> dict:
    """What the form opens with; a new step is the day before, by text and else by email."""
    shown = row or ReminderRule(offset_minutes=24 * 60, channels=[Channel.SMS, Channel.EMAIL])
    names = [f.name for f in shown._meta.concrete_fields if f.name not in ("id", "channels", "at_time")]
    said = {name: getattr(shown, name) for name in names}
    amount, unit = (
        _amount_and_unit(shown.offset_minutes) if shown.offset_minutes is not None else (None, "hours")
    )
    channels = [*(shown.channels or []), "", "", ""]
    hour = said_time(shown.at_time, clock_24h=clock_24h) if shown.at_time else ""
    return said | {
        "change_id": uuid.uuid4(),
        "edition": rule.edition if rule else None,
        "amount": amount,
        "unit": unit,
        "at_time": hour,
        **dict(zip(("first", "second", "third"), channels, strict=False)),
    }


class ResendForm(forms.Form):
    """A button of the visit's panel: whom, and on which channel."""

    change_id = forms.UUIDField()
    channel = forms.ChoiceField(choices=Channel.choices)
    contact_id = forms.IntegerField(required=False)
