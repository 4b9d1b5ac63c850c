"""The client form: whole on its page, short in a booking dialog."""

import datetime as dt
import uuid

from django import forms

from core import clock
from practice.models import Client, Provider
from practice.operations.clients import COLUMNS, ClientFacts
from practice.rules.phones import e164, spoken
from practice.states import LANGUAGES, AddressKind, Channel, ClientStatus

CHANNELS = [("", "No preference"), *((c.value, c.label) for c in Channel if c != Channel.PORTAL)]


class NewClientForm(forms.Form):
    """What one asks on the phone. `change_id` makes a second press of the button the same act."""

    change_id = forms.UUIDField(widget=forms.HiddenInput)
    first_name = forms.CharField(label="Legal first name", max_length=60)
    last_name = forms.CharField(label="Legal last name", max_length=60)
    birth_on = forms.DateField(label="Birth date", required=False, widget=forms.DateInput({"type": "date"}))
    phone = forms.CharField(
        label="Phone", required=False, max_length=30, widget=forms.TextInput({"type": "tel"})
    )
    safe_to_text = forms.BooleanField(label="Safe to text", required=False)
    safe_to_voicemail = forms.BooleanField(label="Safe to leave voicemail", required=False)
    email = forms.EmailField(label="Email", required=False)
    safe_to_email = forms.BooleanField(label="Safe to email", required=False)
    is_somebody_new = forms.BooleanField(label="This is somebody else: add them", required=False)

    def __init__(self, *args, **kwargs) -> None:
        kwargs["initial"] = {"change_id": uuid.uuid4()} | (kwargs.get("initial") or {})
        super().__init__(*args, **kwargs)

    def clean_phone(self) -> str:
        typed = self.cleaned_data["phone"].strip()
        if not typed:
            return ""
        try:
            return e164(typed)
        except ValueError as error:
            raise forms.ValidationError(str(error)) from None

    def clean_birth_on(self) -> dt.date | None:
        born = self.cleaned_data["birth_on"]
        if born and not clock.now().date() - dt.timedelta(days=366 * 120) <= born <= clock.now().date():
            raise forms.ValidationError("A birth date lies in the last 120 years. Check the year.")
        return born

    @property
    def facts(self) -> ClientFacts:
        known = {name: value for name, value in self.cleaned_data.items() if name in ClientFacts.__slots__}
        return ClientFacts(**known, **self._people())

    def _people(self) -> dict:
        return {}


class ClientForm(NewClientForm):
    """The whole record."""

    preferred_name = forms.CharField(label="Goes by", max_length=60, required=False)
    pronouns = forms.CharField(label="Pronouns", max_length=30, required=False)
    region = forms.CharField(
        label="State of residence",
        max_length=20,
        required=False,
        help_text="Decides who may see them by video.",
    )
    language = forms.ChoiceField(label="Language", choices=LANGUAGES)
    needs_interpreter = forms.BooleanField(label="Needs an interpreter", required=False)
    preferred_channel = forms.ChoiceField(label="Prefers", choices=CHANNELS, required=False)
    accessibility_needs = forms.CharField(label="Accessibility needs", max_length=200, required=False)
    alert_banner = forms.CharField(
        label="Alert for the desk",
        max_length=200,
        required=False,
        help_text="Shown on the card. Nothing clinical.",
    )
    status = forms.ChoiceField(label="Status", choices=ClientStatus.choices)
    copay = forms.DecimalField(
        label="Expected copay", min_value=0, max_digits=8, decimal_places=2, required=False
    )
    fee_policy_on = forms.DateField(
        label="Acknowledged the fee policy on",
        required=False,
        widget=forms.DateInput({"type": "date"}),
        help_text="Without it no fee is asked for.",
    )
    primary_provider = forms.ModelChoiceField(
        label="Primary provider", queryset=Provider.objects.none(), required=False, empty_label="None yet"
    )
    team = forms.ModelMultipleChoiceField(
        label="Also in the care team",
        queryset=Provider.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    field_order = [
        "change_id", "first_name", "last_name", "preferred_name", "pronouns", "birth_on", "phone", "safe_to_text",
        "safe_to_voicemail", "email", "safe_to_email", "preferred_channel", "language", "needs_interpreter", "region",
        "accessibility_needs", "alert_banner", "status", "copay", "fee_policy_on",
        "primary_provider", "team", "is_somebody_new",
    ]  # fmt: skip

    def __init__(self, *args, providers, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["primary_provider"].queryset = providers  # type: ignore[attr-defined]
        self.fields["team"].queryset = providers  # type: ignore[attr-defined]

    def _people(self) -> dict:
        primary = self.cleaned_data["primary_provider"]
        return {
            "primary_provider_id": primary.pk if primary else None,
            "team_ids": tuple(sorted(provider.pk for provider in self.cleaned_data["team"])),
        }


def initial_for(client: Client) -> dict:
    """What the whole form shows of a record."""
    known = {name: getattr(client, name) for name in COLUMNS if name != "primary_provider_id"}
    known["primary_provider"] = client.primary_provider_id
    known["team"] = [
        row.provider_id for row in client.care_team.all() if row.provider_id != client.primary_provider_id
    ]
    addresses = list(client.addresses.all())
    phone = next((a for a in addresses if a.kind == AddressKind.PHONE), None)
    email = next((a for a in addresses if a.kind == AddressKind.EMAIL), None)
    if phone:
        flags = {"safe_to_text": phone.safe_to_text, "safe_to_voicemail": phone.safe_to_voicemail}
        known |= {"phone": spoken(phone.value), **flags}
    if email:
        known |= {"email": email.value, "safe_to_email": email.safe_to_email}
    return known
