"""Staff send an offer themselves: to anybody who fits, whatever their score or turn."""

from __future__ import annotations

import uuid

from core.actors import Actor
from core.refusals import Blocked, NotAllowed, Refusal, Severity
from practice.models import Provider
from practice.operations.acting import begin, operation
from practice.permissions import may, require
from practice.queries import the_practice
from scheduling.operations.locking import lock_rows
from scheduling.permissions import may_schedule
from scheduling.queries.problems import problems_with
from waitlist.models import FreedSpan, Offer, WaitlistEntry
from waitlist.operations.offering import Asked, make_offers, wish_for
from waitlist.queries.candidates import candidates, free_time
from waitlist.queries.policy import the_policy
from waitlist.queries.reach import Way, ways
from waitlist.rules.matching import Match, match_of
from waitlist.states import SpanState


@operation("offer.by_hand", "freedspan")
def offer_by_hand(span_id: int, *, entry_id: int, by: Actor, change_id: uuid.UUID | None = None) -> Offer:
    """It goes out when the act can no longer be undone; by phone where nothing else may be used.

    Raises NotAllowed, Refusal for somebody the time does not fit, Blocked by the rules of booking, SlotTaken.
    """
    acting = begin("offer.by_hand", change_id, by, {"span": span_id, "entry": entry_id})
    if acting.repeat:
        return Offer.objects.get(pk=acting.change.result["offer"])
    provider_id, seats = FreedSpan.objects.values_list("provider_id", "seats").get(pk=span_id)
    if seats is not None:
        raise Refusal(
            "A place goes to who stands in line for it.", remedy="Give it to them yourself instead."
        )
    require(may(by, "waitlist.offer") and may_schedule(by, "visit.book", provider_id))
    entry = (
        WaitlistEntry.objects.visible_to(by)
        .select_related("client", "attendance")
        .filter(pk=entry_id)
        .first()
    )
    if entry is None:
        raise NotAllowed("This client is not in your list.")
    lock_rows(Provider, [provider_id])
    span = FreedSpan.objects.select_related("provider").select_for_update(of=("self",)).get(pk=span_id)
    practice = the_practice()
    if span.state != SpanState.OPEN:
        raise Refusal("This time is no longer open.", remedy="Look at the list again.")
    match = _match(span, entry_id, acting.now)
    gives_up = frozenset({entry.attendance.appointment_id}) if entry.attendance else frozenset[int]()
    wish = wish_for(span, match, client_ids=(entry.client_id,))
    found = problems_with(wish, by=by, now=acting.now, ignoring=gives_up)
    if any(problem.severity != Severity.WARNING for problem in found):
        raise Blocked(found)
    way = ways({entry.client_id: entry.client}, acting.now, practice).get(entry.client_id)
    by_phone = Way(contact_id=None, channel="", address="", opens_at=acting.now)
    asked = Asked(match=match, entry=entry, way=way or by_phone)
    [offer] = make_offers(acting, span, [asked], practice=practice, by_hand=True)
    acting.close({"offer": offer.pk, "appointment": offer.appointment_id})
    return offer


def _match(span: FreedSpan, entry_id: int, now) -> Match:
    """What is only about turns does not bind staff: cooling down, the week's cap, short notice."""
    practice, policy = the_practice(), the_policy()
    time = free_time(span, policy=policy, practice=practice, now=now)
    found = [
        one for one in candidates(span, practice=practice, now=now, only_auto=False) if one.entry == entry_id
    ]
    eased = [one._replace(is_cooling=False, week_offers=0, is_quick=True, is_asked=False) for one in found]
    match = match_of(eased[0], time.free, time.starts) if eased else None
    if match is None:
        raise Refusal(
            "This time does not fit what they wait for.", remedy="Choose somebody else from the list."
        )
    return match
