"""From whom a client is kept apart."""

import uuid
from typing import Any, cast

from django import forms

from core.actors import Actor
from practice.models import Client, Provider
from practice.permissions import may


class ApartForm(forms.Form):
    """`client` is looked up while typing and comes as a public id. The reason is asked of clinical staff only."""

    change_id = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    client = forms.UUIDField(label="Another client", required=False)
    provider = forms.ModelChoiceField(
        label="Or a provider",
        queryset=Provider.objects.none(),
        required=False,
        to_field_name="public_id",
        empty_label="Nobody",
    )
    reason = forms.CharField(
        label="Why",
        required=False,
        max_length=300,
        widget=forms.Textarea({"rows": 2}),
        help_text="Only clinical staff can read this.",
    )

    def __init__(self, *args: Any, by: Actor, **options: Any) -> None:
        super().__init__(*args, **options)
        self.by = by
        cast(forms.ModelChoiceField, self.fields["provider"]).queryset = Provider.objects.active()
        if not may(by, "apart.reason"):
            del self.fields["reason"]

    def clean_client(self) -> Client | None:
        """Without JavaScript only the words come; they have to fit one person."""
        wanted, words = self.cleaned_data["client"], self.data.get("q", "").strip()[:80]
        seen = Client.objects.visible_to(self.by)
        if wanted is None and not words:
            return None
        found = list((seen.filter(public_id=wanted) if wanted else seen.matching(words))[:2])
        if len(found) != 1:
            raise forms.ValidationError("Choose one client from the list.")
        return found[0]

    @property
    def facts(self) -> dict[str, Any]:
        other, provider = self.cleaned_data["client"], self.cleaned_data["provider"]
        return {
            "other_client_id": other.pk if other else None,
            "provider_id": provider.pk if provider else None,
            "reason": self.cleaned_data.get("reason", ""),
        }
