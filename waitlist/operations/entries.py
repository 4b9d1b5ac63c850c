"""Somebody joins the list, changes what they wait for, leaves it."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import asdict, dataclass

from core import nudge
from core.actors import Actor, ActorKind
from core.refusals import Refusal
from practice.models import Change, Client
from practice.operations.acting import Acting, begin, operation
from practice.operations.images import image
from practice.permissions import may, require
from practice.queries import the_practice
from scheduling.models import Appointment, Attendance
from scheduling.operations.locking import lock_rows, refuse_stale
from scheduling.rules.moves import WrongState
from scheduling.states import UNCOUNTED, AppointmentState
from waitlist.models import FreedSpan, WaitlistEntry
from waitlist.permissions import may_change
from waitlist.queries.pressing import pressing_of
from waitlist.rules.priority import priority
from waitlist.rules.wishes import EntryWish
from waitlist.states import ENDS_AS, CloseReason, EntrySource, EntryState


@dataclass(frozen=True, slots=True)
class Listed:
    """repeated: this very form was used before; nothing happened now."""

    change: Change
    entry: WaitlistEntry
    repeated: bool = False


@operation("entry.add", "waitlistentry")
def add_entry(
    client_id: int,
    wish: EntryWish,
    *,
    by: Actor,
    attendance_id: int | None = None,
    change_id: uuid.UUID | None = None,
) -> Listed:
    """Put a client on the list; with `attendance_id` to move that visit up.

    Staff whose client it is, or the client themselves. Raises NotAllowed, Refusal, AlreadyUsed.
    """
    content = {**asdict(wish), "client": client_id, "attendance": attendance_id}
    acting = begin("entry.add", change_id, by, content)
    if acting.repeat:
        return _before(acting)
    require(_may_add(by, client_id))
    lock_rows(Client, [client_id])
    _refuse_twice(client_id, wish, attendance_id, acting.now)
    entry = WaitlistEntry(
        client_id=client_id,
        attendance_id=attendance_id,
        source=EntrySource.CLIENT if by.kind in (ActorKind.CLIENT, ActorKind.CONTACT) else EntrySource.STAFF,
        created_at=acting.now,
        turn_at=acting.now,
    )
    _wish_for(entry, wish, acting.now)
    entry.save(force_insert=True)
    acting.created("entry.added", entry)
    look_again(acting.now)
    return _done(acting, entry)


@operation("entry.change", "waitlistentry")
def change_entry(
    entry_id: int,
    wish: EntryWish,
    *,
    edition: int | None = None,
    by: Actor,
    change_id: uuid.UUID | None = None,
) -> Listed:
    """Raises NotAllowed, StaleEdit, WrongState for one that was closed, AlreadyUsed."""
    acting = begin("entry.change", change_id, by, {**asdict(wish), "entry": entry_id, "edition": edition})
    if acting.repeat:
        return _before(acting)
    entry = _locked(entry_id, by, edition)
    before = image(entry)
    _wish_for(entry, wish, acting.now)
    entry.edition += 1
    acting.saved("entry.changed", entry, before)
    look_again(acting.now)
    return _done(acting, entry)


@operation("entry.close", "waitlistentry")
def close_entry(
    entry_id: int,
    *,
    reason: str,
    text: str = "",
    edition: int | None = None,
    by: Actor,
    change_id: uuid.UUID | None = None,
) -> Listed:
    """Take an entry off with a reason. Offers it has out stand: they were made, and may still be answered."""
    content = {"entry": entry_id, "reason": reason, "text": text, "edition": edition}
    acting = begin("entry.close", change_id, by, content)
    if acting.repeat:
        return _before(acting)
    if reason not in CloseReason.values or (reason == CloseReason.OTHER and not text.strip()):
        raise Refusal(
            "Say why it is closed.", field="reason", remedy="Choose a reason; with “other” write it out."
        )
    entry = _locked(entry_id, by, edition)
    end_entry(acting, entry, ENDS_AS[CloseReason(reason)], reason=reason, text=text)
    return _done(acting, entry)


@operation("entry.leave", "waitlistentry")
def leave(entry_id: int, *, by: Actor, change_id: uuid.UUID | None = None) -> Listed:
    """A client, or a contact who speaks for them, takes their own entry off."""
    acting = begin("entry.leave", change_id, by, {"entry": entry_id})
    if acting.repeat:
        return _before(acting)
    client_id = WaitlistEntry.objects.values_list("client_id", flat=True).get(pk=entry_id)
    require(_may_add(by, client_id))
    lock_rows(Client, [client_id])
    entry = WaitlistEntry.objects.select_for_update().get(pk=entry_id)
    if entry.state == EntryState.WAITING:
        end_entry(acting, entry, EntryState.GAVE_UP, reason=CloseReason.GAVE_UP)
    return _done(acting, entry)


@operation("entry.pin", "waitlistentry")
def pin_entry(
    entry_id: int, *, on: bool, edition: int | None = None, by: Actor, change_id: uuid.UUID | None = None
) -> Listed:
    """Pinned ones are asked first, whatever their score, as long as they fit."""
    acting = begin("entry.pin", change_id, by, {"entry": entry_id, "on": on, "edition": edition})
    if acting.repeat:
        return _before(acting)
    entry = _locked(entry_id, by, edition)
    before = image(entry)
    entry.pinned_at, entry.pinned_by_id = (acting.now, by.id) if on else (None, None)
    entry.edition += 1
    acting.saved("entry.pinned" if on else "entry.unpinned", entry, before)
    return _done(acting, entry)


def end_entry(
    acting: Acting,
    entry: WaitlistEntry,
    state: str,
    *,
    reason: str = "",
    text: str = "",
    booked: Appointment | None = None,
) -> None:
    """A locked entry ends; Undo of the change opens it again."""
    before = image(entry)
    entry.state, entry.close_reason, entry.close_text, entry.booked = state, reason, text, booked
    entry.closed_at, entry.closed_by_kind, entry.closed_by_change = acting.now, acting.by.kind, acting.change
    entry.edition += 1
    acting.saved(f"entry.{state}", entry, before)


def look_again(now: dt.datetime) -> None:
    """Somebody new may fit what is open."""
    FreedSpan.objects.open().of_time().filter(not_before__lte=now, look_at__gt=now).update(look_at=now)
    nudge.after_commit("messaging.dispatch")


def _may_add(by: Actor, client_id: int) -> bool:
    if by.kind == ActorKind.CLIENT:
        return by.id == client_id
    if by.kind == ActorKind.CONTACT:
        return Client.objects.filter(pk=client_id, contacts=by.id).exists()
    return may(by, "waitlist.change") and Client.objects.visible_to(by).filter(pk=client_id).exists()


def _refuse_twice(client_id: int, wish: EntryWish, attendance_id: int | None, now: dt.datetime) -> None:
    waiting = WaitlistEntry.objects.waiting().filter(client=client_id)
    if attendance_id is None:
        same = waiting.filter(attendance=None, type=wish.type_id, provider_ids=list(wish.provider_ids))
        if same.filter(
            weekdays=list(wish.weekdays), from_time=wish.from_time, modality=wish.modality
        ).exists():
            raise Refusal("They are already waiting for just that.", remedy="Change the entry they have.")
        return
    ahead = Attendance.objects.filter(pk=attendance_id, client=client_id).exclude(state__in=UNCOUNTED)
    if not ahead.filter(
        appointment__state=AppointmentState.SCHEDULED, appointment__starts_at__gt=now
    ).exists():
        raise Refusal("That visit is no longer ahead.", remedy="Look at the visit again.")
    if Attendance.objects.counted().filter(appointment__attendances=attendance_id).count() > 1:
        raise Refusal(
            "Several people come to that visit.", remedy="Move it by hand, with all of them agreed."
        )
    if waiting.filter(attendance=attendance_id).exists():
        raise Refusal("They are already waiting to move this visit up.", remedy="Change the entry they have.")


def _wish_for(entry: WaitlistEntry, wish: EntryWish, now: dt.datetime) -> None:
    for name, value in asdict(wish).items():
        setattr(entry, name, list(value) if isinstance(value, tuple) else value)
    days = wish.max_wait_days
    joined = entry.created_at.astimezone(the_practice().tz).date()
    entry.expires_on = joined + dt.timedelta(days=days + 1) if days else None
    entry.priority = priority(pressing_of(entry, now))


def _locked(entry_id: int, by: Actor, edition: int | None) -> WaitlistEntry:
    """The client's row guards their entries."""
    seen = WaitlistEntry.objects.filter(pk=entry_id).first()
    if seen is None:
        raise Refusal("This entry no longer exists.", remedy="Look at the list again.")
    lock_rows(Client, [seen.client_id])
    entry = WaitlistEntry.objects.select_for_update().get(pk=entry_id)
    require(may_change(by, entry))
    refuse_stale(entry, edition)  # type: ignore[arg-type]  # any row with an edition
    if entry.state != EntryState.WAITING:
        raise WrongState("This entry was closed meanwhile.", remedy="Look at the list again.")
    return entry


def _done(acting: Acting, entry: WaitlistEntry) -> Listed:
    acting.close({"entry": entry.pk})
    return Listed(acting.change, entry)


def _before(acting: Acting) -> Listed:
    entry = WaitlistEntry.objects.filter(pk=acting.change.result["entry"]).first()
    if entry is None:
        raise Refusal("This was already taken back.", remedy="Open a new form to do it again.")
    return Listed(acting.change, entry, repeated=True)
