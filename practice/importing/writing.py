"""One row kept: made, changed where it differs, or left alone; counted and recorded."""

from __future__ import annotations

from typing import Any, TypeVar

from django.db import models

from practice.importing.kinds import Importing
from practice.operations import record

M = TypeVar("M", bound=models.Model)


def keep(importing: Importing, model: type[M], key: dict[str, Any], values: dict[str, Any]) -> M:
    """For kinds of few rows. The history names the columns that changed, never what stands in them."""
    found = model._default_manager.select_for_update(of=("self",), no_key=True).filter(**key).first()
    name = model._meta.model_name
    if found is None:
        made = model._default_manager.create(**{**values, **key})
        importing.report.added += 1
        _note(importing, f"{name}.imported", made, sorted(values))
        return made
    changed = [column for column, value in values.items() if getattr(found, column) != value]
    if not changed:
        importing.report.unchanged += 1
        return found
    for column in changed:
        setattr(found, column, values[column])
    found.save(update_fields=changed)
    importing.report.changed += 1
    _note(importing, f"{name}.changed_by_import", found, changed)
    return found


def _note(importing: Importing, act: str, row: models.Model, fields: list[str]) -> None:
    record(act, row, by=importing.by, at=importing.now, change=importing.change, after={"fields": fields})
