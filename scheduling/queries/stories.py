"""What happened to one visit, in words, from the one history. Names only those who are on the visit."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q

from core.actors import ActorKind
from practice.models import AuditEntry, Provider, User
from practice.states import Channel
from scheduling.models import Appointment, Attendance
from scheduling.rules import words
from scheduling.states import CancelReason, ConfirmedHow

MOST = 60
UNDONE = ".undone"
DID = {
    "visit.booked": "Booked",
    "visit.imported": "Imported",
    "visit.changed_by_import": "Changed by an import",
    "visit.held": "Held",
    "visit.hold_confirmed": "Booked from the hold",
    "visit.moved": "Moved",
    "visit.cancelled": "Cancelled",
    "visit.restored": "Brought back",
    "visit.stands": "Stands after all",
    "visit.released": "Hold given up",
    "visit.started": "Session started",
    "visit.completed": "Completed",
    "visit.reopened": "Not done after all",
    "visit.no_longer_overbooked": "No longer overbooked",
    "hold.booked": "Became a visit",
    "hold.expired": "Hold ran out",
    "attendance.added": "Added",
    "attendance.confirmed": "Confirmed",
    "attendance.unconfirmed": "No longer confirmed",
    "attendance.arrived": "Checked in",
    "attendance.expected": "Expected again",
    "attendance.absent": "Marked as did not come",
    "attendance.attended": "Was here",
    "attendance.excused": "Excused",
    "attendance.reopened": "Not done after all",
    "attendance.authorization": "Drawn on another authorization",
    "attendance.cancelled": "Taken off",
    "attendance.restored": "Put back",
}
# What apps above write here about messages: `what` it was, `channel`, and how it went as the end of the act.
WENT = {
    "sent": "sent",
    "delivered": "delivered",
    "undelivered": "not delivered",
    "skipped": "not sent",
    "expired": "not sent in time",
    "dead": "could not be sent",
    "unreachable": "can reach nobody",
    "phoned": "said on the phone instead",
    "resent": "sent again by hand",
}
# Reasons kept as codes.
BECAUSE = {"no_usable_address": "No address this person agreed to be written at"}
TONES = {
    "visit.cancelled": "bad",
    "attendance.absent": "bad",
    "hold.expired": "warn",
    "undelivered": "bad",
    "dead": "bad",
    "unreachable": "bad",
    "skipped": "warn",
    "expired": "warn",
}
# These follow from what was done to the visit in the same act, and go without saying.
FOLLOWS = {
    f"attendance.{end}"
    for end in (
        "added",
        "unconfirmed",
        "attended",
        "reopened",
        "authorization",
        "cancelled",
        "restored",
        "confirmed",
    )
}


@dataclass(frozen=True, slots=True)
class Line:
    what: str
    when: str
    tone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Names:
    users: Mapping[int, str]
    providers: Mapping[int, str]
    people: Mapping[int, str]
    zone: ZoneInfo
    h24: bool


def story_of(visit: Appointment, people: Sequence[Attendance], *, zone: ZoneInfo, h24: bool) -> list[Line]:
    """Newest first, at most MOST. Views and refusals are not part of it. Up to three queries."""
    mine = Q(subject_kind="appointment", subject_id=visit.pk)
    theirs = Q(subject_kind="attendance", subject_id__in=[p.pk for p in people])
    seen = AuditEntry.objects.filter(mine | theirs).exclude(act__endswith=".viewed")
    entries = list(seen.exclude(act__endswith=".refused").order_by("-at", "-id")[:MOST])
    names = _Names(
        users=dict(User.objects.filter(pk__in=_ids(entries)).values_list("pk", "name")),
        providers=_providers(entries),
        people={p.pk: p.client.name for p in people} if len(people) > 1 else {},
        zone=zone,
        h24=h24,
    )
    return [_line(entry, names) for entry in _telling(entries)]


def _ids(entries: Sequence[AuditEntry]) -> set[int]:
    return {e.actor_id for e in entries if e.actor_kind == ActorKind.USER and e.actor_id is not None}


def _providers(entries: Sequence[AuditEntry]) -> dict[int, str]:
    befores = [e.before or {} for e in entries if e.act == "visit.moved"]
    ids: set[int] = {before["provider_id"] for before in befores if before.get("provider_id")}
    return {p.pk: p.name for p in Provider.objects.filter(pk__in=ids)} if ids else {}


def _telling(entries: Sequence[AuditEntry]) -> list[AuditEntry]:
    """Without the lines that follow from another of the same act, and of one who left or joined only their own."""
    told = [e for e in entries if _base(e.act) != "visit.people_changed"]
    of_visit = {_act_of(e) for e in told if e.subject_kind == "appointment"}
    return [e for e in told if _base(e.act) not in FOLLOWS or _act_of(e) not in of_visit]


def _act_of(entry: AuditEntry) -> Any:
    """What was taken back has no change of its own, but one moment."""
    return entry.change_id or entry.at


def _base(act: str) -> str:
    return act.removesuffix(UNDONE)


def _line(entry: AuditEntry, names: _Names) -> Line:
    base = _base(entry.act)
    did = _did(entry, names)
    if entry.act.endswith(UNDONE):
        did = f"Taken back: {did[0].lower()}{did[1:]}"
    person = names.people.get(entry.subject_id or 0) if entry.subject_kind == "attendance" else None
    what = f"{person}: {did[0].lower()}{did[1:]}" if person else did
    tone = "" if entry.act.endswith(UNDONE) else TONES.get(base, TONES.get(_end(base), ""))
    reason = (entry.after or {}).get("reason") or ""
    reason = BECAUSE.get(reason, reason)
    when = _moment(entry.at, names)
    return Line(f"{what}{_by(entry, names)}", f"{when} · {reason}" if reason else when, tone)


def _end(act: str) -> str:
    return act.rpartition(".")[2]


def _did(entry: AuditEntry, names: _Names) -> str:
    base, after = _base(entry.act), entry.after or {}
    if base == "visit.moved" and entry.before:
        return _moved(entry.before, names)
    if base == "visit.cancelled" and after.get("cancel_reason") in CancelReason.values:
        return f"{DID[base]}, {CancelReason(after['cancel_reason']).label.lower()},"
    return DID.get(base) or _went(base, after)


def _went(base: str, after: Mapping[str, Any]) -> str:
    """ "Two days before: text delivered", "Reminders can reach nobody"."""
    channel = after.get("channel")
    medium = Channel(channel).label.lower() if channel in Channel.values else ""
    subject = after.get("what") or ("" if medium else base.partition(".")[0].capitalize())
    went = WENT.get(_end(base), _end(base).replace("_", " "))
    told = f"{medium} {went}".strip()
    if subject and medium:
        return f"{subject}: {told}"
    return f"{subject} {told}" if subject else f"{told[0].upper()}{told[1:]}"


def _moved(before: Mapping[str, Any], names: _Names) -> str:
    if start := before.get("starts_at"):
        return f"Moved from {_moment(dt.datetime.fromisoformat(start), names)}"
    if "provider_id" in before:
        return f"Moved from {names.providers.get(before['provider_id'], 'another provider')}"
    if "ends_at" in before:
        return "Length changed"
    return "Place changed"


def _by(entry: AuditEntry, names: _Names) -> str:
    how = (entry.after or {}).get("confirmed_how")
    if how and how != ConfirmedHow.STAFF and how in ConfirmedHow.values:
        return f" {ConfirmedHow(how).label.lower()}"
    if entry.actor_kind == ActorKind.USER:
        return f" by {names.users.get(entry.actor_id or 0, 'somebody')}"
    return {ActorKind.CLIENT: " by the client", ActorKind.CONTACT: " by a contact"}.get(
        ActorKind(entry.actor_kind), ""
    )


def _moment(at: dt.datetime, names: _Names) -> str:
    wall = at.astimezone(names.zone)
    return f"{words.short_day(wall.date())}, {words.clock(wall.hour * 60 + wall.minute, h24=names.h24)}"
