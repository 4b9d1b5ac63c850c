"""Ways out of a page that apps above may open: where what was wanted cannot be had here, there may be another place.

In an app's `ready()`: `doors.open_to("scheduling.openings", "waitlist:entry-new", label="Add to the waiting list")`.
The lower page says what it knows as a query of public facts; it knows none of those who open doors.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse


@dataclass(frozen=True, slots=True)
class Door:
    label: str
    url: str
    icon: str


_doors: dict[tuple[str, str], tuple[str, str]] = {}


def open_to(place: str, url_name: str, *, label: str, icon: str = "") -> None:
    """Opening the same one again is harmless."""
    _doors[place, url_name] = (label, icon)


def at(place: str, about: Mapping[str, object]) -> list[Door]:
    """`about`: what the page knows, without what it does not."""
    query = urlencode({name: value for name, value in about.items() if value})
    return [
        Door(label, f"{reverse(url_name)}?{query}" if query else reverse(url_name), icon)
        for (where, url_name), (label, icon) in _doors.items()
        if where == place
    ]
