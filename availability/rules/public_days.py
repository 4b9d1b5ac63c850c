"""Public holidays by country, region and year, offered as closures. Source: the `holidays` package."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import holidays
from holidays.registry import COUNTRIES

ENGLISH = "en_US"


@dataclass(frozen=True, slots=True, order=True)
class PublicDay:
    on: dt.date
    name: str


@cache
def countries() -> Mapping[str, str]:
    """ISO code → name, by name."""
    named = {entry[1]: module.replace("_", " ").title() for module, entry in COUNTRIES.items()}
    return dict(sorted(named.items(), key=lambda one: one[1]))


@cache
def regions(country: str) -> Mapping[str, str]:
    """Code → name where the package knows one, else the code; empty for a country without."""
    if country not in countries():
        return {}
    codes = holidays.list_supported_countries(include_aliases=False).get(country, [])
    kind = type(holidays.country_holidays(country))
    names = {code: name for name, code in getattr(kind, "subdivisions_aliases", {}).items()}
    return dict(sorted(((code, names.get(code, code)) for code in codes), key=lambda one: one[1]))


@cache
def public_days(country: str, region: str, year: int) -> tuple[PublicDay, ...]:
    """By date, observed ones included, in English where the package has it. Raises NotImplementedError, KeyError."""
    kind = type(holidays.country_holidays(country))
    speaks = getattr(kind, "supported_languages", ())
    found = holidays.country_holidays(
        country,
        subdiv=region or None,
        years=year,
        language=ENGLISH if ENGLISH in speaks else None,
    )
    return tuple(sorted(PublicDay(on, name[:80]) for on, name in found.items()))
