"""What staff type in the inbox."""

import uuid
from typing import Any

from django import forms

from messaging.operations.threads import MOST_LETTERS

SHOWN = {"waiting": "Waiting", "mine": "Mine", "all": "All", "closed": "Closed"}


class ReplyForm(forms.Form):
    """The change's id makes a form pressed twice one text."""

    text = forms.CharField(
        label="Your text",
        max_length=MOST_LETTERS,
        widget=forms.Textarea(attrs={"rows": 3, "data-segments": "segments-told"}),
    )
    despite = forms.BooleanField(label="Send it anyway", required=False)
    change_id = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)

    @property
    def facts(self) -> dict[str, Any]:
        return dict(self.cleaned_data)


class InboxFilter(forms.Form):
    """From the address: unknown values mean the usual."""

    show = forms.ChoiceField(choices=list(SHOWN.items()), required=False)

    @property
    def shown(self) -> str:
        return (self.cleaned_data.get("show") if self.is_valid() else "") or "waiting"
