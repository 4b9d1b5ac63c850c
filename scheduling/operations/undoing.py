"""Undo: every table as it was, except Change, AuditEntry, ProviderDay and the counters that never fall."""

from __future__ import annotations

import copy
import datetime as dt
import uuid

from django.db import connection, models

from availability.operations import take_back as take_back_hours
from core import clock
from core.actors import Actor
from core.refusals import Refusal, SlotTaken, StaleEdit
from practice.models import AuditEntry, Authorization, CareTeam, Change, Client, Provider, Room
from practice.operations import record
from practice.operations.acting import Acting, operation
from practice.operations.images import image, put_back
from practice.permissions import may, require
from scheduling.models import Appointment, Attendance, Charge, Replan, Series
from scheduling.operations.authorizing import refuse_overuse
from scheduling.operations.locking import lock_rows
from scheduling.operations.placing import clear_overbooked, constraint_speaks, touch_days
from scheduling.signals import change_restored, change_undoing, change_undone

KINDS: dict[str, type[models.Model]] = {
    "appointment": Appointment,
    "attendance": Attendance,
    "careteam": CareTeam,
    "series": Series,
    "charge": Charge,
    "replan": Replan,
}


@operation("change.undo", "change")
def undo(change_id: uuid.UUID, *, by: Actor) -> Change:
    """Take a whole change back. Raises NotAllowed, or Refusal when it is too late or something built on it since."""
    now = clock.now()
    change = _open_change(change_id, by, now)
    change_undoing.send(Change, undone=change, change=change, now=now)
    entries = list(AuditEntry.objects.filter(change=change, subject_kind__in=KINDS).order_by("pk"))
    _lock_all(entries)
    rows = _rows(entries)
    _refuse_if_moved_on(entries, rows)
    change_undone.send(Change, undone=change, change=change, now=now)
    take_back_hours(change, by=by, now=now)
    acting = Acting(change, by, now, repeat=False)
    before_rows = [copy.copy(row) for row in rows.values() if isinstance(row, Appointment)]
    touch_days(*before_rows)
    _put_all_back(acting, entries, rows)
    refuse_overuse(_authorizations(entries))
    standing = _standing(entries)
    touch_days(*standing)
    clear_overbooked(acting, [*before_rows, *standing])
    change.undone_at = now
    change.save(update_fields=["undone_at"])
    attendance_ids = list(Attendance.objects.filter(appointment__in=standing).values_list("pk", flat=True))
    change_restored.send(Change, undone=change, attendance_ids=attendance_ids, change=change, now=now)
    return change


def _open_change(change_id: uuid.UUID, by: Actor, now: dt.datetime) -> Change:
    """The Change, locked, if `by` may still take it back."""
    change = Change.objects.select_for_update().filter(pk=change_id).first()
    if change is None:
        raise Refusal("There is nothing to undo.", remedy="Look at the calendar again.")
    own = change.actor_kind == by.kind and change.actor_id == by.id
    require(own or may(by, "settings.change"), "Only the person who did this, or an admin, may take it back.")
    if change.undone_at is not None:
        raise Refusal("This was already taken back.")
    if now >= change.undo_until:
        raise Refusal("It is too late to undo this.", remedy="Change the visit itself instead.")
    return change


def _lock_all(entries: list[AuditEntry]) -> None:
    """The order of every operation: clients, providers, rooms, appointments, attendances, authorizations, charges."""
    images = [i for e in entries if e.subject_kind == "appointment" for i in (e.before, e.after) if i]
    ids = _ids(entries, "appointment")
    current = list(Appointment.objects.filter(pk__in=ids))
    people = Attendance.objects.filter(pk__in=_ids(entries, "attendance"))
    lock_rows(Client, people.values_list("client_id", flat=True))
    providers = [i.get(n) for i in images for n in ("provider_id", "co_provider_id")]
    lock_rows(Provider, [*providers, *(v for a in current for v in (a.provider_id, a.co_provider_id))])
    lock_rows(Room, [*(i.get("room_id") for i in images), *(a.room_id for a in current)])
    lock_rows(Appointment, ids | set(people.values_list("appointment_id", flat=True)))
    lock_rows(Attendance, people.values_list("pk", flat=True))
    lock_rows(Authorization, _authorizations(entries))
    lock_rows(Charge, _ids(entries, "charge"))


def _authorizations(entries: list[AuditEntry]) -> set[int]:
    images = [i for e in entries if e.subject_kind == "attendance" for i in (e.before, e.after) if i]
    people = Attendance.objects.filter(pk__in=_ids(entries, "attendance"))
    now = people.values_list("authorization_id", flat=True)
    return {pk for pk in (*now, *(i.get("authorization_id") for i in images)) if pk is not None}


def _rows(entries: list[AuditEntry]) -> dict[tuple[str, int], models.Model | None]:
    found: dict[tuple[str, int], models.Model | None] = {}
    for kind, model in KINDS.items():
        ids = {e.subject_id for e in entries if e.subject_kind == kind and e.subject_id}
        there = model._default_manager.in_bulk(ids) if ids else {}
        found |= {(kind, pk): there.get(pk) for pk in ids}
    return found


def _refuse_if_moved_on(entries: list[AuditEntry], rows: dict) -> None:
    """The last thing this change did to each row must still be the last thing anybody did."""
    latest = {(e.subject_kind, e.subject_id): e for e in entries}
    for key, entry in latest.items():
        row, after = rows.get(key), entry.after or {}
        if row is None or _has_moved_on(row, after):
            raise StaleEdit(
                "Something was changed since, so this can no longer be undone.", remedy="Look at the visit."
            )


def _has_moved_on(row: models.Model, after: dict) -> bool:
    """By its edition; a series, which has none, by what stands in it."""
    if isinstance(row, Series):
        now = image(row).columns
        return any(now.get(name) != value for name, value in after.items())
    return "edition" in after and getattr(row, "edition", None) != after["edition"]


def _put_all_back(acting: Acting, entries: list[AuditEntry], rows: dict) -> None:
    """Newest first, care team last: it stays if a visit still relies on it. Constraints wait for the end."""
    try:
        with constraint_speaks():
            _run("SET CONSTRAINTS ALL DEFERRED")
            for entry in sorted(entries, key=lambda e: (e.subject_kind == "careteam", -e.pk)):
                _put_back(acting, entry, rows)
            _run("SET CONSTRAINTS ALL IMMEDIATE")
    except SlotTaken as taken:
        raise Refusal("The old time has been taken since.", remedy="Choose another time.") from taken


def _run(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


def _put_back(acting: Acting, entry: AuditEntry, rows: dict) -> None:
    row = rows[(entry.subject_kind, entry.subject_id)]
    if entry.before is None:
        _unmake(acting, row)
        return
    before = image(row)
    texts = (acting.change.texts or {}).get(f"{entry.subject_kind}:{entry.subject_id}", {})
    put_back(row, entry.before, texts)
    if hasattr(row, "edition"):
        row.edition += 1
    if isinstance(row, Appointment):
        row.ics_sequence += 1
    row.save()
    after = {"edition": row.edition} if hasattr(row, "edition") else {}
    record(
        f"{entry.act}.undone",
        row,
        by=acting.by,
        at=acting.now,
        before={"edition": before.columns.get("edition")},
        after=after,
    )


def _unmake(acting: Acting, row: models.Model) -> None:
    if isinstance(row, CareTeam) and _still_treats(row):
        return
    record(f"{row._meta.model_name}.undone", row, by=acting.by, at=acting.now, before=image(row).columns)
    row.delete()


def _still_treats(member: CareTeam) -> bool:
    """Another visit came to rely on this pair since."""
    visits = Appointment.objects.for_providers([member.provider_id])
    return Attendance.objects.filter(client=member.client_id, appointment__in=visits).exists()


def _standing(entries: list[AuditEntry]) -> list[Appointment]:
    people = Attendance.objects.filter(pk__in=_ids(entries, "attendance"))
    ids = _ids(entries, "appointment") | set(people.values_list("appointment_id", flat=True))
    return list(Appointment.objects.filter(pk__in=ids))


def _ids(entries: list[AuditEntry], kind: str) -> set[int]:
    return {e.subject_id for e in entries if e.subject_kind == kind and e.subject_id is not None}
