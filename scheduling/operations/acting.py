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
from practice.operations import open_change, record, record_refusal
from scheduling.models import Appointment
from scheduling.operations.images import Image, difference, image

P, R = ParamSpec("P"), TypeVar("R")


@dataclass(frozen=True, slots=True)
class Acted:
    """What an operation did. `repeated`: this very change was already made before; nothing happened now."""

    change: Change
    appointment: Appointment
    repeated: bool = False


@dataclass
class Acting:
    change: Change
    by: Actor
    now: dt.datetime
    repeat: bool
    former_texts: dict[str, dict[str, Any]] = field(default_factory=dict)

    def created(self, act: str, row: models.Model) -> None:
        record(act, row, by=self.by, at=self.now, change=self.change, after=image(row).columns)

    def saved(self, act: str, row: models.Model, before: Image) -> None:
        """Write the row and its line in the history; nothing is written when nothing changed."""
        row.save()
        self.noted(act, row, before)

    def noted(self, act: str, row: models.Model, before: Image) -> None:
        old, new, former = difference(before, image(row))
        record(act, row, by=self.by, at=self.now, change=self.change, before=old, after=new)
        if former:
            self.former_texts[f"{row._meta.model_name}:{row.pk}"] = former

    def done(self, visit: Appointment) -> Acted:
        self.change.result = {"appointment": visit.pk}
        self.change.texts = self.former_texts or None
        self.change.save(update_fields=["result", "texts"])
        return Acted(self.change, visit)

    def done_before(self) -> Acted:
        return Acted(
            self.change, Appointment.objects.get(pk=self.change.result["appointment"]), repeated=True
        )


def begin(act: str, change_id: uuid.UUID | None, by: Actor, content: dict) -> Acting:
    """Read the clock, open the Change. Raises AlreadyUsed."""
    now = clock.now()
    opened = open_change(change_id, act=act, content=content, by=by, now=now)
    return Acting(opened.change, by, now, opened.repeat)


def operation(act: str, subject_kind: str = "appointment") -> Callable[[Callable[P, R]], Callable[P, R]]:
    """One operation, one transaction. A refusal is recorded after the rollback, then raised on."""

    def wrap(function: Callable[P, R]) -> Callable[P, R]:
        @functools.wraps(function)
        def inner(*args: P.args, **kwargs: P.kwargs) -> R:
            try:
                with transaction.atomic():
                    return function(*args, **kwargs)
            except Refusal as refusal:
                subject = args[0] if args and isinstance(args[0], int) else None
                codes = [p.code for p in refusal.problems]
                by: Any = kwargs["by"]
                record_refusal(act, subject_kind, subject, codes=codes, by=by, at=clock.now())
                raise

        return inner

    return wrap
