"""The address of an outside calendar."""

import uuid

from django import forms


class OutsideActForm(forms.Form):
    change_id = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)


class AddressForm(OutsideActForm):
    """Written, never shown again: who has the address can read the calendar."""

    address = forms.CharField(
        label="Address of the calendar",
        max_length=2000,
        help_text="Ends in .ics, and begins with https:// or webcal://.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
