"""A guardian, partner or relative of a client."""

import uuid

from django import forms

from practice.models import ClientContact
from practice.operations.contacts import COLUMNS, ContactDetails
from practice.rules.phones import e164, spoken
from practice.states import LANGUAGES, AddressKind, Relationship

DAY = forms.DateInput({"type": "date"})


class ContactForm(forms.Form):
    change_id = forms.UUIDField(widget=forms.HiddenInput)
    name = forms.CharField(label="Name", max_length=120)
    relationship = forms.ChoiceField(label="Is their", choices=Relationship.choices)
    language = forms.ChoiceField(label="Language", choices=LANGUAGES)
    phone = forms.CharField(
        label="Phone", required=False, max_length=30, widget=forms.TextInput({"type": "tel"})
    )
    safe_to_text = forms.BooleanField(label="Safe to text", required=False)
    safe_to_voicemail = forms.BooleanField(label="Safe to leave voicemail", required=False)
    email = forms.EmailField(label="Email", required=False)
    safe_to_email = forms.BooleanField(label="Safe to email", required=False)
    has_legal_authority = forms.BooleanField(label="Has legal authority", required=False)
    may_receive = forms.BooleanField(label="Gets messages about visits", required=False)
    may_confirm = forms.BooleanField(label="May confirm", required=False)
    may_cancel = forms.BooleanField(label="May cancel or move", required=False)
    may_see_past = forms.BooleanField(label="May see past visits", required=False)
    valid_from_on = forms.DateField(label="From", required=False, widget=DAY)
    valid_until_on = forms.DateField(label="Until", required=False, widget=DAY)
    agreed_again = forms.BooleanField(
        label="Talked over today: this holds from now on",
        required=False,
        help_text="On the birthday from which the client decides alone, and at 18, what a guardian may do ends.",
    )
    custody_note = forms.CharField(
        label="Custody note",
        max_length=500,
        required=False,
        widget=forms.Textarea({"rows": 2}),
        help_text="Never sent to anybody.",
    )
    never_contact = forms.BooleanField(label="Must never be contacted", required=False)

    def __init__(self, *args, **kwargs) -> None:
        kwargs["initial"] = {"change_id": uuid.uuid4()} | (kwargs.get("initial") or {})
        super().__init__(*args, **kwargs)

    def clean_phone(self) -> str:
        typed = self.cleaned_data["phone"].strip()
        try:
            return e164(typed) if typed else ""
        except ValueError as error:
            raise forms.ValidationError(str(error)) from None

    @property
    def details(self) -> ContactDetails:
        return ContactDetails(**{name: self.cleaned_data[name] for name in ContactDetails.__slots__})


def initial_for(contact: ClientContact) -> dict:
    known = {name: getattr(contact, name) for name in COLUMNS}
    addresses = list(contact.addresses.all())
    phone = next((a for a in addresses if a.kind == AddressKind.PHONE), None)
    email = next((a for a in addresses if a.kind == AddressKind.EMAIL), None)
    if phone:
        known |= {"phone": spoken(phone.value), "safe_to_text": phone.safe_to_text}
        known |= {"safe_to_voicemail": phone.safe_to_voicemail}
    if email:
        known |= {"email": email.value, "safe_to_email": email.safe_to_email}
    return known
