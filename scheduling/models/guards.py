"""The SQL the exclusion constraints are made of. No extension is needed: range types have a GiST class."""

from typing import Any

from django.contrib.postgres.fields import BigIntegerRangeField, DateTimeRangeField
from django.db.models import F, Func
from django.db.models.sql.compiler import SQLCompiler


class SpanWithMargins(Func):
    """`[start - before, end + after)`. Goes through UTC wall time: timestamptz ± interval is not immutable."""

    output_field = DateTimeRangeField()
    template = (
        "tstzrange(timezone('UTC', timezone('UTC', %(start)s) - make_interval(mins => %(before)s)), "
        "timezone('UTC', timezone('UTC', %(end)s) + make_interval(mins => %(after)s)))"
    )

    def __init__(self, start: str, end: str, before: str | None, after: str) -> None:
        self.has_before = before is not None
        super().__init__(*(F(part) for part in (start, end, before, after) if part))

    def as_sql(self, compiler: SQLCompiler, connection: Any, *_: Any, **__: Any) -> Any:
        names = iter(compiler.compile(e)[0] for e in self.source_expressions)
        compiled = {"start": next(names), "end": next(names)}
        compiled["before"] = next(names) if self.has_before else "0"
        compiled["after"] = next(names)
        return self.template % compiled, []


class People(Func):
    """The provider and co-provider of one row, as a multirange of their ids; two rows clash when they share one."""

    template = (
        "int8multirange(int8range(%(provider)s, %(provider)s, '[]'), "
        "int8range(coalesce(%(co)s, %(provider)s), coalesce(%(co)s, %(provider)s), '[]'))"
    )

    def __init__(self) -> None:
        super().__init__(F("provider"), F("co_provider"))

    def as_sql(self, compiler: SQLCompiler, connection: Any, *_: Any, **__: Any) -> Any:
        provider, co = (compiler.compile(e)[0] for e in self.source_expressions)
        return self.template % {"provider": provider, "co": co}, []


class IdRange(Func):
    function = "INT8RANGE"
    output_field = BigIntegerRangeField()
