"""Taking an act on hours back. `scheduling.operations.undo` owns the window and who may; this puts rows back."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import models

from availability.models import Closure, DatedException, TimeOff, WeeklyBlock
from availability.operations.acting import lock_providers, send_news
from availability.operations.blocks import refuse_clash
from core.actors import Actor
from core.refusals import StaleEdit
from practice.models import AuditEntry, Change
from practice.operations import record
from practice.operations.images import image, put_back

KINDS: dict[str, type[models.Model]] = {
    "weeklyblock": WeeklyBlock,
    "datedexception": DatedException,
    "closure": Closure,
    "timeoff": TimeOff,
}


def take_back(undone: Change, *, by: Actor, now: dt.datetime) -> None:
    """Every row of hours as it was before `undone`; nothing for a change that touched none.

    Call inside the transaction that locked the change. Raises StaleEdit when a row moved on since, Refusal when
    the old hours would overlap newer ones.
    """
    entries = list(AuditEntry.objects.filter(change=undone, subject_kind__in=KINDS).order_by("-pk"))
    if not entries:
        return
    lock_providers(undone.result["providers"])
    for entry in entries:
        _put_back(undone, entry, by, now)
    if any(entry.subject_kind == "weeklyblock" for entry in entries):
        refuse_clash(undone.result["providers"][0], dt.date.fromisoformat(undone.result["first"]))
    send_news(undone, now)


def _put_back(undone: Change, entry: AuditEntry, by: Actor, now: dt.datetime) -> None:
    model = KINDS[entry.subject_kind]
    row = model._default_manager.filter(pk=entry.subject_id).first()
    after = {k: v for k, v in (entry.after or {}).items() if k != "changed_texts"} if entry.after else None
    if _image_of(row, after) != after:
        raise StaleEdit("Somebody changed these hours since, so this can no longer be undone.")
    if row is not None and entry.before is None:
        record(f"{entry.act}.undone", row, by=by, at=now, before=entry.after)
        row.delete()
        return
    row = row or model(pk=entry.subject_id)
    former: Any = undone.texts or {}
    put_back(row, entry.before or {}, former.get(f"{entry.subject_kind}:{entry.subject_id}", {}))
    if isinstance(row, TimeOff):
        row.edition += 1
    row.save()
    record(f"{entry.act}.undone", row, by=by, at=now, before=entry.after, after=entry.before)


def _image_of(row: models.Model | None, asked: dict | None) -> dict | None:
    if row is None:
        return None
    return {k: v for k, v in image(row).columns.items() if asked is None or k in asked}
