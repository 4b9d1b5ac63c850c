"""Files for tests: rows as dicts, taken in as the command would."""

import csv
import io

from core.actors import Actor, ActorKind
from practice.importing.giving import file_of
from practice.importing.kinds import kind_named
from practice.importing.running import Options, Outcome, import_file

SYSTEM = Actor(kind=ActorKind.SYSTEM, via="command")


def sheet(rows: list[dict]) -> str:
    names = list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, names)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def take(kind: str, rows: list[dict] | str, *, by: Actor = SYSTEM, **options) -> Outcome:
    text = rows if isinstance(rows, str) else sheet(rows)
    return import_file(kind_named(kind), io.BytesIO(text.encode()), by=by, options=Options(**options))


def given(kind: str) -> str:
    return "".join(file_of(kind_named(kind)))


def reasons(outcome: Outcome) -> list[tuple[int, str, str]]:
    return [(bad.line, bad.column, bad.reason) for bad in outcome.report.bad]


def counts(outcome: Outcome) -> tuple[int, int, int]:
    report = outcome.report
    return report.added, report.changed, report.unchanged
