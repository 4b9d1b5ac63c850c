"""One act on hours under way: its Change, the trail it leaves, the news it makes."""

from __future__ import annotations

import datetime as dt
import functools
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, ParamSpec, TypeVar

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import models, transaction

from availability.operations.images import image, texts
from availability.signals import hours_changed
from core import clock
from core.actors import Actor
from core.refusals import Refusal
from practice.models import Change, Provider
from practice.operations import open_change, record, record_refusal

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Acted:
    """`row`: the exception or closure made; None for a week, and for what is gone."""

    change: Change
    row: Any = None
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Acting:
    change: Change
    by: Actor
    now: dt.datetime
    repeat: bool

    def add(self, act: str, row: models.Model) -> None:
        """Save a new row, once it is one the table and its reader can accept."""
        refuse_invalid(row)
        row.save(force_insert=True)
        record(act, row, by=self.by, at=self.now, change=self.change, after=image(row))

    def change_columns(self, act: str, row: models.Model, **columns: Any) -> None:
        was = image(row)
        for name, value in columns.items():
            setattr(row, name, value)
        row.save(update_fields=list(columns))
        now = image(row)
        before, after = ({name: side[name] for name in columns} for side in (was, now))
        record(act, row, by=self.by, at=self.now, change=self.change, before=before, after=after)

    def remove(self, act: str, row: models.Model) -> None:
        record(act, row, by=self.by, at=self.now, change=self.change, before=image(row))
        if words := texts(row):
            key = f"{row._meta.model_name}:{row.pk}"
            former: Any = self.change.texts or {}
            self.change.texts = {**former, key: words}  # type: ignore[assignment]  # a JSON field in a text column
        row.delete()

    def done(
        self,
        provider_ids: Iterable[int],
        first: dt.date,
        last: dt.date | None,
        row: models.Model | None = None,
    ) -> Acted:
        """Tell whose days changed; `last` None means from then on."""
        touched = sorted(provider_ids)
        self.change.result = {
            "providers": touched,
            "first": first.isoformat(),
            "last": last.isoformat() if last else None,
            "row": row.pk if row else None,
        }
        self.change.save(update_fields=["result", "texts"])
        send_news(self.change, self.now)
        return Acted(self.change, row)

    def done_before(self, model: type[models.Model] | None = None) -> Acted:
        row = model._default_manager.filter(pk=self.change.result["row"]).first() if model else None
        return Acted(self.change, row, repeated=True)


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


def begin(act: str, change_id: uuid.UUID | None, by: Actor, content: dict) -> Acting:
    """Read the clock, open the Change. Raises AlreadyUsed."""
    now = clock.now()
    opened = open_change(change_id, act=act, content=content, by=by, now=now)
    return Acting(opened.change, by, now, opened.repeat)


def lock_providers(provider_ids: Iterable[int]) -> dict[int, Provider]:
    """In id order, so two acts on the same people queue instead of deadlocking."""
    wanted = sorted(set(provider_ids))
    rows = Provider.objects.select_for_update(no_key=True).filter(pk__in=wanted).order_by("pk")
    return {row.pk: row for row in rows}


def refuse_invalid(row: models.Model, *, field: str = "{}") -> None:
    """The model's own validation as a Refusal. `field`: how the form calls the column, as a format."""
    try:
        row.full_clean()
    except ValidationError as error:
        name, messages = next(iter(error.message_dict.items()))
        at_fault = "" if name == NON_FIELD_ERRORS else field.format(name)
        raise Refusal(messages[0], field=at_fault) from None


def refuse_reversed(starts_at: dt.time, ends_at: dt.time, *, field: str = "ends_at") -> None:
    if starts_at >= ends_at:
        raise Refusal("The end must come after the start.", field=field, remedy="Choose a later end.")


def operation(act: str, subject_kind: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """One operation, one transaction. A refusal is recorded after the rollback, then raised on.

    Twin: scheduling.operations.acting.operation.
    """

    def wrap(function: Callable[P, R]) -> Callable[P, R]:
        @functools.wraps(function)
        def inner(*args: P.args, **kwargs: P.kwargs) -> R:
            try:
                with transaction.atomic():
                    return function(*args, **kwargs)
            except Refusal as refusal:
                subject = args[0] if args and isinstance(args[0], int) else None
                by: Any = kwargs["by"]
                codes = [p.code for p in refusal.problems]
                record_refusal(act, subject_kind, subject, codes=codes, by=by, at=clock.now())
                raise

        return inner

    return wrap
