"""Writing down what somebody agreed to."""

import uuid
from collections.abc import Sequence
from typing import Any

from django import forms

from core import clock
from core.refusals import AlreadyUsed, Refusal
from messaging.queries import Place
from messaging.rules.agreeing import given_at, ready_words
from messaging.rules.reach import NO_CONSENT, NOT_SAFE, WITHDRAWN
from messaging.states import ConsentSource
from practice.models import Practice
from practice.rules.phones import spoken
from practice.states import Channel

AT_THE_DESK = [ConsentSource.FORM, ConsentSource.VERBAL, ConsentSource.WEB]
YES, NO = "yes", "no"
# What writing a line can mend, the likeliest errand first.
MENDABLE = (NO_CONSENT, NOT_SAFE, WITHDRAWN)


class Choices(forms.RadioSelect):
    """Radio buttons that carry the ready words of their channel, for static/js/ready-words.js."""

    words: dict[str, tuple[str, str]]

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(name, value, *args, **kwargs)
        yes, no = self.words.get(str(value), ("", ""))
        option["attrs"] |= {"data-words-yes": yes, "data-words-no": no}
        return option


class ConsentForm(forms.Form):
    """`places`: every address on file (messaging.queries.places_of). `change_id` makes a second press the same act."""

    change_id = forms.UUIDField(widget=forms.HiddenInput)
    line = forms.ChoiceField(label="For", widget=Choices, error_messages={"required": "Choose an address."})
    granted = forms.ChoiceField(
        label="They said",
        choices=[(YES, "Yes, you may"), (NO, "No, please do not")],
        widget=forms.RadioSelect,
    )
    is_safe = forms.BooleanField(
        label="Safe to use: nobody else reads what comes there",
        required=False,
        help_text="Without this nothing is sent, whatever they agreed to. What is marked already stays so.",
    )
    source = forms.ChoiceField(label="How", choices=[(s.value, s.label) for s in AT_THE_DESK])
    given_on = forms.DateField(label="When", widget=forms.DateInput({"type": "date"}))
    wording = forms.CharField(
        label="The words they agreed to",
        max_length=300,
        widget=forms.Textarea({"rows": 3, "data-ready-words": True}),
        help_text="As on the form, or as you said them.",
    )

    def __init__(self, *args: Any, places: Sequence[Place], practice: Practice, **kwargs: Any) -> None:
        self.places, self.practice, self.now = {place.key: place for place in places}, practice, clock.now()
        kwargs["initial"] = self._initial() | (kwargs.get("initial") or {})
        super().__init__(*args, **kwargs)
        field = self.fields["line"]
        field.choices = [(key, label_of(place)) for key, place in self.places.items()]  # type: ignore[attr-defined]
        field.widget.words = {key: self._ready(place.channel) for key, place in self.places.items()}

    def clean(self) -> dict[str, Any]:
        known = super().clean() or {}
        place, granted = self.places.get(known.get("line", "")), known.get("granted") == YES
        given_on, words = known.get("given_on"), known.get("wording")
        if given_on and not given_at(given_on, granted=granted, now=self.now, zone=self.practice.tz):
            self.add_error("given_on", "Nobody can have agreed on a day that has not come yet.")
        if place and words and self._are_of_another(words, place.channel, granted=granted):
            said = "yes" if granted else "no"
            self.add_error(
                "wording", f"These words do not fit: write what the {said} to {name_of(place.channel)} was."
            )
        return known

    def refuse(self, refusal: Refusal) -> None:
        """The operation's no, beside its field; a form whose id was spent on something else gets a new one."""
        self.add_error(refusal.field if refusal.field in self.fields else None, refusal.message)
        if isinstance(refusal, AlreadyUsed):
            self.data = {**self.data, "change_id": str(uuid.uuid4())}

    @property
    def facts(self) -> dict[str, Any]:
        """For `operations.consent.take_consent`."""
        known, place = self.cleaned_data, self.places[self.cleaned_data["line"]]
        return {
            "address_id": place.address_id,
            "channel": place.channel,
            "granted": known["granted"] == YES,
            "wording": known["wording"],
            "source": ConsentSource(known["source"]),
            "given_on": known["given_on"],
            "is_safe": known["is_safe"],
            "change_id": known["change_id"],
        }

    def _initial(self) -> dict[str, Any]:
        first = likeliest(list(self.places.values()))
        today = self.now.astimezone(self.practice.tz).date()
        known = {"change_id": uuid.uuid4(), "granted": YES, "source": ConsentSource.VERBAL, "given_on": today}
        if first:
            known |= {"line": first.key, "wording": self._ready(first.channel)[0]}
            # Ticked beforehand only where that marks nothing new, whichever address is chosen.
            known["is_safe"] = all(place.is_safe for place in self.places.values())
        return known

    def _ready(self, channel: str) -> tuple[str, str]:
        sender = self.practice.sender_name
        return tuple(ready_words(channel, granted=granted, sender=sender) for granted in (True, False))  # type: ignore[return-value]

    def _are_of_another(self, words: str, channel: str, *, granted: bool) -> bool:
        """The ready words of another channel or the other answer, left standing where no script swapped them."""
        channels = {place.channel for place in self.places.values()}
        own = self._ready(channel)[0 if granted else 1]
        return words != own and words in {ready for one in channels for ready in self._ready(one)}


def likeliest(places: Sequence[Place]) -> Place | None:
    """The address somebody opens this form for: one that a line of consent would open."""
    for refusal in MENDABLE:
        for place in places:
            if place.is_ready and place.refusal == refusal:
                return place
    return places[0] if places else None


def name_of(channel: str) -> str:
    return {Channel.SMS: "texts", Channel.EMAIL: "emails", Channel.VOICE: "calls"}.get(
        Channel(channel), channel
    )


def words_for(channel: str, value: str) -> str:
    """`Text (202) 555-0117`"""
    return f"{Channel(channel).label} {value if channel == Channel.EMAIL else spoken(value)}"


def label_of(place: Place) -> str:
    words = words_for(place.channel, place.value)
    return f"{words}, {place.contact}" if place.contact else words
