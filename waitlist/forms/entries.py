"""The form of an entry, the filter of the list, and leaving it."""

from __future__ import annotations

import uuid
from typing import Any, cast

from django import forms

from core.actors import Actor
from practice.models import Location, Provider
from practice.states import Modality
from scheduling.models import AppointmentType
from scheduling.states import Category
from waitlist.models import WaitlistEntry
from waitlist.rules.wishes import EntryWish
from waitlist.states import CloseReason, EntryState, Referral, Urgency

DAYS = [("0", "Mon"), ("1", "Tue"), ("2", "Wed"), ("3", "Thu"), ("4", "Fri"), ("5", "Sat"), ("6", "Sun")]
ANY = [("", "Any way")]
TIME = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")


def waitable_types() -> Any:
    """Visits somebody can wait for: no desk work, and groups have a list of their own."""
    kinds = AppointmentType.objects.filter(is_active=True)
    return kinds.exclude(category__in=[Category.ADMINISTRATIVE, Category.GROUP])


class WishForm(forms.Form):
    """What is waited for; clients fill in the same."""

    type = forms.ModelChoiceField(
        label="Kind of visit", queryset=AppointmentType.objects.none(), empty_label=None
    )
    providers = forms.ModelMultipleChoiceField(
        label="With", queryset=Provider.objects.none(), required=False, widget=forms.CheckboxSelectMultiple,
        help_text="Nobody ticked: anybody who offers it.",
    )  # fmt: skip
    weekdays = forms.MultipleChoiceField(
        label="Days", choices=DAYS, required=False, widget=forms.CheckboxSelectMultiple,
        help_text="None ticked: any day.",
    )  # fmt: skip
    from_time = forms.TimeField(label="Not before", required=False, widget=TIME)
    until_time = forms.TimeField(label="Begins before", required=False, widget=TIME)
    modality = forms.ChoiceField(label="How", choices=[*ANY, *Modality.choices], required=False)
    is_quick = forms.BooleanField(label="Can come at short notice", required=False)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        cast(Any, self.fields["type"]).queryset = waitable_types()
        cast(Any, self.fields["providers"]).queryset = Provider.objects.active()

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        first, last = data.get("from_time"), data.get("until_time")
        if (first is None) != (last is None):
            self.add_error("until_time" if first else "from_time", "Say both hours, or neither.")
        elif first and last and first >= last:
            self.add_error("until_time", "The hours end before they begin.")
        return data

    @property
    def wish(self) -> EntryWish:
        data = self.cleaned_data
        columns = {name: value for name, value in data.items() if name in EntryWish.__dataclass_fields__}
        return EntryWish(
            type_id=data["type"].pk,
            provider_ids=tuple(sorted(one.pk for one in data["providers"])),
            weekdays=tuple(sorted(int(day) for day in data["weekdays"])),
            location_id=data["location"].pk if data.get("location") else None,
            **{name: value for name, value in columns.items() if name != "weekdays"},
        )


class EntryForm(WishForm):
    """`change_id` makes a second press the same act; `edition` tells an old copy from a fresh one."""

    change_id = forms.UUIDField(widget=forms.HiddenInput)
    edition = forms.IntegerField(widget=forms.HiddenInput, required=False)
    location = forms.ModelChoiceField(
        label="Where", queryset=Location.objects.none(), required=False, empty_label="Anywhere"
    )
    insurance = forms.CharField(
        label="Insurance", max_length=60, required=False, help_text="Only providers who take it are offered."
    )
    minutes = forms.IntegerField(label="Length in minutes", min_value=5, max_value=720, required=False)
    urgency = forms.ChoiceField(label="Urgency", choices=Urgency.choices)
    referral = forms.ChoiceField(label="Referred by", choices=Referral.choices)
    max_wait_days = forms.IntegerField(
        label="Waits at most, in days",
        min_value=1,
        max_value=999,
        required=False,
        help_text="Empty: as long as it takes.",
    )
    notes = forms.CharField(
        label="Notes", max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    auto_match = forms.BooleanField(
        label="Offer to them by itself",
        required=False,
        help_text="Off: somebody of the practice offers by hand.",
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        cast(Any, self.fields["location"]).queryset = Location.objects.filter(is_active=True)

    def again(self) -> None:
        """For another try after a refusal."""
        fresh = cast(Any, self.data).copy()
        fresh["change_id"] = str(uuid.uuid4())
        self.data = fresh


def initial_for(entry: WaitlistEntry) -> dict[str, Any]:
    same = ("from_time", "until_time", "modality", "insurance", "minutes", "is_quick", "urgency", "referral")
    return {
        **{name: getattr(entry, name) for name in (*same, "max_wait_days", "notes", "auto_match", "edition")},
        "type": entry.type_id,
        "providers": entry.provider_ids,
        "weekdays": [str(day) for day in entry.weekdays],
        "location": entry.location_id,
        "change_id": uuid.uuid4(),
    }


def fresh_initial() -> dict[str, Any]:
    return {
        "change_id": uuid.uuid4(),
        "auto_match": True,
        "urgency": Urgency.ROUTINE,
        "referral": Referral.SELF,
    }


class CloseForm(forms.Form):
    change_id = forms.UUIDField(widget=forms.HiddenInput)
    edition = forms.IntegerField(widget=forms.HiddenInput, required=False)
    reason = forms.ChoiceField(label="Why", choices=CloseReason.choices)
    text = forms.CharField(label="In words", max_length=300, required=False)


class PinForm(forms.Form):
    change_id = forms.UUIDField()
    edition = forms.IntegerField()
    on = forms.BooleanField(required=False)


class ListFilter(forms.Form):
    """All of it stands in the address; a client by public id only."""

    type = forms.ModelChoiceField(
        label="Kind of visit", queryset=AppointmentType.objects.none(), required=False, empty_label="Any kind"
    )
    provider = forms.ModelChoiceField(
        label="With",
        queryset=Provider.objects.none(),
        required=False,
        to_field_name="public_id",
        empty_label="Any provider",
    )
    urgency = forms.ChoiceField(label="Urgency", choices=[("", "Any"), *Urgency.choices], required=False)
    kind = forms.ChoiceField(
        label="Waits for",
        choices=[("", "Anything"), ("first", "A visit"), ("earlier", "An earlier time")],
        required=False,
    )
    state = forms.ChoiceField(label="State", choices=EntryState.choices, required=False)
    client = forms.UUIDField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, by: Actor, **options: Any) -> None:
        super().__init__(*args, **options)
        cast(Any, self.fields["type"]).queryset = waitable_types()
        cast(Any, self.fields["provider"]).queryset = Provider.objects.active().visible_to(by)

    def apply(self, entries: Any) -> Any:
        """Nonsense in the address is left out."""
        self.is_valid()
        data = self.cleaned_data
        found = entries.filter(state=data.get("state") or EntryState.WAITING)
        if data.get("type"):
            found = found.filter(type=data["type"])
        if data.get("provider"):
            found = found.filter(provider_ids__contains=[data["provider"].pk])
        if data.get("urgency"):
            found = found.filter(urgency=data["urgency"])
        if data.get("kind"):
            found = found.filter(attendance__isnull=data["kind"] == "first")
        return found.filter(client__public_id=data["client"]) if data.get("client") else found
