"""Times and lengths as people type them, and back."""

import datetime as dt
import re

from django import forms
from django.core.exceptions import ValidationError

_WORDS = {"noon": dt.time(12), "midday": dt.time(12), "midnight": dt.time(0)}
_TIME = re.compile(
    r"(?P<hour>\d{1,2})(?:[:.h ]?(?P<minute>\d{2}))?\s*h?\s*(?P<half>[ap])?\.?(?:m\.?)?", re.ASCII
)
_LENGTH = re.compile(
    r"(?:(?P<hours>\d{1,2})\s*(?:h|hr|hrs|hours?|:)\s*)?(?:(?P<minutes>\d{1,3})\s*(?:m|min|mins|minutes)?)?",
    re.ASCII,
)
AFTERNOON = range(1, 7)


def parse_time(text: str) -> dt.time:
    """Wall time. Without am or pm the hours 1 to 6 mean the afternoon, unless a leading zero says 24-hour clock.

    Raises ValueError.
    """
    plain = " ".join(text.lower().split())
    if plain in _WORDS:
        return _WORDS[plain]
    found = _TIME.fullmatch(plain)
    if found is None:
        raise ValueError(text)
    hour, minute = int(found["hour"]), int(found["minute"] or 0)
    return dt.time(_hour24(hour, found["half"], is_literal=found["hour"].startswith("0")), minute)


def _hour24(hour: int, half: str | None, *, is_literal: bool) -> int:
    if half is None:
        return hour + 12 if hour in AFTERNOON and not is_literal else hour
    if not 1 <= hour <= 12:
        raise ValueError(hour)
    return hour % 12 + (12 if half == "p" else 0)


def parse_minutes(text: str) -> int:
    """`50`, `50 min`, `1h30`, `1:30`, `1.5 h`. Raises ValueError."""
    plain = "".join(text.lower().split())
    if part := re.fullmatch(r"(\d{1,2}[.,]\d{1,2})(?:h|hr|hrs|hours?)", plain):
        return round(float(part[1].replace(",", ".")) * 60)
    found = _LENGTH.fullmatch(plain)
    if not plain or found is None:
        raise ValueError(text)
    return int(found["hours"] or 0) * 60 + int(found["minutes"] or 0)


def said_time(moment: dt.time | dt.datetime, *, clock_24h: bool) -> str:
    return moment.strftime("%H:%M") if clock_24h else moment.strftime("%-I:%M %p").lower()


class TypedTimeField(forms.CharField):
    """Cleans to a `datetime.time`."""

    default_error_messages = {"invalid": "Write a time like 2:30 pm, 230p or 14:30."}

    def to_python(self, value: object) -> dt.time | None:  # type: ignore[override]  # a narrower field than CharField
        if isinstance(value, dt.time) or not (text := str(value or "").strip()):
            return value if isinstance(value, dt.time) else None
        try:
            return parse_time(text)
        except ValueError:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from None


class TypedMinutesField(forms.CharField):
    """Cleans to whole minutes within `least` and `most`."""

    default_error_messages = {"invalid": "Write minutes, like 50 or 1h30."}

    def __init__(self, *, least: int = 0, most: int = 720, **options) -> None:
        super().__init__(**options)
        self.least, self.most = least, most

    def to_python(self, value: object) -> int | None:  # type: ignore[override]  # a narrower field than CharField
        if isinstance(value, int) or not (text := str(value if value is not None else "").strip()):
            return value if isinstance(value, int) else None
        try:
            minutes = parse_minutes(text)
        except ValueError:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from None
        if not self.least <= minutes <= self.most:
            raise ValidationError(f"Choose between {self.least} and {self.most} minutes.", code="range")
        return minutes
