"""One act under way: its Change, who and when, and the trail it leaves."""

from __future__ import annotations

import datetime as dt
import functools
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ParamSpec, TypeVar

from django.db import models, transaction

from core import clock
from core.actors import Actor
from core.refusals import Refusal
from practice.models import Change
from practice.operations.audit import kind_of, record, record_refusal
from practice.operations.changes import open_change
from practice.operations.images import Image, difference, image
from practice.queries import one_practice

P = ParamSpec("P")
R = TypeVar("R")


@dataclass
class Acting:
    """`repeat`: this very act was done before; answer from `change.result` and do nothing."""

    change: Change
    by: Actor
    now: dt.datetime
    repeat: bool
    former_texts: dict[str, dict[str, Any]] = field(default_factory=dict)

    def created(self, act: str, row: models.Model) -> None:
        record(act, row, by=self.by, at=self.now, change=self.change, after=image(row).columns)

    def saved(self, act: str, row: models.Model, before: Image) -> None:
        """Write the row and its line in the history."""
        row.save()
        self.noted(act, row, before)

    def noted(self, act: str, row: models.Model, before: Image) -> None:
        old, new, former = difference(before, image(row))
        record(act, row, by=self.by, at=self.now, change=self.change, before=old, after=new)
        self.keep_texts(row, former)

    def removed(self, act: str, row: models.Model) -> None:
        """Delete the row; the history keeps its columns, the Change its words."""
        was = image(row)
        record(act, row, by=self.by, at=self.now, change=self.change, before=was.columns)
        self.keep_texts(row, {name: words for name, words in was.texts.items() if words})
        row.delete()

    def keep_texts(self, row: models.Model, former: dict[str, Any]) -> None:
        if former:
            self.former_texts[f"{kind_of(row)}:{row.pk}"] = former

    def close(self, result: dict[str, Any]) -> None:
        self.change.result = result
        self.change.texts = self.former_texts or None
        self.change.save(update_fields=["result", "texts"])


def begin(act: str, change_id: uuid.UUID | None, by: Actor, content: dict[str, Any]) -> Acting:
    """Read the clock, open the Change. Raises AlreadyUsed."""
    now = clock.now()
    opened = open_change(change_id, act=act, content=content, by=by, now=now)
    return Acting(opened.change, by, now, opened.repeat)


def operation(act: str, subject_kind: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """One operation, one transaction. A refusal is recorded after the rollback, then raised on."""

    def wrap(function: Callable[P, R]) -> Callable[P, R]:
        @functools.wraps(function)
        def inner(*args: P.args, **kwargs: P.kwargs) -> R:
            try:
                with one_practice(), transaction.atomic():
                    return function(*args, **kwargs)
            except Refusal as refusal:
                subject = args[0] if args and isinstance(args[0], int) else None
                codes = [problem.code for problem in refusal.problems]
                by: Any = kwargs["by"]
                record_refusal(act, subject_kind, subject, codes=codes, by=by, at=clock.now())
                raise

        return inner

    return wrap
