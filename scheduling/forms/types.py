"""The form of one appointment type."""

from __future__ import annotations

import uuid

from django import forms
from django.utils.html import format_html, strip_tags

from core.templatetags.ui import icon
from practice.models import Provider, Room
from practice.states import Hue, Modality
from scheduling.forms.charging import CodesField, ModifiersField
from scheduling.forms.typed import TypedMinutesField
from scheduling.models import AppointmentType
from scheduling.operations.types import TypeFacts
from scheduling.states import Category

# Lucide name → what it stands for; a name says more to a screen reader than a drawing.
ICONS = {
    "user-round": "Person",
    "users": "Group",
    "heart-handshake": "Couple",
    "house": "Family",
    "baby": "Child",
    "stethoscope": "Medical",
    "pill": "Medication",
    "brain": "Testing",
    "message-circle": "Talk",
    "clipboard-list": "Intake",
    "file-text": "Paperwork",
    "video": "Video",
    "phone": "Phone",
    "zap": "Urgent",
    "megaphone": "Training",
    "calendar": "Meeting",
}


def _hues() -> list[tuple[str, str]]:
    swatch = '<span class="swatch hue-{}" aria-hidden="true"></span>{}'
    return [(hue.value, format_html(swatch, hue.value, hue.label)) for hue in Hue]


def _icons() -> list[tuple[str, str]]:
    return [(name, format_html("{}{}", icon(name), words)) for name, words in ICONS.items()]


def _equipment() -> list[tuple[str, str]]:
    """What rooms have, and what types already ask for."""
    lists = [*Room.objects.values_list("equipment", flat=True)]
    lists += AppointmentType.objects.values_list("room_needs", flat=True)
    return [(word, word.capitalize()) for word in sorted({word for words in lists for word in words})]


class TypeForm(forms.Form):
    """`change_id` makes a second press the same act; `edition` tells an old copy from a fresh one."""

    change_id = forms.UUIDField(widget=forms.HiddenInput)
    edition = forms.IntegerField(widget=forms.HiddenInput, required=False)

    name = forms.CharField(label="Name", max_length=60)
    category = forms.ChoiceField(label="Category", choices=Category.choices)
    description = forms.CharField(
        label="Description", max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    hue = forms.ChoiceField(label="Colour", choices=_hues, widget=forms.RadioSelect)
    icon = forms.ChoiceField(label="Icon", choices=_icons, widget=forms.RadioSelect)

    duration_minutes = TypedMinutesField(label="Length", least=5, most=720, help_text="Minutes, or 1h30.")
    buffer_before_minutes = TypedMinutesField(
        label="Kept free before", least=0, most=120, help_text="Minutes."
    )
    buffer_after_minutes = TypedMinutesField(label="Kept free after", least=0, most=120, help_text="Minutes.")
    max_per_day_provider = forms.IntegerField(
        label="Most a day, each provider", min_value=1, max_value=99, required=False
    )
    max_per_day_practice = forms.IntegerField(
        label="Most a day, whole practice", min_value=1, max_value=999, required=False
    )

    modalities = forms.MultipleChoiceField(
        label="How", choices=Modality.choices, widget=forms.CheckboxSelectMultiple
    )
    room_needs = forms.MultipleChoiceField(
        label="The room needs", choices=_equipment, required=False, widget=forms.CheckboxSelectMultiple
    )
    provider_ids = forms.ModelMultipleChoiceField(
        label="Offered by",
        queryset=Provider.objects.active(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    is_interchangeable = forms.BooleanField(
        label="Any of them will do",
        required=False,
        help_text="For medication and groups. Psychotherapy stays with its own therapist.",
    )
    requires_supervisor = forms.BooleanField(label="Needs a supervisor", required=False)
    online_booking = forms.BooleanField(label="Clients may book it online", required=False)

    is_billable = forms.BooleanField(label="Billed", required=False)
    cpt_code = forms.CharField(label="CPT code", max_length=10, required=False)
    codes_by_minutes = CodesField(
        label="CPT codes by length",
        help_text="A line for each: the least minutes and the code, like 38 90834. They go before the one above.",
    )
    modifiers = ModifiersField(label="Modifiers", help_text="Besides those of video and phone.")
    rate = forms.DecimalField(label="Rate", min_value=0, max_digits=8, decimal_places=2, required=False)
    requires_authorization = forms.BooleanField(label="Needs an insurer’s authorization", required=False)

    @property
    def facts(self) -> TypeFacts:
        said = {name: value for name, value in self.cleaned_data.items() if name in TypeFacts.__slots__}
        said["provider_ids"] = tuple(sorted(p.pk for p in said["provider_ids"]))
        return TypeFacts(**said | {name: tuple(said[name]) for name in ("modalities", "room_needs")})

    def now_said(self) -> list[tuple[str, str]]:
        """Label and stored value of each field that was typed otherwise; `initial` is the row as it is now."""
        typed = [self[name] for name in self.changed_data if name not in ("change_id", "edition")]
        return [(str(bound.label), _in_words(bound)) for bound in typed]


class TypeActForm(forms.Form):
    """A button under the form: archive, bring back, delete."""

    change_id = forms.UUIDField(widget=forms.HiddenInput)
    edition = forms.IntegerField(widget=forms.HiddenInput)


def initial_for(row: AppointmentType | None) -> dict:
    """A new type opens with the model's own defaults."""
    shown = row or AppointmentType()
    values = {name: getattr(shown, name) for name in TypeFacts.__slots__ if name != "provider_ids"}
    offered = list(row.offers.values_list("provider_id", flat=True)) if row else []
    return values | {
        "provider_ids": offered,
        "edition": row.edition if row else None,
        "change_id": uuid.uuid4(),
    }


def _in_words(bound: forms.BoundField) -> str:
    value = bound.initial
    words = {str(key): text for key, text in getattr(bound.field, "choices", [])}
    if isinstance(bound.field, CodesField | ModifiersField):
        return bound.field.prepare_value(value).replace("\n", ", ") or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(strip_tags(words.get(str(one), str(one))) for one in value) or "none"
    return strip_tags(words.get(str(value), str(value))) if value not in (None, "") else "empty"
