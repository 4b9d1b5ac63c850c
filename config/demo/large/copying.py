"""COPY for a model's table: some columns by row, the rest the model's own defaults."""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, models

NULL = r"\N"


class Table:
    """The text of one row is its `varying` columns joined by tabs, then `rest` (which ends the line).

    A column a model gains later comes along with its default, so it must have one.
    """

    def __init__(self, model: type[models.Model], *varying: str) -> None:
        fields = {field.attname: field for field in model._meta.concrete_fields if not field.generated}
        steady = [field for name, field in fields.items() if name not in varying and not _filled_there(field)]
        columns = [field.column for field in (*(fields[name] for name in varying), *steady) if field.column]
        quoted = ", ".join(connection.ops.quote_name(column) for column in columns)
        self.name = connection.ops.quote_name(model._meta.db_table)
        self.sql = f"COPY {self.name} ({quoted}) FROM STDIN"
        self.rest = "".join("\t" + text_of(_default(field)) for field in steady) + "\n"

    @contextmanager
    def copying(self) -> Iterator[Any]:
        """Whatever has `write` for whole rows."""
        with connection.cursor() as cursor, cursor.copy(self.sql) as out:
            yield out

    def copy(self, rows: Iterable[tuple]) -> None:
        """Values as they are in Python; for tables of thousands, not of millions."""
        self.copy_text(["\t".join(map(text_of, row)) + self.rest for row in rows])

    def copy_text(self, lines: list[str]) -> None:
        with self.copying() as out:
            out.write("".join(lines))


def text_of(value: Any) -> str:
    """What COPY's text format calls it. Made-up words hold no tab, backslash or line break."""
    match value:
        case None:
            return NULL
        case bool():
            return "t" if value else "f"
        case list():
            return "{" + ",".join(f'"{word}"' for word in value) + "}"
        case _:
            return str(value)


def _filled_there(field: models.Field) -> bool:
    """The database has a value of its own for it."""
    return isinstance(field, models.AutoField) or field.has_db_default()


def _default(field: models.Field) -> Any:
    if isinstance(field, models.JSONField):
        return json.dumps(field.get_default())
    if not field.has_default() and not field.null and not field.empty_strings_allowed:
        raise TypeError(f"{field} has no default: name it among the columns that vary.")
    return field.get_default()


def step_over(model: type[models.Model], last: int) -> None:
    """Let the table's own sequence go on after `last`."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT setval(pg_get_serial_sequence(%s, 'id'), greatest(%s, 1))", [model._meta.db_table, last]
        )


@contextmanager
def wall_clock(zone: str) -> Iterator[None]:
    """Times without an offset mean that zone's, daylight saving included."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('timezone', %s, true)", [zone])
        yield
        cursor.execute("SELECT set_config('timezone', %s, true)", [connection.timezone_name])


@contextmanager
def without_references(*models: type[models.Model]) -> Iterator[None]:
    """Foreign keys of these tables are dropped, then made again as the catalogue tells them: checked by one join
    each, where a trigger per row would take a fifth of the whole load. All within the caller's transaction."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SET CONSTRAINTS ALL IMMEDIATE"
        )  # a table with triggers still to run cannot be altered
        cursor.execute(
            "SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid) FROM pg_constraint"
            " WHERE contype = 'f' AND conrelid = ANY(%s::regclass[]) ORDER BY conname",
            [[model._meta.db_table for model in models]],
        )
        found = cursor.fetchall()
        for table, name, _ in found:
            cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        yield
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table, name, words in found:
            cursor.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {words}")
