"""Days and weeks on which a cap is reached. No query where no cap is set."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from django.db import connection

from core.intervals import Span, merge
from core.walltime import ONE_DAY, day_bounds
from practice.models import Practice
from scheduling.states import BLOCKING, AppointmentState, Category


class Caps(NamedTuple):
    """The most visits a provider has; None for no cap. `kind_*`: of the type that is looked for."""

    day: int | None
    week: int | None
    kind_day: int | None
    kind_practice_day: int | None


NO_CAPS = Caps(None, None, None, None)

_OWN = """
SELECT who.id, (a.starts_at AT TIME ZONE %(zone)s)::date, count(*), count(*) FILTER (WHERE a.type_id = %(kind)s)
  FROM scheduling_appointment a
  JOIN scheduling_appointmenttype t ON t.id = a.type_id
  CROSS JOIN LATERAL (VALUES (a.provider_id), (a.co_provider_id)) AS who(id)
 WHERE (a.provider_id = ANY(%(ids)s) OR a.co_provider_id = ANY(%(ids)s)) AND who.id = ANY(%(ids)s)
   AND a.starts_at >= %(since)s AND a.starts_at < %(until)s AND a.state = ANY(%(blocking)s)
   AND (a.state <> %(held)s OR a.hold_until >= %(now)s) AND t.category <> %(desk_work)s
 GROUP BY 1, 2
"""
# One provider's visits of each day, and, without a provider, everybody's of the type.
_EVERYBODYS = """
UNION ALL
SELECT null, (a.starts_at AT TIME ZONE %(zone)s)::date, 0, count(*)
  FROM scheduling_appointment a
 WHERE a.type_id = %(kind)s AND a.starts_at >= %(since)s AND a.starts_at < %(until)s AND a.state = ANY(%(blocking)s)
   AND (a.state <> %(held)s OR a.hold_until >= %(now)s)
 GROUP BY 2
"""


def full_days(
    capped: Sequence[tuple[int, Caps]],
    *,
    type_id: int,
    first: dt.date,
    last: dt.date,
    practice: Practice,
    now: dt.datetime,
) -> dict[int, list[Span]]:
    """Per provider id the local days, as spans of epoch minutes, on which one more visit would pass a cap."""
    limited = {pk: caps for pk, caps in capped if caps != NO_CAPS}
    if not limited:
        return {}
    counts = _counts(limited, type_id=type_id, first=first, last=last, practice=practice, now=now)
    days = [first + ONE_DAY * n for n in range((last - first).days + 1)]
    return {
        pk: merge(day_bounds(day, practice.tz) for day in days if counts.is_full(pk, caps, day))
        for pk, caps in limited.items()
    }


def caps_reached(
    capped: Sequence[tuple[int, Caps]], *, type_id: int, on: dt.date, practice: Practice, now: dt.datetime
) -> dict[int, dict[str, int]]:
    """Per provider id the caps that are reached on that local day, by name, with the most they allow."""
    limited = {pk: caps for pk, caps in capped if caps != NO_CAPS}
    if not limited:
        return {}
    counts = _counts(limited, type_id=type_id, first=on, last=on, practice=practice, now=now)
    return {pk: counts.reached(pk, caps, on) for pk, caps in limited.items()}


def _counts(
    limited: Mapping[int, Caps],
    *,
    type_id: int,
    first: dt.date,
    last: dt.date,
    practice: Practice,
    now: dt.datetime,
) -> _Counts:
    """Of whole weeks, since a week has caps too."""
    monday = first - ONE_DAY * first.weekday()
    sunday = last + ONE_DAY * (6 - last.weekday())
    zone = practice.tz
    values = {
        "ids": list(limited),
        "kind": type_id,
        "zone": practice.zone,
        "since": dt.datetime.combine(monday, dt.time(), zone),
        "until": dt.datetime.combine(sunday + ONE_DAY, dt.time(), zone),
        "blocking": list(BLOCKING),
        "held": AppointmentState.HELD,
        "desk_work": Category.ADMINISTRATIVE,
        "now": now,
    }
    return _Counts(values, everybody=any(caps.kind_practice_day for caps in limited.values()))


class _Counts:
    def __init__(self, values: dict, *, everybody: bool) -> None:
        self.days: Counter[tuple[int, dt.date]] = Counter()
        self.kind_days: Counter[tuple[int, dt.date]] = Counter()
        self.weeks: Counter[tuple[int, dt.date]] = Counter()
        self.practice: dict[dt.date, int] = defaultdict(int)
        for pk, day, count, of_kind in _rows(_OWN + _EVERYBODYS if everybody else _OWN, values):
            if pk is None:
                self.practice[day] = of_kind
                continue
            self.days[pk, day], self.kind_days[pk, day] = count, of_kind
            self.weeks[pk, _monday(day)] += count

    def is_full(self, pk: int, caps: Caps, day: dt.date) -> bool:
        return any(most and count >= most for most, count in zip(caps, self._taken(pk, day), strict=True))

    def reached(self, pk: int, caps: Caps, day: dt.date) -> dict[str, int]:
        each = zip(Caps._fields, caps, self._taken(pk, day), strict=True)
        return {name: most for name, most, count in each if most and count >= most}

    def _taken(self, pk: int, day: dt.date) -> tuple[int, int, int, int]:
        """In the order of `Caps`."""
        weeks = self.weeks[pk, _monday(day)]
        return self.days[pk, day], weeks, self.kind_days[pk, day], self.practice[day]


def _rows(sql: str, values: dict) -> Iterable[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()


def _monday(day: dt.date) -> dt.date:
    return day - ONE_DAY * day.weekday()
