"""One row kept: made, changed where it differs, or left alone; counted and recorded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db import models

from core.sheets.columns import Row
from practice.importing.kinds import Importing
from practice.operations import record, record_many

M = TypeVar("M", bound=models.Model)
BATCH = 500


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


@dataclass(slots=True)
class Item(Generic[M]):
    """One line and what it became. `fields`: names of what changed; others may add theirs until it is told."""

    row: Row
    subject: M
    is_new: bool
    fields: list[str]


class Batch(Generic[M]):
    """Several rows of one model, compared with what stands and written in two statements."""

    def __init__(self, importing: Importing, model: type[M]) -> None:
        self.importing, self.model = importing, model
        self.items: list[Item[M]] = []

    def keep(self, row: Row, subject: M, values: dict[str, Any]) -> Item[M]:
        """`subject`: the row that stands, or a new one with its key. Nothing is written yet."""
        is_new = subject._state.adding
        changed = assign(subject, values)
        item = Item(row, subject, is_new, list(values) if is_new else changed)
        self.items.append(item)
        return item

    def write(self) -> None:
        manager = self.model._default_manager
        manager.bulk_create(item.subject for item in self.items if item.is_new)
        changed = [item for item in self.items if item.fields and not item.is_new]
        names = sorted({name for item in changed for name in item.fields})
        if names:
            manager.bulk_update([item.subject for item in changed], names, batch_size=BATCH)

    def tell(self) -> None:
        """Count, and a line in the history for each that was made or changed: names of fields, never content."""
        name = self.model._meta.model_name
        made = [item for item in self.items if item.is_new]
        changed = [item for item in self.items if item.fields and not item.is_new]
        report = self.importing.report
        report.added += len(made)
        report.changed += len(changed)
        report.unchanged += len(self.items) - len(made) - len(changed)
        note_many(self.importing, f"{name}.imported", made)
        note_many(self.importing, f"{name}.changed_by_import", changed)


def assign(subject: models.Model, values: dict[str, Any]) -> list[str]:
    """Names of those that differed."""
    changed = [name for name, value in values.items() if getattr(subject, name) != value]
    for name in changed:
        setattr(subject, name, values[name])
    return changed


def note_many(importing: Importing, act: str, items: Sequence[Item]) -> None:
    told = [(item.subject, None, {"fields": sorted(item.fields)}) for item in items]
    record_many(act, told, by=importing.by, at=importing.now, change=importing.change)
