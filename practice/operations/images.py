"""Rows as JSON, for the audit trail and for Undo. Free text is kept apart: the trail says only that it changed."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any

from django.db import models


@dataclass(frozen=True, slots=True)
class Image:
    columns: dict[str, Any]
    texts: dict[str, Any]


@cache
def stored_fields(model: type[models.Model]) -> tuple[models.Field, ...]:
    """Columns we write: not the primary key, not what the database generates."""
    return tuple(f for f in model._meta.concrete_fields if not f.primary_key and not f.generated)


def texts_of(model: type[models.Model]) -> tuple[str, ...]:
    return getattr(model, "AUDIT_TEXTS", ())


def image(row: models.Model) -> Image:
    values = {f.attname: _plain(getattr(row, f.attname)) for f in stored_fields(type(row))}
    texts = {name: values.pop(name) for name in texts_of(type(row))}
    return Image(values, texts)


def difference(before: Image, after: Image) -> tuple[dict, dict, dict]:
    """(before, after, former texts): only what changed; `edition` always, for the stale check of Undo."""
    names = [n for n in after.columns if before.columns[n] != after.columns[n] or n == "edition"]
    former = {n: v for n, v in before.texts.items() if v != after.texts[n]}
    old = {n: before.columns[n] for n in names}
    new = {n: after.columns[n] for n in names}
    if former:
        new["changed_texts"] = sorted(former)
    return old, new, former


def put_back(row: models.Model, columns: dict[str, Any], texts: dict[str, Any]) -> None:
    """Set the former values on `row`, but never a counter."""
    counters = getattr(type(row), "AUDIT_COUNTERS", ())
    for field in stored_fields(type(row)):
        if field.attname in columns and field.attname not in counters:
            setattr(row, field.attname, field.to_python(columns[field.attname]))
        elif field.attname in texts:
            setattr(row, field.attname, texts[field.attname])


def _plain(value: Any) -> Any:
    if isinstance(value, dt.datetime | dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, Decimal | uuid.UUID):
        return str(value)
    return str(value) if isinstance(value, models.enums.Choices) else value
