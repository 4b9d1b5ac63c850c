"""Writing the one history. Ids and scheduling facts only, never a name or free text."""

import datetime as dt
from collections.abc import Iterable

from django.db import models

from core.actors import Actor
from practice.models import AuditEntry, Change


def kind_of(subject: models.Model) -> str:
    return subject._meta.model_name or ""


def record(
    act: str,
    subject: models.Model,
    *,
    by: Actor,
    at: dt.datetime,
    change: Change | None = None,
    before: dict | None = None,
    after: dict | None = None,
) -> AuditEntry:
    """One line. before None: the row was made by this act; after None: it was deleted by it."""
    line = _line(act, subject, before, after, by=by, at=at, change=change)
    line.save(force_insert=True)
    return line


def record_many(
    act: str,
    subjects: Iterable[tuple[models.Model, dict | None, dict | None]],
    *,
    by: Actor,
    at: dt.datetime,
    change: Change | None = None,
) -> None:
    """One line for each (subject, before, after), in one statement per thousand."""
    lines = (_line(act, *each, by=by, at=at, change=change) for each in subjects)
    AuditEntry.objects.bulk_create(lines, batch_size=1000)


def _line(
    act: str,
    subject: models.Model,
    before: dict | None,
    after: dict | None,
    *,
    by: Actor,
    at: dt.datetime,
    change: Change | None,
) -> AuditEntry:
    return AuditEntry(
        change=change,
        at=at,
        actor_kind=by.kind,
        actor_id=by.id,
        act=act,
        subject_kind=kind_of(subject),
        subject_id=subject.pk,
        before=before,
        after=after,
        via=by.via,
    )


def record_view(subject: models.Model, *, by: Actor, at: dt.datetime) -> None:
    """Somebody opened this page. Polls and hovers are not recorded."""
    record(f"{kind_of(subject)}.viewed", subject, by=by, at=at)


def record_refusal(
    act: str,
    subject_kind: str,
    subject_id: int | None,
    *,
    codes: list[str],
    by: Actor,
    at: dt.datetime,
) -> None:
    """A no, with its codes. Call it outside the transaction that was rolled back."""
    AuditEntry.objects.create(
        at=at,
        actor_kind=by.kind,
        actor_id=by.id,
        act=f"{act}.refused",
        subject_kind=subject_kind,
        subject_id=subject_id,
        after={"codes": codes},
        via=by.via,
    )
