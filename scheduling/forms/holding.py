"""The button of an opening, posted."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from core.actors import Actor
from core.walltime import from_epoch_minutes
from practice.models import Provider

FAR = 10**8  # minutes: the year 2160


class HoldForm(forms.Form):
    """`at`: provider and epoch minute, as the button names them. `token`: of the page, so each press has one id."""

    at = forms.RegexField(r"^[0-9a-f-]{36}\.\d{1,9}$")
    token = forms.UUIDField()

    def __init__(self, *args: Any, by: Actor, **options: Any) -> None:
        super().__init__(*args, **options)
        self.by = by

    def clean_at(self) -> str:
        public_id, minute = self.cleaned_data["at"].split(".")
        try:
            key = uuid.UUID(public_id)
        except ValueError:
            raise ValidationError("That is no opening.") from None
        provider = Provider.objects.visible_to(self.by).active().filter(public_id=key).first()
        if provider is None or int(minute) > FAR:
            raise ValidationError("That is no opening.")
        self.provider: Provider = provider
        self.starts_at: dt.datetime = from_epoch_minutes(int(minute))
        return self.cleaned_data["at"]

    @property
    def change_id(self) -> uuid.UUID:
        """The same for each press of the same button of the same page."""
        return uuid.uuid5(self.cleaned_data["token"], self.cleaned_data["at"])
