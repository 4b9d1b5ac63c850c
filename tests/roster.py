"""The assistant's roster as files to import: eight providers, forty clients, nine types, two offices.

The roster says who and what, not how to reach anybody: numbers are made up (555-01xx, which nobody has), and one
attested bulk consent stands for the forms of a practice that moves in.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from core.sheets.writing import lines

ROSTER = json.loads((Path(__file__).parent / "data" / "roster.json").read_text())
CONSENT = "I agree to get appointment messages from Riverbend Counseling by text and email."
CONSENT_ON = "2026-01-05"
CATEGORIES = {"couples": "couples", "family": "family", "group": "group"}
WEEK = [*((day, "08:00", "19:00") for day in range(5)), (5, "09:00", "13:00")]
OPENED_ON = "2026-01-05"


def files() -> dict[str, str]:
    """Kind → the text of its file, in the order an empty practice takes them."""
    kinds = {
        "locations": [{"name": place["name"]} for place in ROSTER["locations"]],
        "types": list(_types()),
        "providers": list(_providers()),
        "hours": list(_hours()),
        "clients": list(_clients()),
    }
    return {kind: "".join(lines(list(rows[0]), rows)) for kind, rows in kinds.items()}


def _types() -> Iterator[dict[str, Any]]:
    for kind in ROSTER["appointment_types"]:
        yield {
            "name": kind["name"],
            "category": CATEGORIES.get(kind["id"], "individual"),
            "duration_minutes": kind["default_minutes"],
            "modalities": ["phone"] if kind["id"] == "consult" else ["in_person", "telehealth"],
        }


def _providers() -> Iterator[dict[str, Any]]:
    places = {place["id"]: place["name"] for place in ROSTER["locations"]}
    types = {kind["id"]: kind["name"] for kind in ROSTER["appointment_types"]}
    for one in ROSTER["providers"]:
        yield {
            "record_number": one["id"],
            "title": "Dr." if one["name"].startswith("Dr.") else "",
            "first_name": one["first_name"],
            "last_name": one["surname"],
            "credentials": one["credential"],
            "gender": one["gender"],
            "specialties": one["specialties"],
            "languages": one["languages"],
            "insurances": one["insurances"],
            "locations": [places[place] for place in one["locations"]],
            "offers": [types[kind] for kind in one["appointment_types"]],
        }


def _hours() -> Iterator[dict[str, Any]]:
    for one in ROSTER["providers"]:
        for weekday, starts_at, ends_at in WEEK:
            yield {
                "provider": one["id"],
                "weekday": weekday,
                "starts_at": starts_at,
                "ends_at": ends_at,
                "effective_from_on": OPENED_ON,
            }


def _clients() -> Iterator[dict[str, Any]]:
    for n, one in enumerate(ROSTER["clients"]):
        first, _, last = one["name"].partition(" ")
        yield {
            "record_number": one["id"],
            "first_name": first,
            "last_name": last,
            "phone": f"(202) 555-01{n:02}",
            "safe_to_text": True,
            "email": f"{one['id']}@example.org",
            "safe_to_email": True,
        }
