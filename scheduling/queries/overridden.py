"""What was gone past, by whom and why: one line per override that stands on a visit. Three queries a page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db import connection

from core.actors import ActorKind
from practice.models import Provider, User

# The words of the codes in rules.problems; one without words is said as it is.
CODES = {
    "provider_busy": "Provider booked twice",
    "room_busy": "Room booked twice",
    "outside_hours": "Outside hours",
    "other_location": "At another location",
    "no_telehealth_hours": "Hours kept for people who come in",
    "not_offered": "Type not offered",
    "modality": "Type not offered this way",
    "client_busy": "Client booked twice",
    "room_small": "Room too small",
    "room_equipment": "Room lacks equipment",
    "room_steps": "Room not accessible",
    "room_out": "Room out of use",
    "cap_provider_day": "Provider's day full",
    "cap_provider_week": "Provider's week full",
    "cap_type_provider_day": "Provider's maximum of the type",
    "cap_type_practice_day": "Practice's maximum of the type",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What one may ask of the report. Moments are when the override was made, half-open."""

    by: int | None = None
    code: str = ""
    provider: int | None = None
    since: dt.datetime | None = None
    until: dt.datetime | None = None


class Overridden(NamedTuple):
    """`visit`: its public id; `at` when it was overridden. `who` is a name, or a kind for who is not staff."""

    visit: Any
    starts_at: dt.datetime
    type: str
    state: str
    provider: str
    code: str
    reason: str
    who: str
    at: dt.datetime

    @property
    def what(self) -> str:
        return said(self.code)


def said(code: str) -> str:
    return CODES.get(code) or code.replace("_", " ").capitalize()


# The condition is the partial index's own: visits with an override are few, whatever the history.
_FROM = """
  FROM scheduling_appointment a
  JOIN scheduling_appointmenttype t ON t.id = a.type_id
 CROSS JOIN LATERAL jsonb_array_elements(a.overrides) WITH ORDINALITY AS o(line, place)
 WHERE NOT (a.overrides = '[]'::jsonb)
   AND (%(by)s::text IS NULL OR o.line->>'by' = %(by)s)
   AND (%(code)s = '' OR o.line->>'code' = %(code)s)
   AND (%(provider)s::bigint IS NULL OR %(provider)s IN (a.provider_id, a.co_provider_id))
   AND (%(since)s::timestamptz IS NULL OR (o.line->>'at')::timestamptz >= %(since)s)
   AND (%(until)s::timestamptz IS NULL OR (o.line->>'at')::timestamptz < %(until)s)
"""
_LINES = f"""
SELECT a.public_id, a.starts_at, t.name, a.state, a.provider_id,
       o.line->>'code', o.line->>'reason', o.line->>'by', (o.line->>'at')::timestamptz
{_FROM} ORDER BY (o.line->>'at')::timestamptz DESC, a.id DESC, o.place LIMIT %(limit)s OFFSET %(offset)s
"""


def overridden(asked: Asked, *, limit: int | None = None, offset: int = 0) -> list[Overridden]:
    """Newest first. Three queries."""
    rows = _run(_LINES, asked, limit=limit, offset=offset)
    providers = Provider.objects.in_bulk({row[4] for row in rows} - {None})
    users = dict(User.objects.filter(pk__in=_users(rows)).values_list("pk", "name"))
    return [_line(row, providers, users) for row in rows]


def count_overridden(asked: Asked) -> int:
    [(count,)] = _run(f"SELECT count(*) {_FROM}", asked)
    return count


def codes_overridden() -> list[tuple[str, str]]:
    """(code, words) of what was ever gone past, by the words."""
    rows = _run(f"SELECT DISTINCT o.line->>'code' {_FROM}", Asked())
    return sorted(((code, said(code)) for (code,) in rows), key=lambda pair: pair[1])


def _run(sql: str, asked: Asked, **more: Any) -> list[tuple]:
    values = {
        "by": None if asked.by is None else f"{ActorKind.USER}:{asked.by}",
        "code": asked.code,
        "provider": asked.provider,
        "since": asked.since,
        "until": asked.until,
    }
    with connection.cursor() as cursor:
        cursor.execute(sql, values | more)
        return cursor.fetchall()


def _users(rows: Sequence[tuple]) -> Iterator[int]:
    for row in rows:
        kind, _, pk = (row[7] or "").partition(":")
        if kind == ActorKind.USER and pk.isdecimal():
            yield int(pk)


def _line(row: tuple, providers: dict[int, Provider], users: dict[int, str]) -> Overridden:
    visit, starts_at, kind, state, provider_id, code, reason, by, at = row
    provider = providers.get(provider_id)
    _, _, pk = (by or "").partition(":")
    who = users.get(int(pk)) if pk.isdecimal() else None
    return Overridden(
        visit, starts_at, kind, state, provider.name if provider else "", code, reason, who or by or "", at
    )
