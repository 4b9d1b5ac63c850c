"""Time comes free, or is taken by hand: rows that wait for the end of the undo window."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

from core import nudge
from core.actors import Actor, ActorKind
from core.walltime import ONE_DAY, day_bounds, epoch_minutes, from_epoch_minutes, local_date
from practice.models import Change
from practice.operations.acting import Acting
from practice.queries import the_practice
from scheduling.models import Appointment
from scheduling.rules.facts import overlap
from scheduling.states import AppointmentState
from waitlist.models import FreedSpan, Offer, WaitlistEntry
from waitlist.operations.ending import expire, lose
from waitlist.operations.entries import end_entry
from waitlist.rules.spans import by_day
from waitlist.states import CloseReason, EntryState, OfferState

Moments = tuple[dt.datetime, dt.datetime]
REACH = dt.timedelta(days=1)


def visit_left(visit: Appointment, span: Moments, *, why: str, change: Change, now: dt.datetime) -> None:
    """A visit was cancelled or moved away. A span for each of its providers."""
    if span[1] <= now:
        return
    FreedSpan.objects.bulk_create(
        FreedSpan(
            provider_id=provider_id,
            location_id=visit.location_id,
            room_id=visit.room_id,
            modality=visit.modality,
            appointment=visit,
            **_facts(span, why=why, change=change, now=now),
        )
        for provider_id in visit.people
    )
    nudge.after_commit("messaging.dispatch")


def hours_came(provider_id: int, spans: Sequence[Moments], *, change: Change, now: dt.datetime) -> None:
    """A provider is in where they were not: a span per local day."""
    zone, rows = the_practice().tz, []
    for start, end in spans:
        first, last = local_date(start, zone), local_date(end, zone) + ONE_DAY
        midnights = [day_bounds(first + ONE_DAY * n, zone)[0] for n in range((last - first).days + 1)]
        for a, b in by_day((epoch_minutes(start), epoch_minutes(end)), midnights):
            span = (from_epoch_minutes(a), from_epoch_minutes(b))
            rows.append(
                FreedSpan(provider_id=provider_id, **_facts(span, why="hours", change=change, now=now))
            )
    FreedSpan.objects.bulk_create(rows)
    nudge.after_commit("messaging.dispatch")


def _facts(span: Moments, *, why: str, change: Change, now: dt.datetime) -> dict:
    begins = max(now, change.undo_until)
    return {
        "starts_at": span[0],
        "ends_at": span[1],
        "why": why,
        "change": change,
        "not_before": begins,
        "look_at": begins,
        "created_at": now,
    }


def hold_left(hold: Appointment, *, change: Change, now: dt.datetime) -> None:
    """A hold was given up. Its time was free before, so no new span: what is open there is looked at again."""
    out = list(Offer.objects.out().filter(appointment=hold))
    if out and change.actor_kind == ActorKind.SYSTEM:
        expire(hold.pk, now, all_of_them=True)
    elif out:
        lose(out, OfferState.WITHDRAWN, acting_of(change, now))
    look_around([hold], change, now)


def visits_booked(visits: Iterable[Appointment], *, change: Change, now: dt.datetime) -> None:
    """Whoever books over a time that is being offered, or takes the hold for somebody else, withdraws the offers."""
    booked = list(visits)
    if near := _offers_near(booked):
        _withdraw(near, booked, change, now)
    look_around(booked, change, now)


def _withdraw(near: Sequence[Offer], booked: Sequence[Appointment], change: Change, now: dt.datetime) -> None:
    accepted = Offer.objects.filter(closed_by_change=change, state=OfferState.ACCEPTED)
    ours = {offer.appointment_id for offer in accepted}
    taken = [offer for offer in near if any(_in_the_way(visit, offer.appointment) for visit in booked)]
    if lost := [offer for offer in taken if offer.appointment_id not in ours]:
        lose(lost, OfferState.WITHDRAWN, acting_of(change, now))


def _offers_near(visits: Sequence[Appointment]) -> list[Offer]:
    """Out, of holds that could touch one of them. One query, and none for no visits."""
    if not visits:
        return []
    first, last = min(v.starts_at for v in visits) - REACH, max(v.ends_at for v in visits) + REACH
    near = Offer.objects.out().filter(appointment__starts_at__gt=first, appointment__starts_at__lt=last)
    near = near.filter(entry__isnull=False)  # a place is not in anybody's way
    return list(near.select_related("appointment"))


def _in_the_way(visit: Appointment, hold: Appointment) -> bool:
    if visit.pk == hold.pk:
        return True
    shares = bool(set(visit.people) & set(hold.people)) or (
        visit.room_id is not None and visit.room_id == hold.room_id
    )
    return shares and overlap(visit.blocked_span, hold.blocked_span)


def hold_moved(hold: Appointment, *, change: Change, now: dt.datetime) -> None:
    """What was offered is no longer what is held."""
    if hold.state != AppointmentState.HELD:
        return
    out = list(Offer.objects.out().filter(appointment=hold))
    if out:
        lose(out, OfferState.WITHDRAWN, acting_of(change, now))


def visit_off(attendance_ids: Iterable[int], *, change: Change, now: dt.datetime) -> None:
    """Nobody moves up a visit that is off. Undo opens the entry again."""
    waiting = WaitlistEntry.objects.waiting().filter(attendance__in=list(attendance_ids))
    for entry in waiting.order_by("pk"):
        acting = acting_of(change, now)
        end_entry(acting, entry, EntryState.CLOSED, reason=CloseReason.NO_LONGER_NEEDED)


def look_around(visits: Iterable[Appointment], change: Change, now: dt.datetime) -> None:
    """Open spans these touch are looked at once the act can no longer be undone."""
    at = max(now, change.undo_until)
    for visit in visits:
        touched = (
            FreedSpan.objects.open()
            .of_time()
            .filter(
                provider__in=visit.people,
                starts_at__lt=visit.ends_at,
                ends_at__gt=visit.starts_at,
                look_at__gt=at,
            )
        )
        touched.update(look_at=at)


def acting_of(change: Change, now: dt.datetime) -> Acting:
    """The act whose news this is, to write our own lines into it."""
    by = Actor(kind=ActorKind(change.actor_kind), id=change.actor_id, via=change.via)
    return Acting(change, by, now, repeat=False)
