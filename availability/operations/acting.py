"""Acts on hours: what they answer, the locks they take, the news they make."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import models

from availability.signals import hours_changed
from core.refusals import Refusal
from practice.models import Change, Provider
from practice.operations import record_many
from practice.operations.acting import Acting
from practice.operations.images import image


@dataclass(frozen=True, slots=True)
class Acted:
    """`row`: the exception or closure made; None for a week, and for what is gone."""

    change: Change
    row: Any = None
    repeated: bool = False


def add(acting: Acting, act: str, row: models.Model) -> None:
    """Save a new row, once it is one the table and its reader can accept."""
    refuse_invalid(row)
    row.save(force_insert=True)
    acting.created(act, row)


def change_columns(acting: Acting, act: str, row: models.Model, **columns: Any) -> None:
    before = image(row)
    for name, value in columns.items():
        setattr(row, name, value)
    acting.saved(act, row, before)


def done(
    acting: Acting,
    provider_ids: Iterable[int],
    first: dt.date,
    last: dt.date | None,
    row: models.Model | None = None,
) -> Acted:
    """Tell whose days changed; `last` None means from then on."""
    days = {"first": first.isoformat(), "last": last.isoformat() if last else None}
    acting.close({"providers": sorted(provider_ids), **days, "row": row.pk if row else None})
    send_news(acting.change, acting.now)
    return Acted(acting.change, row)


def done_before(acting: Acting, model: type[models.Model] | None = None) -> Acted:
    row = model._default_manager.filter(pk=acting.change.result["row"]).first() if model else None
    return Acted(acting.change, row, repeated=True)


def send_news(change: Change, now: dt.datetime) -> None:
    facts = change.result
    hours_changed.send(
        Provider,
        provider_ids=tuple(facts["providers"]),
        first=dt.date.fromisoformat(facts["first"]),
        last=dt.date.fromisoformat(facts["last"]) if facts["last"] else None,
        change=change,
        now=now,
    )


def lock_providers(provider_ids: Iterable[int]) -> dict[int, Provider]:
    """In id order, so two acts on the same people queue instead of deadlocking."""
    wanted = sorted(set(provider_ids))
    rows = Provider.objects.select_for_update(no_key=True).filter(pk__in=wanted).order_by("pk")
    return {row.pk: row for row in rows}


def note_all(acting: Acting, act: str, lines: Sequence[tuple[Any, dict | None, dict | None]]) -> None:
    """(row, before, after) of each, in one statement."""
    record_many(act, lines, by=acting.by, at=acting.now, change=acting.change)


def refuse_invalid(row: models.Model) -> None:
    """The model's own validation as a Refusal."""
    try:
        row.full_clean()
    except ValidationError as error:
        raise _refusal(error, "{}") from None


def refuse_bad_columns(row: models.Model, *, field: str) -> None:
    """Each column for itself; constraints and what it refers to are left to the database.

    field: how the form calls the column, as a format.
    """
    try:
        row.clean_fields(exclude={f.name for f in row._meta.concrete_fields if f.is_relation})
    except ValidationError as error:
        raise _refusal(error, field) from None


def _refusal(error: ValidationError, field: str) -> Refusal:
    name, messages = next(iter(error.message_dict.items()))
    return Refusal(messages[0], field="" if name == NON_FIELD_ERRORS else field.format(name))


def refuse_reversed(starts_at: dt.time, ends_at: dt.time, *, field: str = "ends_at") -> None:
    if starts_at >= ends_at:
        raise Refusal("The end must come after the start.", field=field, remedy="Choose a later end.")
