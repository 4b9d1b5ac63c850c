"""What there is to choose from in a search: types, providers and what they are, places, rooms. Four queries."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from core.actors import Actor
from practice.models import Location, Provider, Room
from scheduling.models import AppointmentType
from scheduling.states import Category


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """Pairs of value and label, as a select takes them; `people`: the providers themselves."""

    types: list[tuple[int, str]]
    people: Sequence[Provider]
    locations: list[tuple[int, str]]
    rooms: list[tuple[str, list[tuple[int, str]]]]

    @property
    def providers(self) -> list[tuple[str, str]]:
        return [(str(one.public_id), one.name) for one in self.people]

    def of(self, name: str) -> list[tuple[str, str]]:
        """Everything any of the providers has there, once."""
        found = sorted({word for one in self.people for word in _words(getattr(one, name)) if word})
        return [("", "Any"), *((word, word) for word in found)]


def choices_for(by: Actor) -> Choices:
    rooms = Room.objects.filter(is_active=True).select_related("location")
    grouped = groupby(rooms, key=lambda room: room.location.name)
    types = AppointmentType.objects.filter(is_active=True).exclude(category=Category.ADMINISTRATIVE)
    return Choices(
        types=list(types.values_list("pk", "name")),
        people=list(Provider.objects.visible_to(by).active()),
        locations=list(Location.objects.filter(is_active=True).values_list("pk", "name")),
        rooms=[(place, [(room.pk, room.name) for room in group]) for place, group in grouped],
    )


def _words(value: str | Iterable[str]) -> Iterable[str]:
    return [value] if isinstance(value, str) else value
