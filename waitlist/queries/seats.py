"""Who stands in line for a place, and what they were asked before. Nothing of risk or attendance is read."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q

from core.actors import Actor
from practice.models import Client
from scheduling import seats as keeping
from waitlist.models import FreedSpan, Offer
from waitlist.queries.policy import the_policy
from waitlist.rules.deadlines import LAST_CALL
from waitlist.rules.seats import WEEK, Before, why_not


def had_before(
    client_ids: Collection[int], seats: UUID, visit_id: int, now: dt.datetime, *, cool_hours: int
) -> Mapping[int, list[Before]]:
    """Offers of times too: nobody is asked two things at once, nor too often in a week. One query."""
    since = now - max(WEEK, dt.timedelta(hours=cool_hours))
    lately = Q(made_at__gt=since) | Q(ended_at__gt=since) | Q(state="out") | Q(appointment=visit_id)
    rows = Offer.objects.filter(lately, client__in=client_ids).values_list(
        "client_id", "state", "made_at", "ended_at", "appointment_id", "span__seats"
    )
    found: dict[int, list[Before]] = defaultdict(list)
    for client_id, state, made_at, ended_at, about, of in rows:
        is_same = of == seats
        found[client_id].append(
            Before(
                state=state,
                made_at=made_at,
                ended_at=ended_at,
                is_same=is_same,
                is_here=is_same and about == visit_id,
            )
        )
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """place: which in line, from 1. why_not: in words, why they are not asked now; empty if they may be."""

    client: Client
    place: int
    why_not: str


def in_line(span: FreedSpan, by: Actor, now: dt.datetime) -> list[Waiting]:
    """Who waits for the place of this span, the longest first; of those whom `by` may see. For a page."""
    if span.seats is None:
        return []
    policy, standing = the_policy(), keeping.keeper().stand(span.seats, now + LAST_CALL)
    visit_id = standing.visit.pk if standing.visit else 0
    had = had_before(standing.line, span.seats, visit_id, now, cool_hours=policy.cool_hours)
    clients = Client.objects.visible_to(by).in_bulk(standing.line)
    return [
        Waiting(
            client=clients[pk],
            place=place,
            why_not=why_not(had.get(pk, ()), now, week_cap=policy.week_cap, cool_hours=policy.cool_hours),
        )
        for place, pk in enumerate(standing.line, 1)
        if pk in clients
    ]


def asked_until(seats: UUID, client_ids: Collection[int]) -> dict[int, dt.datetime]:
    """{client: when the offer they have out ends}."""
    out = Offer.objects.out().filter(span__seats=seats, client__in=client_ids)
    return dict(out.values_list("client_id", "expires_at"))
