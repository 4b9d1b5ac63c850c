"""Rows of the plan, thousands at a time: read as plain values and written in one statement each.

A model instance per row, and Django's own INSERT, cost several times what the planning itself does.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from reminders.models import Reminder


@dataclass(slots=True, kw_only=True)
class Row:
    """A Reminder's columns. `pk` is empty for one that is not written yet."""

    attendance_id: int
    rule_id: int | None
    occurrence: int
    contact_id: int | None
    channel: str
    resend_no: int = 0
    state: str
    reason: str = ""
    change_id: uuid.UUID | None = None
    closed_by_change_id: uuid.UUID | None = None
    not_before: dt.datetime
    due_at: dt.datetime
    falls_due_at: dt.datetime
    useful_until: dt.datetime
    pk: int | None = None


COLUMNS = tuple(one.name for one in fields(Row))
TYPES = {
    "attendance_id": "bigint", "rule_id": "bigint", "occurrence": "integer", "contact_id": "bigint",
    "channel": "text", "resend_no": "smallint", "state": "text", "reason": "text", "change_id": "uuid",
    "closed_by_change_id": "uuid", "not_before": "timestamptz", "due_at": "timestamptz",
    "falls_due_at": "timestamptz", "useful_until": "timestamptz",
}  # fmt: skip
TURNED = ("pk", "state", "reason", "due_at", "falls_due_at", "useful_until")
# ON CONFLICT: a row that another act wrote meanwhile is the same row.
ADD = f"""
INSERT INTO reminders_reminder ({", ".join(TYPES)})
SELECT * FROM unnest({", ".join(f"%s::{kind}[]" for kind in TYPES.values())})
ON CONFLICT DO NOTHING
"""  # noqa: S608  our own column names
TURN = """
UPDATE reminders_reminder AS row
SET state = said.state, reason = said.reason, due_at = said.due_at, falls_due_at = said.falls_due_at,
    useful_until = said.useful_until
FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::timestamptz[], %s::timestamptz[], %s::timestamptz[])
    AS said (id, state, reason, due_at, falls_due_at, useful_until)
WHERE row.id = said.id
"""


def read_rows(rows: QuerySet[Reminder]) -> list[Row]:
    return [Row(**dict(zip(COLUMNS, values, strict=True))) for values in rows.values_list(*COLUMNS)]


def add_rows(rows: Sequence[Row]) -> None:
    """Those that are not there already."""
    _execute(ADD, rows, tuple(TYPES))


def turn_rows(rows: Sequence[Row]) -> None:
    """State, reason and times of rows that were read."""
    _execute(TURN, rows, TURNED)


def _execute(statement: str, rows: Sequence[Row], columns: Iterable[str]) -> None:
    if not rows:
        return
    with connection.cursor() as cursor:
        cursor.execute(statement, [[_plain(getattr(row, name)) for row in rows] for name in columns])


def _plain(value: Any) -> Any:
    """A choice is a str to Python, and something else to the driver."""
    return str(value) if isinstance(value, str) else value
