"""Many new rows at once, by COPY: the model's own bulk_create spends most of a long import preparing values."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Sequence
from functools import cache
from operator import attrgetter
from typing import Any, TypeVar

from django.db import connection, models
from django.db.models.expressions import DatabaseDefault
from psycopg import sql

M = TypeVar("M", bound=models.Model)
ESCAPED = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def copy_in(rows: Sequence[M]) -> None:
    """Writes them, and gives each its primary key. Columns hold plain values, JSON or nothing; no arrays.

    Raises what a save would: IntegrityError, DataError.
    """
    if not rows:
        return
    model = type(rows[0])
    names, table = _columns(model), sql.Identifier(model._meta.db_table)
    columns = sql.SQL(", ").join(map(sql.Identifier, names[0]))
    read = attrgetter(*names[1])
    with connection.wrap_database_errors, connection.cursor() as cursor:
        _number(cursor, rows)
        with cursor.copy(sql.SQL("COPY {} ({}) FROM STDIN").format(table, columns)) as copy:
            copy.write("".join("\t".join(map(_text, read(row))) + "\n" for row in rows))
    for row in rows:
        row._state.adding, row._state.db = False, connection.alias


def _number(cursor: Any, rows: Sequence[models.Model]) -> None:
    table = rows[0]._meta.db_table
    cursor.execute(
        "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", [table, len(rows)]
    )
    for row, (number,) in zip(rows, cursor.fetchall(), strict=True):
        row.pk = number


@cache
def _columns(model: type[models.Model]) -> tuple[list[str], list[str]]:
    """Names in the database, and on the model."""
    written = [field for field in model._meta.concrete_fields if not field.generated]
    return [field.column or field.attname for field in written], [field.attname for field in written]


def _text(value: Any) -> str:
    write = _WAYS.get(type(value))
    return write(value) if write else _other(value)


def _other(value: Any) -> str:
    """Choices are strings; UUIDs and amounts read as they print."""
    return str(value.value if isinstance(value, models.enums.Choices) else value).translate(ESCAPED)


def _json(value: Any) -> str:
    return json.dumps(value).translate(ESCAPED)


def _default(value: Any) -> str:
    """A column nobody set, whose default the table would give if COPY left it out."""
    return _text(value.expression.value)


_WAYS: dict[type, Callable[[Any], str]] = {
    type(None): lambda value: "\\N",
    str: lambda value: value.translate(ESCAPED),
    bool: lambda value: "t" if value else "f",
    int: str,
    dt.datetime: dt.datetime.isoformat,
    list: _json,
    dict: _json,
    DatabaseDefault: _default,
}
