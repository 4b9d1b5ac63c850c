"""Everybody who waits, beside one freed time: one query, whatever the number. Nothing of risk or attendance is read."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import cache

from django.db import connection

from availability.queries import kept_hours
from core.intervals import merge
from core.walltime import ONE_DAY, day_bounds, epoch_minutes, local_date
from practice.models import Practice
from scheduling.queries.openings import busy_minutes
from scheduling.rules.openings import Shape
from waitlist.models import FreedSpan, WaitlistPolicy
from waitlist.rules.deadlines import LAST_CALL
from waitlist.rules.matching import Candidate, Free
from waitlist.rules.spans import starts_in

WEEK = dt.timedelta(days=7)

# How a visit of the entry would be held: as they wish, as the freed visit was, or as the type usually is.
_MODALITY = """CASE WHEN e.modality <> '' THEN e.modality WHEN %(modality)s = ANY(t.modalities) THEN %(modality)s
     ELSE t.modalities[1] END"""
_CANDIDATES = f"""
WITH asked AS MATERIALIZED (
  SELECT client_id, count(*) FILTER (WHERE state <> 'unsent') AS week, bool_or(state = 'out') AS is_out
    FROM waitlist_offer WHERE made_at > %(week_ago)s OR state = 'out' GROUP BY client_id
), about AS MATERIALIZED (
  SELECT DISTINCT entry_id FROM waitlist_offer WHERE span_id = %(span)s
), apart AS MATERIALIZED (
  SELECT client_id FROM practice_keepapart WHERE provider_id = %(provider)s
), own AS MATERIALIZED (
  SELECT client_id FROM practice_careteam WHERE provider_id = %(provider)s
), moving AS MATERIALIZED (
  SELECT e.id AS entry_id, floor(extract(epoch FROM v.starts_at) / 60)::bigint AS minute
    FROM waitlist_waitlistentry e
    JOIN scheduling_attendance p ON p.id = e.attendance_id AND p.state = 'expected'
    JOIN scheduling_appointment v ON v.id = p.appointment_id AND v.state = 'scheduled'
   WHERE e.attendance_id IS NOT NULL AND e.state = 'waiting'
)
SELECT e.id, e.client_id, e.type_id, e.full_minutes, least(e.full_minutes, coalesce(u.minutes, e.full_minutes)),
       e.buffer_before_minutes, e.buffer_after_minutes, e.way,
       CASE WHEN e.provider_ids = '{{}}' THEN 1 WHEN %(provider)s = ANY(e.provider_ids) THEN 2 ELSE 0 END,
       c.primary_provider_id IS NOT DISTINCT FROM %(provider)s OR own.client_id IS NOT NULL,
       CASE WHEN e.weekdays = '{{}}' THEN 1 WHEN %(weekday)s = ANY(e.weekdays) THEN 2 ELSE 0 END,
       coalesce(extract(hour FROM e.from_time) * 60 + extract(minute FROM e.from_time), -1)::int,
       coalesce(extract(hour FROM e.until_time) * 60 + extract(minute FROM e.until_time), -1)::int,
       CASE WHEN e.location_id IS NULL OR e.way <> 'in_person' THEN 1
            WHEN e.location_id IS NOT DISTINCT FROM %(location)s THEN 2 ELSE 0 END,
       e.priority, (extract(epoch FROM e.turn_at) * 1000000)::bigint, e.pinned_at IS NOT NULL,
       e.way = 'in_person' OR c.region = '' OR %(regions)s::text[] = '{{}}' OR lower(c.region) = ANY(%(regions)s),
       e.insurance = '' OR lower(e.insurance) = ANY(%(insurances)s),
       apart.client_id IS NOT NULL, e.is_quick,
       about.entry_id IS NOT NULL OR coalesce(asked.is_out, false),
       coalesce(e.cool_until > %(now)s, false), coalesce(asked.week, 0),
       coalesce(moving.minute, 0)
  FROM (
    SELECT e.*, t.buffer_before_minutes, t.buffer_after_minutes, {_MODALITY} AS way,
           coalesce(e.minutes, o.duration_minutes, t.duration_minutes) AS full_minutes
      FROM waitlist_waitlistentry e
      JOIN scheduling_appointmenttype t ON t.id = e.type_id AND t.is_active
      JOIN scheduling_typeoffer o ON o.type_id = t.id AND o.provider_id = %(provider)s
     WHERE e.state = 'waiting' AND (e.auto_match OR NOT %(only_auto)s)
       AND (e.modality = '' OR e.modality = ANY(t.modalities))
  ) e
  JOIN practice_client c ON c.id = e.client_id AND c.status IN ('active', 'waiting')
  LEFT JOIN waitlist_usefullength u ON u.type_id = e.type_id
  LEFT JOIN asked ON asked.client_id = e.client_id
  LEFT JOIN about ON about.entry_id = e.id
  LEFT JOIN apart ON apart.client_id = e.client_id
  LEFT JOIN own ON own.client_id = e.client_id
  LEFT JOIN moving ON moving.entry_id = e.id
 WHERE e.attendance_id IS NULL OR moving.entry_id IS NOT NULL
"""  # noqa: S608  of our own words


@dataclass(frozen=True, slots=True)
class FreeTime:
    """One freed span as it stands now. `starts`: minutes, before, after → where such a visit may begin."""

    free: Free
    starts: Callable[[int, int, int], Sequence[int]]


def candidates(
    span: FreedSpan, *, practice: Practice, now: dt.datetime, only_auto: bool = True
) -> list[Candidate]:
    """Everybody waiting for a type this provider offers, with what `rules.matching` has to know of them."""
    provider = span.provider
    values = {
        "provider": span.provider_id,
        "location": span.location_id,
        "modality": span.modality,
        "span": span.pk,
        "weekday": span.starts_at.astimezone(practice.tz).weekday(),
        "regions": [region.lower() for region in provider.licensed_regions],
        "insurances": [name.lower() for name in provider.insurances],
        "only_auto": only_auto,
        "week_ago": now - WEEK,
        "now": now,
    }
    with connection.cursor() as cursor:
        cursor.execute(_CANDIDATES, values)
        return list(map(Candidate._make, cursor.fetchall()))


def free_time(span: FreedSpan, *, policy: WaitlistPolicy, practice: Practice, now: dt.datetime) -> FreeTime:
    """What of it is really free: the provider's hours, less what has been put there since. Two or three queries."""
    zone = practice.tz
    day = local_date(span.starts_at, zone)
    midnights = [day_bounds(day + ONE_DAY * n, zone)[0] for n in (0, 1, 2)]
    hours = kept_hours([span.provider_id], day, day, own=zone)[span.provider_id]
    open_hours = merge((one.start, one.end) for one in hours.open)
    busy = merge(busy_minutes([span.provider_id], (midnights[0], midnights[1]), now)[span.provider_id])
    soonest = -(-int((now + LAST_CALL).timestamp()) // 60)  # later than that nobody could be asked
    within = (max(epoch_minutes(span.starts_at), soonest), epoch_minutes(span.ends_at))
    notice = dt.timedelta(hours=policy.short_notice_hours)

    @cache
    def starts(minutes: int, before: int, after: int) -> Sequence[int]:
        if within[0] >= within[1]:
            return ()
        shape = Shape(minutes=minutes, before=before, after=after)
        return starts_in(within, open_hours, busy, shape, midnights=midnights, grid=practice.grid_minutes)

    free = Free(
        midnight=midnights[0], is_short_notice=span.starts_at - now < notice, week_cap=policy.week_cap
    )
    return FreeTime(free, starts)


def shapes_of(found: Sequence[Candidate]) -> set[tuple[int, int, int]]:
    """(minutes, before, after) of every visit somebody waits for, in full and as short as it may be."""
    return {(one.minutes, one.before, one.after) for one in found} | {
        (one.least, one.before, one.after) for one in found if one.least < one.minutes
    }


def is_useful(time: FreeTime, shapes: Collection[tuple[int, int, int]]) -> bool:
    """Whether any of these visits would fit at all."""
    return any(time.starts(*shape) for shape in shapes)
