"""What somebody looks for, read from an address. No look-ups: names that fit nothing find nothing."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict

from core.walltime import ONE_DAY
from practice.models import Practice
from practice.states import Modality
from scheduling.forms.typed import TypedMinutesField, TypedTimeField
from scheduling.queries.choices import Choices
from scheduling.queries.openings import Search

MOST_DAYS = 92
DEFAULT_DAYS = 14
ANY_ROOM = "any"
OUTSIDE = {"first": "from", "last": "to"}
FOLDED = ("minutes", "location", "room", "modality", "insurance", "language", "specialty", "gender")
DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
WEEKDAYS = [(str(n), name) for n, name in enumerate(("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"))]


class UuidsField(forms.Field):
    """Several public ids, as `p=…&p=…`."""

    widget = forms.MultipleHiddenInput

    def to_python(self, value: Any) -> tuple[uuid.UUID, ...]:
        try:
            return tuple(dict.fromkeys(uuid.UUID(str(one)) for one in value or ()))
        except ValueError:
            raise ValidationError("That is not the id of a provider.", code="invalid") from None


class OpeningsForm(forms.Form):
    """The words of the address. `first` and `last` are `from` and `to` there; `room` is a number or "any"."""

    type = forms.IntegerField(min_value=1, error_messages={"required": "Choose a type."})
    provider = UuidsField(required=False, label="Providers")
    first = forms.DateField(required=False, label="From", widget=DAY)
    last = forms.DateField(required=False, label="To", widget=DAY)
    minutes = TypedMinutesField(required=False, least=5, label="Length")
    client = forms.UUIDField(required=False, widget=forms.HiddenInput)
    location = forms.IntegerField(required=False, min_value=1)
    room = forms.RegexField(r"^(any|[1-9]\d{0,8})$", required=False)
    modality = forms.ChoiceField(required=False, choices=[("", "Any"), *Modality.choices], label="How")
    day = forms.MultipleChoiceField(
        required=False,
        choices=WEEKDAYS,
        label="Days",
        widget=forms.CheckboxSelectMultiple({"id": "find_days"}),
    )
    after = TypedTimeField(required=False, label="Not before")
    before = TypedTimeField(required=False, label="Done by")
    insurance = forms.CharField(required=False, max_length=60)
    language = forms.CharField(required=False, max_length=20)
    specialty = forms.CharField(required=False, max_length=60)
    gender = forms.CharField(required=False, max_length=30)
    limit = forms.IntegerField(required=False, min_value=1, max_value=1000)

    def __init__(self, *args: Any, today: dt.date, **options: Any) -> None:
        super().__init__(*args, **options)
        self.today = today

    def add_prefix(self, field_name: str) -> str:
        return OUTSIDE.get(field_name, field_name)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        first = given.get("first") or self.today
        last = given.get("last") or first + ONE_DAY * (DEFAULT_DAYS - 1)
        if last < first:
            self.add_error("last", "The last day lies before the first.")
        elif (last - first).days >= MOST_DAYS:
            self.add_error("last", f"Search {MOST_DAYS} days at most.")
        return given | {"first": first, "last": last}

    def search(self, *, client_ids: tuple[int, ...] = ()) -> Search:
        """Only after `is_valid()`. client_ids: whom `client` names, looked up by who may see them."""
        given = self.cleaned_data
        room = given["room"]
        return Search(
            type_id=given["type"],
            first=given["first"],
            last=given["last"],
            providers=given["provider"],
            minutes=given["minutes"],
            client_ids=client_ids,
            location_id=given["location"],
            room_id=int(room) if room and room != ANY_ROOM else None,
            any_room=room == ANY_ROOM,
            modality=given["modality"],
            weekdays=frozenset(map(int, given["day"])),
            from_time=given["after"] or dt.time.min,
            until_time=given["before"],
            insurance=given["insurance"],
            language=given["language"],
            specialty=given["specialty"],
            gender=given["gender"],
        )

    def address(self, **changes: object) -> str:
        """What was asked as the shortest query that asks it again. `changes`: other words, empty to leave one out."""
        query = QueryDict(mutable=True)
        data = cast(QueryDict, self.data)
        words = {name: data.getlist(self.add_prefix(name)) for name in self.fields}
        words |= {name: [] if value in ("", None) else [str(value)] for name, value in changes.items()}
        for name, values in words.items():
            query.setlist(self.add_prefix(name), [value for value in values if value])
        return query.urlencode()

    def named_errors(self) -> dict[str, list[str]]:
        """By the words of the address."""
        return {self.add_prefix(name): [str(e) for e in errors] for name, errors in self.errors.items()}


class FiltersForm(OpeningsForm):
    """The same, drawn: with the choices there are, and a type and days to begin with."""

    def __init__(self, query: QueryDict, *, today: dt.date, choices: Choices, type_id: int | None) -> None:
        data = query.copy()
        first = {
            "type": str(type_id or ""),
            "from": today.isoformat(),
            "to": (today + ONE_DAY * (DEFAULT_DAYS - 1)).isoformat(),
        }
        for name, value in first.items():
            if not data.get(name) and value:
                data[name] = value
        super().__init__(data, today=today, auto_id="find_%s")
        for name, options in (
            ("type", choices.types),
            ("location", [("", "Any"), *choices.locations]),
            ("room", [("", "No room needed"), (ANY_ROOM, "Any fitting room"), *choices.rooms]),
            ("insurance", choices.of("insurances")),
            ("language", choices.of("languages")),
            ("specialty", choices.of("specialties")),
            ("gender", choices.of("gender")),
        ):
            self.fields[name].widget = forms.Select(choices=options, attrs=self.fields[name].widget.attrs)
        self.fields["provider"].widget = forms.CheckboxSelectMultiple(
            {"id": "find_people"}, choices.providers
        )

    @property
    def token(self) -> uuid.UUID:
        """Of this drawing of the page: each button of it is then one act, however often it is pressed."""
        return uuid.uuid4()

    @property
    def is_narrow(self) -> bool:
        """Something is asked for that the folded part of the form holds."""
        return any(self.data.get(name) for name in FOLDED)


def today_of(practice: Practice, now: dt.datetime) -> dt.date:
    return now.astimezone(practice.tz).date()
