"""Open times by state and provider; an offer by hand; an answer taken down."""

from __future__ import annotations

import datetime as dt
from typing import Any, cast
from urllib.parse import urlencode

from django import forms

from core.actors import Actor
from practice.models import Provider
from waitlist.states import DeclineReason, SpanState

ENDED_DAYS = 14


class TimesFilter(forms.Form):
    """All of it stands in the address."""

    state = forms.ChoiceField(label="State", choices=SpanState.choices, required=False)
    provider = forms.ModelChoiceField(
        label="With",
        queryset=Provider.objects.none(),
        required=False,
        to_field_name="public_id",
        empty_label="Any provider",
    )

    def __init__(self, *args: Any, by: Actor, **options: Any) -> None:
        super().__init__(*args, **options)
        cast(Any, self.fields["provider"]).queryset = Provider.objects.active().visible_to(by)

    def apply(self, spans: Any, now: dt.datetime) -> Any:
        """Open ones by when they are; others the latest first, of a fortnight."""
        self.is_valid()
        data = self.cleaned_data
        state = data.get("state") or SpanState.OPEN
        found = spans.filter(state=state)
        if data.get("provider"):
            found = found.filter(provider=data["provider"])
        if state == SpanState.OPEN:
            return found.filter(ends_at__gt=now).order_by("starts_at", "pk")
        return found.filter(created_at__gt=now - dt.timedelta(days=ENDED_DAYS)).order_by("-starts_at", "pk")

    @property
    def query(self) -> str:
        asked = {name: self.data.get(name) for name in self.fields if self.data.get(name)}
        return f"{urlencode(asked)}&" if asked else ""


class ByHandForm(forms.Form):
    change_id = forms.UUIDField()
    entry = forms.UUIDField()


class AnswerForm(forms.Form):
    change_id = forms.UUIDField()
    answer = forms.ChoiceField(choices=[("yes", "yes"), ("no", "no"), ("back", "back")])
    reason = forms.ChoiceField(choices=DeclineReason.choices, required=False)
