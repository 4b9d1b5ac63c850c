"""A person's own recent acts on visits, in words, and whether they may still be taken back."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass, replace
from typing import Any

from core.actors import Actor
from practice.models import AuditEntry, Change, Client, Practice, Provider
from scheduling.models import Appointment, Attendance
from scheduling.rules import words

MOST = 50

# act → what it did, before the names
DID = {
    "visit.book": "Booked",
    "visit.hold": "Held a time",
    "visit.confirm_hold": "Made a hold a visit",
    "visit.move": "Moved",
    "visit.shift": "Moved several visits",
    "visit.cancel": "Cancelled",
    "visit.restore": "Restored",
    "visit.release": "Gave up a hold",
    "series.book": "Booked a series,",
    "series.extend": "Extended a series,",
    "series.change": "Moved visits of a series,",
    "series.cancel": "Cancelled visits of a series,",
    "visit.start": "Started the session",
    "visit.complete": "Completed",
    "visit.complete_many": "Completed several visits",
    "visit.add_person": "Added a person to",
    "attendance.cancel": "Took off",
    "attendance.put_back": "Put back",
    "visit.reopen": "Reopened",
    "attendance.confirm": "Confirmed",
    "attendance.unconfirm": "Took back the confirmation",
    "attendance.check_in": "Checked in",
    "attendance.take_back_check_in": "Took back the check-in",
    "attendance.correct": "Corrected the mark of",
    "attendance.mark_absent": "Marked as did not come",
    "attendance.take_back_absent": "Took back “did not come”",
    "charge.decide": "Decided about a fee",
    "charge.void": "Took back a charge",
    "charge.export": "Exported charges",
    "charge.charge_now": "Charged visits",
    "charge.remake": "Made charges again",
    "reminder.resend": "Sent a message again about",
    "offer.by_hand": "Offered",
    "offer.accept": "Booked from the waiting list",
    "offer.decline": "Wrote down a no to",
    "offer.withdraw": "Took back the offer of",
}
HOURS_DID = {
    "hours.set": "Set the hours of",
    "hours.save": "Changed hours of",
    "hours.remove": "Took hours away from",
    "exception.add": "Let a date differ for",
    "exception.remove": "Let the week hold again for",
    "closure.add": "Closed",
    "closures.add": "Closed",
    "closure.remove": "Opened again",
    "time_off.ask": "Asked for time off for",
    "time_off.edit": "Changed time off of",
    "time_off.deny": "Denied time off of",
    "time_off.approve": "Approved time off of",
    "time_off.withdraw": "Took back time off of",
}
DID |= HOURS_DID


@dataclass(frozen=True, slots=True, kw_only=True)
class Recent:
    """`seconds`: how long Undo is still open; 0 when it is not. `visit` None once the visit is gone."""

    change: Change
    did: str
    who: str
    when: str
    said_at: str
    visit: Appointment | None
    seconds: int


def recent_changes(by: Actor, *, practice: Practice, since: dt.datetime, now: dt.datetime) -> list[Recent]:
    """Newest first, at most MOST. Five queries, and one more where hours changed."""
    own = Change.objects.filter(actor_kind=by.kind, actor_id=by.id, at__gt=since, act__in=DID)
    changes = list(own.prefetch_related("entries")[:MOST])
    visits, names, providers = _visits(changes, by), _names(changes, by), _providers(changes, by)
    found = []
    for change in changes:
        one = _recent(change, visits, names, practice, now)
        if change.act in HOURS_DID:
            who, when = _of_hours(change, providers)
            one = replace(one, who=who, when=when)
        found.append(one)
    return found


def _providers(changes: list[Change], by: Actor) -> dict[int, str]:
    """Names of those whose hours were changed, but not of everybody a closure touches."""
    each = [change.result.get("providers", []) for change in changes if change.act in HOURS_DID]
    ids = {ids[0] for ids in each if len(ids) == 1}
    return {row.pk: row.name for row in Provider.objects.visible_to(by).filter(pk__in=ids)} if ids else {}


def _of_hours(change: Change, providers: dict[int, str]) -> tuple[str, str]:
    """Whose hours, and on which day or from when."""
    is_closing = change.act.startswith("closure")
    named = (providers[pk] for pk in change.result["providers"] if pk in providers)
    return "" if is_closing else next(named, ""), _days(change.result)


def _days(result: dict[str, Any]) -> str:
    """One day, the first and the last of several, or the first of all that follow."""
    first, last = result["first"], result["last"]
    day = words.short_day(dt.date.fromisoformat(first))
    if not last:
        return f"from {day} on"
    return day if last == first else f"{day} to {words.short_day(dt.date.fromisoformat(last))}"


def _visits(changes: list[Change], by: Actor) -> dict[int, Appointment]:
    ids = {change.result.get("appointment") for change in changes} - {None}
    seen = Appointment.objects.visible_to(by).filter(pk__in=ids)
    return {visit.pk: visit for visit in seen.select_related("type").prefetch_related("attendances__client")}


def _names(changes: list[Change], by: Actor) -> dict[int, tuple[str, str]]:
    """Attendance id → first and last name, of attendances that are gone again as well."""
    lines = [e for change in changes for e in change.entries.all() if e.subject_kind == "attendance"]
    clients: dict[int | None, int] = {
        e.subject_id: e.after["client_id"] for e in lines if e.after and "client_id" in e.after
    }
    clients |= dict(
        Attendance.objects.filter(pk__in=[e.subject_id for e in lines]).values_list("pk", "client_id")
    )
    seen = Client.objects.visible_to(by).in_bulk(set(clients.values()))
    called = {pk: (c.preferred_name or c.first_name, c.last_name) for pk, c in seen.items()}
    return {pk: called[client] for pk, client in clients.items() if pk and client in called}


def _recent(
    change: Change,
    visits: dict[int, Appointment],
    names: dict[int, tuple[str, str]],
    practice: Practice,
    now: dt.datetime,
) -> Recent:
    entries = list(change.entries.all())
    visit = visits.get(change.result.get("appointment", 0))
    is_open = change.undone_at is None and now < change.undo_until
    return Recent(
        change=change,
        did=DID[change.act],
        who=_who(change, entries, visit, names),
        when=_when(entries, visit, practice),
        said_at=_clock(change.at, practice),
        visit=visit,
        seconds=int((change.undo_until - now).total_seconds()) if is_open else 0,
    )


def _who(
    change: Change, entries: list[AuditEntry], visit: Appointment | None, names: dict[int, tuple[str, str]]
) -> str:
    touched = {e.subject_id for e in entries if e.subject_kind == "attendance" and e.subject_id}
    people = [names[pk] for pk in sorted(touched) if pk in names]
    if visit is not None and not change.act.startswith("attendance."):
        everybody = sorted(visit.attendances.all(), key=lambda row: row.pk)
        people = [
            (row.client.preferred_name or row.client.first_name, row.client.last_name) for row in everybody
        ]
        return visit.title or words.joined_names(people) or visit.type.name
    return words.joined_names(people)


def _when(entries: list[AuditEntry], visit: Appointment | None, practice: Practice) -> str:
    """The time this act set, which may no longer be the visit's own."""
    images: list[dict[str, Any]] = [e.after for e in entries if e.subject_kind == "appointment" and e.after]
    told = next((i["starts_at"] for i in reversed(images) if "starts_at" in i), None)
    moment = dt.datetime.fromisoformat(told) if told else (visit.starts_at if visit else None)
    return _said(moment, practice) if moment else ""


def _clock(moment: dt.datetime, practice: Practice) -> str:
    local = moment.astimezone(practice.tz)
    return words.clock(local.hour * 60 + local.minute, h24=practice.clock_24h)


def _said(moment: dt.datetime, practice: Practice) -> str:
    return f"{words.short_day(moment.astimezone(practice.tz).date())}, {_clock(moment, practice)}"


def room_of_change(change_id: uuid.UUID) -> tuple[bool, int | None]:
    """(whether this change was made already, the room its visit has)."""
    made = Change.objects.filter(pk=change_id).first()
    visit = Appointment.objects.filter(pk=made.result.get("appointment", 0)).first() if made else None
    return (visit is not None, visit.room_id if visit else None)
