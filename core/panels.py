"""Named places on a page that apps above may fill. The lower page owns the place and knows none of them.

In an app's `ready()`: `panels.fill("scheduling.visit.messages", "reminders:visit-messages", order=10)`.
The address takes one argument, the subject's public id. A system check reverses every one; `{% panels %}` draws them.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core import checks
from django.urls import NoReverseMatch, reverse

# Each panel costs a request, a permission check and a flicker.
MOST = 3


@dataclass(frozen=True, slots=True)
class Filling:
    """`label`: the words of the plain link that stands there until the panel arrives."""

    place: str
    url_name: str
    order: int
    label: str

    @property
    def key(self) -> str:
        """An element id."""
        return f"panel-{self.url_name}".replace(":", "-")


_fillings: dict[tuple[str, str], Filling] = {}


def fill(place: str, url_name: str, order: int = 0, label: str = "Show more") -> None:
    _fillings[place, url_name] = Filling(place, url_name, order, label)


def fillings(place: str) -> list[Filling]:
    return sorted((f for f in _fillings.values() if f.place == place), key=lambda f: (f.order, f.url_name))


@checks.register(checks.Tags.urls)
def every_panel_has_an_address(app_configs: Sequence[Any] | None, **_: Any) -> list[checks.CheckMessage]:
    found: list[checks.CheckMessage] = [
        checks.Error(f"{f.url_name!r} fills {f.place!r} but takes no public id.", id="core.E001")
        for f in _fillings.values()
        if not _reverses(f.url_name)
    ]
    places = {f.place for f in _fillings.values()}
    return found + [
        checks.Error(f"{place!r} is filled more than {MOST} times.", id="core.E002")
        for place in sorted(places)
        if len(fillings(place)) > MOST
    ]


def _reverses(url_name: str) -> bool:
    try:
        reverse(url_name, args=[uuid.UUID(int=0)])
    except NoReverseMatch:
        return False
    return True
