"""Doors for typed input about members: who is referred, what came of the screening, why somebody leaves."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.html import format_html

from core.actors import Actor
from groups.states import ExitReason
from scheduling.forms.people import PersonRow, people_from
from scheduling.forms.visits import ActForm, ChangeForm
from scheduling.states import Notice

APPROVE, DECLINE = "approve", "decline"


class ReferForm(ChangeForm):
    """`row`: whom the look-up means; good when exactly one client is understood."""

    def __init__(self, *args: Any, by: Actor, **options: Any) -> None:
        super().__init__(*args, **options)
        [self.row, *_] = people_from(self.data or self.initial, by=by) or [PersonRow()]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.row.client and not self.row.error:
            self.row.error = "Say who asks for a place."
        if self.row.error:
            link = format_html('<a href="#client-0">Client</a>: {}', self.row.error)
            self.add_error(None, ValidationError(link, code="client"))
        return data


class ScreenForm(ActForm):
    decision = forms.ChoiceField(
        label="Does the group suit?",
        choices=[(APPROVE, "Yes, they may join"), (DECLINE, "No, declined")],
        widget=forms.RadioSelect,
        error_messages={"required": "Say whether they may join."},
    )
    notes = forms.CharField(
        label="Notes",
        required=False,
        max_length=4000,
        widget=forms.Textarea({"rows": 5}),
        help_text="Kept encrypted. Only clinical staff of this group can read them.",
    )


class MemberActForm(ActForm):
    """A button: enrol, put in line, hold, resume. A reason where a session needs an override."""

    override_reason = forms.CharField(
        required=False,
        max_length=200,
        label="Override because…",
        help_text="Kept with each session that needs it, and reported.",
    )


class ExitForm(ActForm):
    reason = forms.ChoiceField(
        label="Why",
        choices=[("", "Choose…"), *ExitReason.choices],
        error_messages={"required": "Say why they leave."},
    )
    text = forms.CharField(required=False, max_length=300, label="In your words")
    tell = forms.BooleanField(
        required=False, label="Tell the client", help_text="Of the sessions ahead that they are taken off."
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("reason") == ExitReason.OTHER and not data.get("text", "").strip():
            self.add_error("text", ValidationError("Say in a few words why."))
        return data

    @property
    def notice(self) -> str:
        return Notice.STANDARD if self.cleaned_data["tell"] else Notice.NONE


class StateForm(ActForm):
    """Close, archive, open again."""

    state = forms.CharField(widget=forms.HiddenInput)
