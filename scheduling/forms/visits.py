"""Doors for typed input about visits: booking, moving, cancelling, and the one-click acts."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import replace
from itertools import groupby
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.functional import cached_property
from django.utils.html import format_html

from core.actors import Actor
from practice.models import Location, Practice, Provider, Room
from practice.states import Modality
from scheduling.forms.opening import chosen_provider
from scheduling.forms.people import People, PersonRow, people_from
from scheduling.forms.repeating import ScopeMixin
from scheduling.forms.typed import TypedMinutesField, TypedTimeField, said_time
from scheduling.models import Appointment, AppointmentType
from scheduling.queries.filling import AUTO_ROOM, free_room
from scheduling.rules.money import cents
from scheduling.rules.overrides import is_reason
from scheduling.rules.wishes import Place, Wish
from scheduling.states import CancelReason, Category, Notice

LONGEST = 12 * 60
NOBODY_NEEDED = (Category.ADMINISTRATIVE, Category.GROUP)
# The practice is the cause, so the client hears of it unless somebody says otherwise.
PRACTICE_CAUSED = (CancelReason.PROVIDER_UNAVAILABLE, CancelReason.EMERGENCY, CancelReason.WEATHER)


RELOAD = {"required": "Reload this page and try again.", "invalid": "Reload this page and try again."}


class ChangeForm(forms.Form):
    """What every act posts: its own id."""

    change_id = forms.UUIDField(widget=forms.HiddenInput, error_messages=RELOAD)

    def post_again(self, **values: object) -> None:
        """The same words, to be sent as a new act; `values` are put right on the way."""
        data = cast(QueryDict, self.data).copy()
        for name, value in {"change_id": uuid.uuid4(), **values}.items():
            data[name] = str(value)
        self.data = data


def instead(said: str) -> dict[str, str]:
    """What a suggested time puts into the fields: "2:15 pm", or with the day before it, "2026-12-02 2:15 pm"."""
    day, _, time = said.partition(" ")
    return {"on": day, "at": time} if day.count("-") == 2 else {"at": said}


class ActForm(ChangeForm):
    """`edition`: which state of the row was looked at."""

    edition = forms.IntegerField(min_value=1, widget=forms.HiddenInput, error_messages=RELOAD)


class PlaceForm(ChangeForm):
    provider = forms.ModelChoiceField(
        Provider.objects.none(),
        required=False,
        to_field_name="public_id",
        empty_label="Nobody, only the room",
    )
    on = forms.DateField(
        label="Date",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": "Write a date like 2026-11-24."},
    )
    at = TypedTimeField(label="Time", help_text="230p, 2:30 pm or 14:30")
    minutes = TypedMinutesField(label="Length", least=5, most=LONGEST, help_text="Minutes, or 1h30")
    location = forms.ModelChoiceField(Location.objects.none(), required=False, empty_label="No place")
    room = forms.TypedChoiceField(required=False, coerce=int, empty_value=None)
    modality = forms.ChoiceField(label="How", choices=Modality.choices)
    override_reason = forms.CharField(
        required=False,
        max_length=200,
        label="Override because…",
        help_text="Kept with the visit and reported.",
    )

    def __init__(self, *args: Any, by: Actor, practice: Practice, **options: Any) -> None:
        super().__init__(*args, **{"auto_id": "visit_%s", **options})
        self.by, self.practice = by, practice
        offer_rows(self, "provider", Provider.objects.active().visible_to(by))
        offer_rows(self, "location", Location.objects.filter(is_active=True))
        self.rooms = {
            room.pk: room for room in Room.objects.filter(is_active=True).select_related("location")
        }
        cast(forms.ChoiceField, self.fields["room"]).choices = room_choices(list(self.rooms.values()))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("on") and data.get("at"):
            self._start(data)
        if data.get("override_reason") and not is_reason(data["override_reason"]):
            self.add_error("override_reason", "Say in a few words why.")
        if room := self.rooms.get(data.get("room") or 0):
            data["location"] = data.get("location") or room.location
        if "provider" in data and not data["provider"] and not data.get("room"):
            self.add_error("provider", "Choose a provider, or a room.")
        return data

    def _start(self, data: dict[str, Any]) -> None:
        wall = dt.datetime.combine(data["on"], data["at"], self.practice.tz)
        start = wall.astimezone(dt.UTC)
        if start.astimezone(self.practice.tz).replace(tzinfo=None) != wall.replace(tzinfo=None):
            self.add_error("at", "The clocks change that night: this time does not exist.")
        else:
            data["starts_at"] = start

    @property
    def where(self) -> dict[str, Any]:
        """The values of a Place; KeyError while the form cannot say when."""
        data = self.cleaned_data
        provider, location = data.get("provider"), data.get("location")
        return {
            "provider_id": provider.pk if provider else None,
            "starts_at": data["starts_at"],
            "minutes": data["minutes"],
            "room_id": data.get("room"),
            "location_id": location.pk if location else None,
            "modality": data["modality"],
        }


def offer_rows(form: forms.Form, name: str, rows: QuerySet) -> None:
    cast(forms.ModelChoiceField, form.fields[name]).queryset = rows


def room_choices(rooms: list[Room]) -> list[tuple]:
    by_place = groupby(rooms, key=lambda room: room.location.name)
    grouped = [(place, [(room.pk, room.name) for room in group]) for place, group in by_place]
    return [("", "No room"), (AUTO_ROOM, "Any free room"), *grouped]


class BookForm(PlaceForm):
    """`people` are the look-up rows; `kept_minutes` is set when the length was dragged, so a type does not undo it."""

    type = forms.ModelChoiceField(AppointmentType.objects.filter(is_active=True), empty_label=None)
    title = forms.CharField(required=False, max_length=120, help_text="Shown instead of a name.")
    co_provider = forms.ModelChoiceField(
        Provider.objects.none(),
        required=False,
        to_field_name="public_id",
        label="Together with",
        empty_label="Nobody else",
    )
    buffer_before = TypedMinutesField(required=False, label="Buffer before", most=120)
    buffer_after = TypedMinutesField(required=False, label="Buffer after", most=120)
    rate = forms.DecimalField(required=False, min_value=0, max_digits=8, decimal_places=2)
    note = forms.CharField(required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 2}))
    tell = forms.BooleanField(required=False, initial=True, label="Tell the client")
    kept_minutes = forms.BooleanField(required=False, widget=forms.HiddenInput)
    hold = forms.UUIDField(required=False, widget=forms.HiddenInput, error_messages=RELOAD)
    search = forms.CharField(required=False, max_length=3000, widget=forms.HiddenInput)  # where it came from

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        offer_rows(self, "co_provider", Provider.objects.active())
        self.people: list[PersonRow] = people_from(self.data or self.initial, by=self.by) or [PersonRow()]

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if self._nobody_comes(data):
            self.people[0].error = "Say who comes."
        for number, row in enumerate(self.people):
            if row.error:
                link = '<a href="#client-{}">Client</a>: {}'
                self.add_error(None, ValidationError(format_html(link, number, row.error), code="client"))
        if data.get("provider") and data.get("co_provider") == data["provider"]:
            self.add_error("co_provider", "Choose somebody else.")
        return data

    def _nobody_comes(self, data: dict[str, Any]) -> bool:
        kind = data.get("type")
        anybody = any(row.client or row.error for row in self.people)
        return kind is not None and kind.category not in NOBODY_NEEDED and not anybody

    @property
    def notice(self) -> str:
        return Notice.STANDARD if self.cleaned_data["tell"] else Notice.NONE

    def wish(self, *, now: dt.datetime) -> Wish | None:
        """What is asked for, as far as it is said; None until type, day, time and length stand."""
        data = self.cleaned_data
        if any(data.get(name) is None for name in ("type", "starts_at", "minutes", "modality")):
            return None
        co = data.get("co_provider")
        wish = Wish(
            **self.where | {"room_id": None if data.get("room") == AUTO_ROOM else data.get("room")},
            type_id=data["type"].pk,
            client_ids=tuple(row.client.pk for row in self.people if row.client),
            co_provider_id=co.pk if co else None,
            buffer_before_minutes=data.get("buffer_before"),
            buffer_after_minutes=data.get("buffer_after"),
            title=data.get("title", ""),
            note=data.get("note", ""),
            rate_cents=cents(data.get("rate")),
        )
        return self._with_room(wish, now) if data.get("room") == AUTO_ROOM else wish

    def _with_room(self, wish: Wish, now: dt.datetime) -> Wish:
        held = [self.held.pk] if self.held else []
        return self.in_room(wish, free_room(wish, now=now, ignoring=held))

    @cached_property
    def held(self) -> Appointment | None:
        """The hold this form was opened with, whatever became of it."""
        public_id = self["hold"].value()
        if not public_id or (self.is_bound and "hold" in self.errors):
            return None
        return Appointment.objects.visible_to(self.by).filter(public_id=public_id).first()

    def in_room(self, wish: Wish, room_id: int | None) -> Wish:
        return replace(wish, room_id=room_id)

    @property
    def kind(self) -> AppointmentType | None:
        """The type chosen, whether or not the rest of the form stands."""
        chosen = self["type"].value()
        if isinstance(chosen, AppointmentType):
            return chosen
        return AppointmentType.objects.filter(pk=chosen).first() if str(chosen or "").isdecimal() else None

    @property
    def coming(self) -> People:
        return People(self.people, self.kind.category if self.kind else "")

    @property
    def chosen_provider(self) -> Provider | None:
        chosen = self["provider"].value()
        return chosen if isinstance(chosen, Provider) else chosen_provider({"provider": chosen}, self.by)

    def unjudged(self) -> BookForm:
        """The same words without a verdict on them."""
        names = [name for name in self.fields if name in self.data]
        fresh = BookForm(
            initial={name: self.data[name] for name in names}, by=self.by, practice=self.practice
        )
        fresh.people = self.people
        return fresh


def as_posted(form: BookForm) -> BookForm:
    """The opening values of a form, looked at as if somebody had sent them."""
    posted = {name: form[name].field.prepare_value(form[name].value()) for name in form.fields}
    probe = BookForm(posted, by=form.by, practice=form.practice)
    probe.people = [replace(row) for row in form.people]
    return probe


class MoveForm(ScopeMixin, PlaceForm):
    edition = forms.IntegerField(min_value=1, widget=forms.HiddenInput, error_messages=RELOAD)
    agreed = forms.BooleanField(
        required=False, label="Agreed with the client", help_text="Keeps their confirmation."
    )
    tell = forms.BooleanField(required=False, initial=True, label="Tell the client")

    def __init__(self, *args: Any, visit: Appointment, **options: Any) -> None:
        super().__init__(*args, **options)
        self.visit = visit
        room = cast(forms.ChoiceField, self.fields["room"])
        room.choices = [
            choice for choice in room_choices(list(self.rooms.values())) if choice[0] != AUTO_ROOM
        ]

    @property
    def notice(self) -> str:
        return Notice.STANDARD if self.cleaned_data["tell"] else Notice.NONE

    def place(self) -> Place | None:
        data = self.cleaned_data
        if any(data.get(name) is None for name in ("starts_at", "minutes", "modality")):
            return None
        return Place(**self.where, co_provider_id=self.visit.co_provider_id)

    def asked_again(self) -> MoveForm:
        """The same words, with a suggested time put in, judged afresh."""
        return MoveForm(self.data, visit=self.visit, by=self.by, practice=self.practice)


class RestoreForm(ActForm):
    override_reason = forms.CharField(
        required=False,
        max_length=200,
        label="Override because…",
        help_text="Kept with the visit and reported.",
    )


def standing(visit: Appointment, practice: Practice) -> dict[str, Any]:
    """A visit's own place as a MoveForm's first values."""
    start = visit.starts_at.astimezone(practice.tz)
    return {
        "provider": visit.provider.public_id if visit.provider else "",
        "on": start.date().isoformat(),
        "at": said_time(start, clock_24h=practice.clock_24h),
        "minutes": visit.minutes,
        "location": visit.location_id,
        "room": visit.room_id,
        "modality": visit.modality,
        "edition": visit.edition,
    }


class ReasonForm(ActForm):
    """Why somebody, or nobody, comes."""

    reason = forms.ChoiceField(
        choices=[("", "Choose…"), *CancelReason.choices],
        error_messages={"required": "A cancellation needs a reason."},
    )
    text = forms.CharField(required=False, max_length=300, label="In your words")
    tell = forms.BooleanField(
        required=False,
        label="Tell the client",
        help_text="Usual when the practice is the cause, not when they asked.",
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("reason") == CancelReason.OTHER and not data.get("text", "").strip():
            self.add_error("text", ValidationError("Say in a few words why."))
        return data

    @property
    def notice(self) -> str:
        return Notice.STANDARD if self.cleaned_data["tell"] else Notice.NONE


class CancelForm(ScopeMixin, ReasonForm):
    """The visit, or its series with it."""


class AddPersonForm(ActForm):
    """`row`: whom the look-up means; good when exactly one client is understood."""

    override_reason = forms.CharField(
        required=False,
        max_length=200,
        label="Override because…",
        help_text="Kept with the visit and reported.",
    )
    tell = forms.BooleanField(required=False, initial=True, label="Tell the client")

    def __init__(self, *args: Any, by: Actor, **options: Any) -> None:
        super().__init__(*args, **{"auto_id": "visit_%s", **options})
        [self.row, *_] = people_from(self.data or self.initial, by=by) or [PersonRow()]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.row.client and not self.row.error:
            self.row.error = "Say who comes too."
        if self.row.error:
            link = format_html('<a href="#client-0">Client</a>: {}', self.row.error)
            self.add_error(None, ValidationError(link, code="client"))
        return data

    @property
    def notice(self) -> str:
        return Notice.STANDARD if self.cleaned_data["tell"] else Notice.NONE
