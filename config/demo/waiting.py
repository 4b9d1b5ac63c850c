"""Who waits for a time, as the list would look on an ordinary morning."""

import datetime as dt
import uuid
from typing import Any

from config.demo.chance import Chance
from config.demo.groups import SATURDAY
from config.demo.people import People
from config.demo.places import Places
from groups.models import Group
from groups.queries.sessions import ahead_of
from scheduling.models import Appointment, AppointmentType
from scheduling.states import AppointmentState
from waitlist.models import FreedSpan, Offer, WaitlistEntry
from waitlist.operations.ageing import rescore
from waitlist.states import SEAT, CloseReason, DeclineReason, EntryState, OfferState, SpanState

ANSWER = dt.timedelta(hours=4)

# kind, providers, days, hours, urgency, referral, days waited, most days, short notice, which of the unnamed clients
WAITING = (
    ("Follow-up", ("Lee",), (1, 3), (12, 17), "urgent", "physician", 23, 60, True, 3),
    ("Follow-up", ("Smith",), (), (8, 12), "routine", "self", 41, 90, True, 9),
    ("Intake", (), (), (), "soon", "hospital", 12, 30, True, 14),
    ("Follow-up", (), (0, 2, 4), (15, 18), "routine", "school", 8, None, False, 21),
    ("Medication", ("Ruiz",), (), (), "soon", "physician", 5, 14, True, 33),
    ("Follow-up", ("Nair", "Becker"), (), (9, 13), "routine", "self", 17, 60, False, 40),
    ("Intake", ("Smith",), (1,), (), "routine", "self", 30, 60, False, 47),
    ("Follow-up", ("Lee", "Smith"), (), (), "routine", "self", 2, None, True, 52),
)


def make_waiting(chance: Chance, people: People, places: Places, now: dt.datetime) -> None:
    kinds = {kind.name: kind for kind in AppointmentType.objects.all()}
    for kind, last_names, days, hours, urgency, referral, waited, most, quick, number in WAITING:
        joined = now - dt.timedelta(days=waited, minutes=chance.randint(0, 400))
        WaitlistEntry.objects.create(
            public_id=chance.uuid(),
            client=people.others[number],
            type=kinds[kind],
            provider_ids=sorted(places.providers[name].pk for name in last_names),
            weekdays=list(days),
            from_time=dt.time(hours[0]) if hours else None,
            until_time=dt.time(hours[1]) if hours else None,
            urgency=urgency,
            referral=referral,
            max_wait_days=most,
            expires_on=(joined + dt.timedelta(days=most + 1)).date() if most else None,
            is_quick=quick,
            created_at=joined,
            turn_at=joined,
        )
    rescore(now)
    make_offers(chance, now)
    offer_place(now)


def make_offers(chance: Chance, now: dt.datetime) -> None:
    """The time that is held this morning is somebody's to take; and what came of earlier ones."""
    hold = Appointment.objects.filter(state=AppointmentState.HELD, title="waitlist").order_by("pk").first()
    first = WaitlistEntry.objects.waiting().order_by("pk").first()
    if hold is not None and first is not None and hold.hold_until is not None:
        made = now - dt.timedelta(minutes=18)
        span = _span(chance, hold, made, state=SpanState.OPEN, look_at=hold.hold_until)
        ends = hold.hold_until - dt.timedelta(minutes=1)
        _offer(chance, first, span, visit=hold, ends=ends, score=850)
        WaitlistEntry.objects.filter(pk=first.pk).update(turn_at=made)
    for number, visit in enumerate(_filled(now)):
        made = visit.starts_at - dt.timedelta(days=3, minutes=chance.randint(0, 200))
        span = _span(chance, visit, made, state=SpanState.FILLED, filled_at=made + dt.timedelta(minutes=70))
        if number % 2:
            asked = _entry_of(chance, visit, made, EntryState.GAVE_UP if number == 1 else EntryState.CLOSED)
            reason = DeclineReason.TIME if number == 1 else DeclineReason.NOTICE
            _ended(
                _offer(chance, asked, span, visit=visit, ends=made + ANSWER, score=680),
                OfferState.DECLINED,
                reason,
            )
        booked = _entry_of(chance, visit, made, EntryState.BOOKED)
        _ended(_offer(chance, booked, span, visit=visit, ends=made + ANSWER, score=780), OfferState.ACCEPTED)


def offer_place(now: dt.datetime) -> None:
    """The place on Saturdays is whose turn it is; the ids are the same each time and drawn from nobody's luck."""
    group = Group.objects.get(name=SATURDAY)
    visit = ahead_of(group, now)[0]
    first = group.memberships.in_line()[0]
    made = now - dt.timedelta(minutes=11)
    ids = [uuid.uuid5(uuid.NAMESPACE_OID, f"demo place {what}") for what in ("span", "offer")]
    span = FreedSpan.objects.create(
        **_where(visit), public_id=ids[0], seats=group.public_id, why=SEAT, created_at=made, not_before=made,
        matched_at=made, look_at=made + ANSWER,
    )  # fmt: skip
    Offer.objects.create(
        public_id=ids[1], client_id=first.client_id, span=span, appointment=visit, channel="sms", score=0,
        not_before=made, made_at=made, expires_at=made + ANSWER, turn_was=made,
    )  # fmt: skip


def _where(visit: Appointment) -> dict[str, Any]:
    return {
        "appointment": visit,
        "provider_id": visit.provider_id or 0,
        "location_id": visit.location_id,
        "room_id": visit.room_id,
        "modality": visit.modality,
        "starts_at": visit.starts_at,
        "ends_at": visit.ends_at,
    }


def _filled(now: dt.datetime) -> list[Appointment]:
    """Some of last month's visits, as if the list had filled them."""
    past = Appointment.objects.filter(
        state=AppointmentState.COMPLETED, type__name="Follow-up", starts_at__gt=now - dt.timedelta(days=40)
    )
    return list(past.prefetch_related("attendances").order_by("starts_at", "pk")[5:200:25])


def _span(chance: Chance, visit: Appointment, at: dt.datetime, **more: Any) -> FreedSpan:
    where = _where(visit) | {"appointment": None}
    return FreedSpan.objects.create(
        **where,
        public_id=chance.uuid(),
        why="cancelled",
        created_at=at,
        not_before=at,
        matched_at=at,
        **more,
    )


def _entry_of(chance: Chance, visit: Appointment, at: dt.datetime, state: str) -> WaitlistEntry:
    joined = at - dt.timedelta(days=chance.randint(4, 30))
    return WaitlistEntry.objects.create(
        public_id=chance.uuid(),
        client_id=visit.attendances.all()[0].client_id,
        type_id=visit.type_id,
        state=state,
        closed_at=at + dt.timedelta(minutes=70),
        closed_by_kind="client",
        close_reason=CloseReason.GAVE_UP if state == EntryState.GAVE_UP else "",
        booked=visit if state == EntryState.BOOKED else None,
        created_at=joined,
        turn_at=at,
    )


def _offer(
    chance: Chance,
    entry: WaitlistEntry,
    span: FreedSpan,
    *,
    visit: Appointment,
    ends: dt.datetime,
    score: int,
) -> Offer:
    return Offer.objects.create(
        public_id=chance.uuid(),
        entry=entry,
        client_id=entry.client_id,
        span=span,
        appointment=visit,
        channel="sms",
        score=score,
        parts=[
            ["The provider they asked for", 300],
            ["Any day", 180],
            ["Inside the hours they asked for", 200],
        ],
        not_before=span.created_at,
        made_at=span.created_at,
        expires_at=ends,
        turn_was=entry.turn_at,
    )


def _ended(offer: Offer, state: str, reason: str = "") -> None:
    offer.state, offer.reason, offer.how = state, reason, "sms"
    offer.ended_at, offer.ended_by_kind = offer.made_at + dt.timedelta(minutes=22), "client"
    offer.ended_by_id = offer.client_id
    offer.save()
