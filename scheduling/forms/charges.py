"""What one may ask the worklist, all of it in the address; and the small forms of its acts."""

from __future__ import annotations

import uuid

from django import forms

from scheduling.forms.dated import DatedSearch
from scheduling.queries.charges import Asked
from scheduling.states import ChargeKind, ChargeState, Decision

# What is shown → (words, the states of charges); "uncharged" lists visits.
TABS: dict[str, tuple[str, tuple[ChargeState, ...]]] = {
    "uncharged": ("Not charged", ()),
    "proposed": ("To decide", (ChargeState.PROPOSED,)),
    "missing": ("Missing data", (ChargeState.MISSING,)),
    "ready": ("Ready", (ChargeState.READY,)),
    "exported": ("Exported", (ChargeState.EXPORTED,)),
    "void": ("Void", (ChargeState.VOID, ChargeState.WAIVED)),
}
USUAL = "ready"


class ChargesSearch(DatedSearch):
    usual = USUAL

    kind = forms.ChoiceField(label="For", choices=[("", "Anything"), *ChargeKind.choices], required=False)
    show = forms.ChoiceField(
        choices=[(name, name) for name in TABS], required=False, widget=forms.HiddenInput
    )
    batch = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def asked(self) -> Asked | None:
        """None for a search that makes no sense."""
        if not self.is_valid():
            return None
        data = self.cleaned_data
        return Asked(
            states=TABS[self.shown][1],
            first_on=data["first_on"],
            last_on=data["last_on"],
            provider=data["provider"].pk if data["provider"] else None,
            kind=data["kind"],
            batch=data["batch"],
        )


class ManyForm(forms.Form):
    """A button over the list. `chosen`: public ids of the ticked rows; `all`: everything the search found."""

    change_id = forms.UUIDField()
    all = forms.BooleanField(required=False)

    def chosen(self) -> list[uuid.UUID]:
        """Those that are ids at all; anything else was not on the page."""
        return [uuid.UUID(text) for text in self.data.getlist("chosen") if _is_id(text)]  # type: ignore[attr-defined]


class DecideForm(forms.Form):
    change_id = forms.UUIDField()
    edition = forms.IntegerField()
    decision = forms.ChoiceField(choices=Decision.choices)
    reason = forms.CharField(max_length=300, required=False)


class VoidForm(forms.Form):
    change_id = forms.UUIDField()
    edition = forms.IntegerField()
    reason = forms.CharField(max_length=300, required=False)


def _is_id(text: str) -> bool:
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True
