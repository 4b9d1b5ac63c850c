"""Undo of acts on groups: the rows of this app as they were, newest first. Scheduling puts its own back."""

from __future__ import annotations

from django.db import models

from core.refusals import StaleEdit
from groups.models import Group, Meeting, Membership, Screening
from groups.operations.acting import tables_speak
from practice.models import AuditEntry, Change
from practice.operations.images import put_back
from scheduling.operations.locking import lock_rows

KINDS: dict[str, type[models.Model]] = {
    "group": Group,
    "membership": Membership,
    "screening": Screening,
    "meeting": Meeting,
}


def lock_groups(undone: Change) -> None:
    """Before clients and providers, as every act on members does: else Undo and an enrolment wait for one another."""
    lines = AuditEntry.objects.filter(change=undone, subject_kind__in=("group", "membership"))
    touched = [(kind, pk) for kind, pk in lines.values_list("subject_kind", "subject_id") if pk]
    if touched:
        members = {pk for kind, pk in touched if kind == "membership"}
        of_members = Membership.objects.filter(pk__in=members).values_list("group_id", flat=True)
        lock_rows(Group, {pk for kind, pk in touched if kind == "group"} | set(of_members))


def take_back(undone: Change) -> None:
    """Raises StaleEdit when somebody acted on one of the rows since."""
    entries = list(AuditEntry.objects.filter(change=undone, subject_kind__in=KINDS).order_by("-pk"))
    if not entries:
        return
    rows = _locked_rows(entries)
    _refuse_if_moved_on(entries, rows)
    with tables_speak():
        for entry in entries:
            _put_back(entry, rows[_key(entry)], undone)


def _key(entry: AuditEntry) -> tuple[str, int]:
    return entry.subject_kind, entry.subject_id or 0


def _locked_rows(entries: list[AuditEntry]) -> dict[tuple[str, int], models.Model | None]:
    """Groups first, then members, as every act locks them."""
    found: dict[tuple[str, int], models.Model | None] = {}
    for kind, model in KINDS.items():
        ids = {entry.subject_id for entry in entries if entry.subject_kind == kind and entry.subject_id}
        rows = model._default_manager.select_for_update(no_key=True, of=("self",))
        there = {row.pk: row for row in rows.filter(pk__in=ids).order_by("pk")} if ids else {}
        found |= {(kind, pk): there.get(pk) for pk in ids}
    return found


def _refuse_if_moved_on(entries: list[AuditEntry], rows: dict[tuple[str, int], models.Model | None]) -> None:
    """The last thing this change did to each row is still the last thing anybody did."""
    latest: dict[tuple[str, int], AuditEntry] = {}
    for entry in entries:
        latest.setdefault(_key(entry), entry)
    for key, entry in latest.items():
        row, after = rows[key], entry.after or {}
        if row is None or ("edition" in after and getattr(row, "edition", None) != after["edition"]):
            raise StaleEdit(
                "The group was changed since, so this can no longer be undone.", remedy="Look at the group."
            )


def _put_back(entry: AuditEntry, row: models.Model | None, undone: Change) -> None:
    if row is None:
        return
    if entry.before is None:
        row.delete()
        return
    put_back(row, entry.before, (undone.texts or {}).get(f"{entry.subject_kind}:{entry.subject_id}", {}))
    if hasattr(row, "edition"):
        row.edition += 1
    row.save()
