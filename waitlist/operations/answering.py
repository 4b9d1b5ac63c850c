"""A yes or a no to an offer, from whoever was asked or from staff who took it down. The first valid yes has the time.

Locks: the client, then the hold as every act on a visit, then entry and offers. So of ten who say yes at once nine wait
for the first and find the time gone, and one client cannot take two times that overlap. Of a place its keeper's lock
comes before all others.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass, replace

from core.actors import Actor
from core.refusals import Blocked, Refusal, Severity
from practice.models import Change
from practice.operations.acting import Acting, begin, operation
from practice.operations.images import image
from practice.permissions import require
from scheduling.models import Appointment
from scheduling.operations.booking import take_hold
from scheduling.operations.changing import end
from scheduling.operations.locking import lock_places, lock_rows, locked
from scheduling.queries.problems import problems_with, wish_of
from scheduling.seats import keeper
from scheduling.states import AppointmentState, CancelReason, Notice
from waitlist.models import FreedSpan, Offer, WaitlistEntry
from waitlist.operations.ending import look_soon, lose
from waitlist.operations.entries import end_entry
from waitlist.operations.seating import settle, was_given
from waitlist.permissions import may_answer
from waitlist.queries.policy import the_policy
from waitlist.queries.pressing import pressing_of
from waitlist.rules.priority import priority
from waitlist.states import CloseReason, DeclineReason, EntryState, OfferState


class Gone(Refusal):
    """Somebody else has the time, or it is no longer free. Whoever was asked keeps their place."""

    code = "offer_gone"

    def __init__(self) -> None:
        super().__init__(
            "That time is no longer open.",
            remedy="You keep your place: the next one that fits is offered to you.",
        )


@dataclass(frozen=True, slots=True)
class Answered:
    """repeated: it was answered so before; nothing happened now."""

    change: Change
    offer: Offer
    repeated: bool = False


@operation("offer.accept", "offer")
def accept(
    offer_id: int, *, how: str, by: Actor, notice: str = Notice.STANDARD, change_id: uuid.UUID | None = None
) -> Answered:
    """Book the time that was kept, free the visit they move up, close the entry, and let the others down kindly.

    A yes past the deadline counts while nobody else was given the time. Raises NotAllowed, Gone, Blocked.
    """
    acting = begin("offer.accept", change_id, by, {"offer": offer_id, "how": how, "notice": notice})
    seen = _find(offer_id)
    if acting.repeat:
        return Answered(acting.change, seen, repeated=True)
    require(may_answer(by, seen, acting.now))
    if seen.seats:
        return _take_place(acting, seen, seen.seats, how=how, notice=notice)
    hold, old = _lock(seen)
    offer = Offer.objects.get(pk=offer_id)
    if offer.state == OfferState.ACCEPTED:
        acting.close({"offer": offer.pk})
        return Answered(acting.change, offer, repeated=True)
    entry = WaitlistEntry.objects.select_for_update(of=("self",)).get(offers=offer.pk)
    if (
        offer.state != OfferState.OUT
        or hold.state != AppointmentState.HELD
        or entry.state != EntryState.WAITING
    ):
        raise Gone
    _refuse_what_stands_against(acting, hold, offer.client_id, old)
    if old is not None:
        end(acting, old, reason=CancelReason.OTHER, text="Moved up from the waiting list", notice=Notice.NONE)
    _close_offer(acting, offer, OfferState.ACCEPTED, how=how)
    _untitle(acting, hold)
    take_hold(acting, hold, (offer.client_id,), notice=notice)
    end_entry(acting, entry, EntryState.BOOKED, booked=hold)
    _let_others_down(acting, offer, hold)
    FreedSpan.objects.filter(offers=offer.pk, filled_at=None).update(filled_at=acting.now)
    look_soon([offer.span_id], acting.now)
    acting.close({"offer": offer.pk, "appointment": hold.pk})
    return Answered(acting.change, offer)


def _take_place(acting: Acting, seen: Offer, seats: uuid.UUID, *, how: str, notice: str) -> Answered:
    """The keeper gives it by its own rules, on every session from the one that was offered on; it may refuse."""
    keeper().lock(seats)
    offer = Offer.objects.get(pk=seen.pk)
    is_done = offer.state == OfferState.ACCEPTED
    if not is_done:
        if offer.state != OfferState.OUT:
            raise Gone
        keeper().give(acting, seats, offer.client_id, seen.appointment.starts_at, notice)
        _close_offer(acting, offer, OfferState.ACCEPTED, how=how)
        was_given(acting, seats, offer)
    acting.close({"offer": offer.pk, "appointment": offer.appointment_id})
    return Answered(acting.change, offer, repeated=is_done)


@operation("offer.decline", "offer")
def decline(
    offer_id: int,
    *,
    reason: str = DeclineReason.OTHER,
    how: str,
    by: Actor,
    change_id: uuid.UUID | None = None,
) -> Answered:
    """No, with a reason; a reason given later takes the place of none. Raises NotAllowed, Gone, Refusal."""
    acting = begin("offer.decline", change_id, by, {"offer": offer_id, "reason": reason, "how": how})
    seen = _find(offer_id)
    if acting.repeat:
        return Answered(acting.change, seen, repeated=True)
    if reason not in DeclineReason.values:
        raise Refusal("Choose why.", field="reason", remedy="Choose one of the reasons.")
    require(may_answer(by, seen, acting.now))
    entry = _lock_for_no(seen)
    offer = Offer.objects.select_related("span").get(pk=offer_id)
    if offer.state == OfferState.DECLINED:
        _say_why(acting, offer, entry, reason)
        acting.close({"offer": offer.pk})
        return Answered(acting.change, offer)
    if offer.state != OfferState.OUT:
        raise Gone
    _close_offer(acting, offer, OfferState.DECLINED, how=how, reason=reason)
    if entry:
        _cool_down(acting, entry)
    _leave_if_not_needed(acting, offer, entry, reason)
    after = max(acting.now, acting.change.undo_until)
    FreedSpan.objects.open().filter(pk=offer.span_id).update(look_at=after)
    look_soon([offer.span_id] if after <= acting.now else [], acting.now)
    acting.close({"offer": offer.pk, "appointment": offer.appointment_id})
    return Answered(acting.change, offer)


def _find(offer_id: int) -> Offer:
    offer = (
        Offer.objects.select_related("entry__attendance", "span", "appointment").filter(pk=offer_id).first()
    )
    if offer is None:
        raise Refusal("This offer no longer exists.", remedy="Look at the list again.")
    return offer


def _lock(offer: Offer) -> tuple[Appointment, Appointment | None]:
    """The hold, and the visit that would move up, in the order of every operation."""
    moving = offer.entry.attendance if offer.entry else None
    moved = moving.appointment_id if moving else None
    if moved is None:
        return locked(offer.appointment_id, client_ids=[offer.client_id]), None
    both = list(Appointment.objects.filter(pk__in=[offer.appointment_id, moved]))
    people = [pk for row in both for pk in row.attendances.values_list("client_id", flat=True)]
    lock_places(both, [offer.client_id, *people])
    lock_rows(Appointment, [row.pk for row in both])
    hold, old = locked(offer.appointment_id), locked(moved)
    return hold, old if old.state == AppointmentState.SCHEDULED else None


def _lock_for_no(offer: Offer) -> WaitlistEntry | None:
    """None for a place, whose line is the keeper's."""
    if offer.seats:
        keeper().lock(offer.seats)
        return None
    locked(offer.appointment_id, client_ids=[offer.client_id])
    return WaitlistEntry.objects.select_for_update(of=("self",)).get(offers=offer.pk)


def _refuse_what_stands_against(
    acting: Acting, hold: Appointment, client_id: int, old: Appointment | None
) -> None:
    """The rules once more: their other visits may have changed while they thought about it."""
    wish = replace(wish_of(hold), client_ids=(client_id,))
    ignoring = frozenset({old.pk}) if old else frozenset[int]()
    found = problems_with(wish, appointment_id=hold.pk, by=acting.by, now=acting.now, ignoring=ignoring)
    if any(problem.severity != Severity.WARNING for problem in found):
        raise Blocked(found)


def _close_offer(acting: Acting, offer: Offer, state: str, *, how: str, reason: str = "") -> None:
    before = image(offer)
    offer.state, offer.how, offer.reason = state, how, reason
    offer.ended_at, offer.ended_by_kind, offer.ended_by_id = acting.now, acting.by.kind, acting.by.id
    offer.closed_by_change = acting.change
    acting.saved(f"offer.{state}", offer, before)


def _untitle(acting: Acting, hold: Appointment) -> None:
    """From now on it is called by who comes."""
    before = image(hold)
    hold.title = ""
    acting.saved("visit.untitled", hold, before)


def _let_others_down(acting: Acting, offer: Offer, hold: Appointment) -> None:
    """Who was asked about the same time; and what else this entry was asked, which it no longer needs."""
    others = Offer.objects.out().filter(appointment=hold).exclude(pk=offer.pk)
    lose(list(others), OfferState.LOST, acting)
    moot = list(Offer.objects.out().filter(entry=offer.entry_id).exclude(pk=offer.pk))
    lose(moot, OfferState.WITHDRAWN, acting)
    look_soon([one.span_id for one in moot], acting.now)


def _say_why(acting: Acting, offer: Offer, entry: WaitlistEntry | None, reason: str) -> None:
    if offer.reason == reason:
        return
    before = image(offer)
    offer.reason = reason
    acting.saved("offer.reason", offer, before)
    _leave_if_not_needed(acting, offer, entry, reason)


def _cool_down(acting: Acting, entry: WaitlistEntry) -> None:
    before = image(entry)
    entry.declines += 1
    entry.cool_until = acting.now + dt.timedelta(hours=the_policy().cool_hours)
    entry.priority = priority(pressing_of(entry, acting.now))
    acting.saved("entry.declined", entry, before)


def _leave_if_not_needed(acting: Acting, offer: Offer, entry: WaitlistEntry | None, reason: str) -> None:
    if reason != DeclineReason.NOT_NEEDED:
        return
    if entry and entry.state == EntryState.WAITING:
        end_entry(acting, entry, EntryState.CLOSED, reason=CloseReason.NO_LONGER_NEEDED)
    elif offer.seats:
        keeper().leave(acting, offer.seats, offer.client_id)
        settle(acting, offer.seats)
