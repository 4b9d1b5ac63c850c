"""Rows as JSON, for the audit trail and for taking an act back."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import models

# Free text: the trail says only that there is some; what it said lies in Change.texts.
TEXTS = ("reason",)


def image(row: models.Model) -> dict[str, Any]:
    return {
        f.attname: _plain(getattr(row, f.attname))
        for f in row._meta.concrete_fields
        if not f.primary_key and f.attname not in TEXTS
    }


def texts(row: models.Model) -> dict[str, str]:
    return {name: getattr(row, name) for name in TEXTS if getattr(row, name, "")}


def put_back(row: models.Model, columns: dict[str, Any], words: dict[str, str]) -> None:
    for f in row._meta.concrete_fields:
        if f.attname in columns:
            setattr(row, f.attname, f.to_python(columns[f.attname]))
        elif f.attname in words:
            setattr(row, f.attname, words[f.attname])


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, dt.date | dt.time) else value
