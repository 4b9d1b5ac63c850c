"""What keeps openings out besides time: who must not meet, licences, supervision, authorizations, notice, full blocks.

Twin of `rules.care` and `rules.limits`, set-wise. A query more only where a client, or a block with a most, asks.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from django.db import connection

from availability.queries import KeptHours
from core.intervals import Span, merge
from core.walltime import ONE_DAY, day_bounds, from_epoch_minutes, local_date
from practice.models import Practice
from practice.states import Modality
from scheduling.queries.care import ONLINE, Care
from scheduling.rules.authorizations import covered_days
from scheduling.rules.care import REMOTE, is_licensed
from scheduling.states import BLOCKING, UNCOUNTED, AppointmentState, Category

if TYPE_CHECKING:
    from scheduling.queries.openings import Candidate, Search

# Why a whole provider is out; `queries.whynot` has the words.
APART, LICENCE, SUPERVISION, NOT_ONLINE = "apart", "licence", "supervision", "not_online"

_SESSIONS = """
SELECT p.client_id, floor(date_part('epoch', a.starts_at) / 60)::bigint,
       ceil(date_part('epoch', a.ends_at) / 60)::bigint, a.modality, a.location_id
  FROM scheduling_attendance p JOIN scheduling_appointment a ON a.id = p.appointment_id
 WHERE p.client_id = ANY(%(clients)s) AND p.state <> ALL(%(uncounted)s)
   AND a.starts_at > %(since)s AND a.starts_at < %(until)s AND a.state = ANY(%(blocking)s)
   AND (a.state <> %(held)s OR a.hold_until >= %(now)s)
"""
_BEGIN = """
SELECT who.id, floor(date_part('epoch', a.starts_at) / 60)::bigint
  FROM scheduling_appointment a
  JOIN scheduling_appointmenttype t ON t.id = a.type_id
  CROSS JOIN LATERAL (VALUES (a.provider_id), (a.co_provider_id)) AS who(id)
 WHERE (a.provider_id = ANY(%(ids)s) OR a.co_provider_id = ANY(%(ids)s)) AND who.id = ANY(%(ids)s)
   AND a.starts_at >= %(since)s AND a.starts_at < %(until)s AND a.state = ANY(%(blocking)s)
   AND (a.state <> %(held)s OR a.hold_until >= %(now)s) AND t.category <> %(desk_work)s
 ORDER BY 2
"""


class Sessions(NamedTuple):
    """own: the clients' other sessions. apart: those of people they must not meet, with the waiting time around them
    and the location, None where nobody named it.
    """

    own: list[Span]
    apart: list[tuple[Span, int | None]]

    def at_place(self, location_id: int | None) -> list[Span]:
        return [
            span for span, place in self.apart if location_id is None or place is None or place == location_id
        ]


def sessions_of(search: Search, care: Care, standing: dict, practice: Practice) -> Sessions:
    """standing: what stands, from when to when, as the query wants it. No query without clients."""
    found = Sessions([], [])
    if not search.client_ids:
        return found
    own, wait = set(search.client_ids), 2 * practice.keep_apart_minutes
    values = {"clients": [*own, *care.kept_from(own)], "uncounted": list(UNCOUNTED), **standing}
    for client_id, start, end, modality, place in _rows(_SESSIONS, values):
        if client_id in own:
            found.own.append((start, end))
        elif modality == Modality.IN_PERSON:
            found.apart.append(((start - wait, end + wait), place))
    return found


def barred(candidates: Sequence[Candidate], search: Search, care: Care) -> dict[int, str]:
    """Who cannot have this visit at any time, and why."""
    out = {one.id: _why(one, search, care) for one in candidates}
    return {pk: why for pk, why in out.items() if why}


def _why(one: Candidate, search: Search, care: Care) -> str:
    if search.source in ONLINE and not one.is_online and not search.instead_of:
        return NOT_ONLINE
    if one.giver.is_unsupervised:
        return SUPERVISION
    clients = set(search.client_ids)
    for pair in care.apart:
        if pair.provider_id == one.id or {pair.client_id, pair.other_client_id} <= clients:
            return APART
    regions = [person.region for person in care.people.values()] if search.modality in REMOTE else []
    return "" if all(is_licensed(one.giver, region) for region in regions) else LICENCE


def paid_days(search: Search, care: Care, candidates: Sequence[Candidate]) -> list[dt.date]:
    """The days on which every client's authorization allows it; all of them where none is needed."""
    if not candidates[0].needs_permit:
        return search.days
    return covered_days([care.permits[pk] for pk in search.client_ids], search.days)


def allowed_from(search: Search, practice: Practice, now: dt.datetime) -> Span:
    """From when until when in epoch minutes it may begin at all: what clients book has notice and a horizon."""
    soonest, last = now, search.last
    if search.source in ONLINE:
        soonest += dt.timedelta(minutes=practice.minimum_notice_minutes)
        last = local_date(now, practice.tz) + ONE_DAY * practice.horizon_days
    return -(-int(soonest.timestamp()) // 60), day_bounds(last, practice.tz)[1]


def full_blocks(hours: Mapping[int, KeptHours], now: dt.datetime) -> dict[int, list[Span]]:
    """Per provider the blocks in which as many visits begin as may. No query where no block has a most."""
    capped = {pk: kept.capped for pk, kept in hours.items() if kept.capped}
    if not capped:
        return {}
    begins = _begins(list(capped), [block[:2] for blocks in capped.values() for block in blocks], now)
    return {
        pk: merge((start, end) for start, end, most in blocks if _between(begins[pk], start, end) >= most)
        for pk, blocks in capped.items()
    }


def _begins(ids: list[int], spans: Sequence[tuple[int, int]], now: dt.datetime) -> dict[int, list[int]]:
    values = {
        "ids": ids,
        "since": from_epoch_minutes(min(start for start, _ in spans)),
        "until": from_epoch_minutes(max(end for _, end in spans)),
        "blocking": list(BLOCKING),
        "held": AppointmentState.HELD,
        "desk_work": Category.ADMINISTRATIVE,
        "now": now,
    }
    found: dict[int, list[int]] = defaultdict(list)
    for pk, minute in _rows(_BEGIN, values):
        found[pk].append(minute)
    return found


def _between(minutes: list[int], start: int, end: int) -> int:
    return bisect_left(minutes, end) - bisect_left(minutes, start)


def _rows(sql: str, values: dict) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()
