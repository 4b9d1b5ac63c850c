"""Days and clock times as people read them, in the languages clients choose. Shape only: no zone is applied here."""

import datetime as dt

from django.utils import translation
from django.utils.dateformat import format as formatted

LONG = {"en": "l, F j", "es": r"l, j \d\e F"}
SHORT = {"en": "D, M j", "es": "D j b"}


def spoken(language: str) -> str:
    """The language we have words in: "es-MX" is Spanish, what we have no words in is English."""
    return "es" if language[:2].lower() == "es" else "en"


def long_day(on: dt.date, language: str = "en") -> str:
    """ "Tuesday, November 24"; "Martes, 24 de noviembre"."""
    return _said(on, LONG, language)


def short_day(on: dt.date, language: str = "en") -> str:
    """ "Tue, Nov 24"; "Mar 24 nov"."""
    return _said(on, SHORT, language)


def clock(at: dt.datetime | dt.time, *, h24: bool) -> str:
    """ "11:00 am", by 24 hours "11:00"; a datetime is already local."""
    if h24:
        return f"{at:%H:%M}"
    return f"{at.hour % 12 or 12}:{at:%M} {'am' if at.hour < 12 else 'pm'}"


def span(start: dt.datetime, end: dt.datetime, *, h24: bool) -> str:
    return f"{clock(start, h24=h24)} – {clock(end, h24=h24)}"


def _said(on: dt.date, shapes: dict[str, str], language: str) -> str:
    known = spoken(language)
    with translation.override(known):
        words = str(formatted(on, shapes[known]))
    return words[:1].upper() + words[1:]
