"""One file, one transaction: all of it, or none of it, or all but its bad rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, BinaryIO
from zoneinfo import ZoneInfo

from django.db import DataError, IntegrityError, transaction

from core.actors import Actor
from core.sheets.cells import Style
from core.sheets.columns import Bad, Row
from core.sheets.dialect import recognise
from core.sheets.reading import Sheet
from core.sheets.trouble import SheetError
from practice.importing.kinds import Attested, Importing, Kind, Loader, Report
from practice.models import Change, Client
from practice.operations.acting import Acting, begin
from practice.permissions import may, require
from practice.queries import the_practice
from practice.signals import reach_changed

BATCH = 500
REFUSED = "The database refuses this row: it clashes with another, or a value is out of range."


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How to read the file, and what to do about rows that cannot be taken.

    `mapping`: column name → header, where they do not match by themselves. Empty encoding and delimiter: recognise.
    Empty zone: the practice's.
    """

    mapping: dict[str, str] = field(default_factory=dict)
    encoding: str = ""
    delimiter: str = ""
    day_first: bool = False
    zone: str = ""
    is_trial: bool = False
    skip_bad: bool = False
    attested: Attested | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """`is_kept` false: nothing was written, because it was a trial, was cancelled, or had bad rows.

    `read_as`: how the file was understood, in words. `ignored`: headers no column reads. `change`: the act, if kept.
    """

    report: Report
    is_kept: bool
    read_as: str
    ignored: list[str]
    was_cancelled: bool = False
    change: Change | None = None


@dataclass(slots=True)
class Watch:
    """Whoever waits for a long file. `tell` gets (lines read, lines in all) after each batch.

    `on_kept` is called in the transaction of the rows, last: what it writes stands if and only if they do.
    """

    tell: Callable[[int, int], None] = lambda done, total: None
    is_cancelled: Callable[[], bool] = lambda: False
    on_kept: Callable[[Outcome], None] = lambda outcome: None


def style_of(options: Options) -> Style:
    zone = ZoneInfo(options.zone) if options.zone else the_practice().tz
    return Style(zone=zone, day_first=options.day_first)


def import_file(
    kind: Kind, file: BinaryIO, *, by: Actor, options: Options, watch: Watch | None = None
) -> Outcome:
    """Take a whole file in. A trial goes all the way, constraints included, and rolls back.

    Raises NotAllowed, and SheetError when the file as a whole cannot be read.
    """
    require(may(by, "data.import"))
    if options.attested and not kind.can_be_attested:
        raise SheetError(f"There is nobody in {kind.name} whose consent could be attested.", field="attested")
    dialect = recognise(file, encoding=options.encoding, delimiter=options.delimiter)
    with Sheet(file, dialect) as sheet:
        return _import_sheet(kind, sheet, by=by, options=options, watch=watch or Watch())


def _import_sheet(kind: Kind, sheet: Sheet, *, by: Actor, options: Options, watch: Watch) -> Outcome:
    style = style_of(options)
    matched, rows = sheet.rows(kind.all_columns(style), options.mapping)
    with transaction.atomic():
        # An import is put right by another, not by Undo: most of what it writes has no line of its own.
        acting = begin(
            f"import.{kind.name}", None, replace(by, undo_seconds=0), {"lines": sheet.dialect.lines}
        )
        importing = Importing(
            acting.change, by, acting.now, style, is_trial=options.is_trial, attested=options.attested
        )
        cancelled = _take_all(kind, rows, importing, sheet, watch)
        kept = not (options.is_trial or cancelled or (importing.report.bad and not options.skip_bad))
        outcome = Outcome(
            report=_in_order(importing.report),
            is_kept=kept,
            read_as=f"{sheet.dialect.words}; {style.words}",
            ignored=matched.ignored,
            was_cancelled=cancelled,
            change=acting.change if kept else None,
        )
        if kept:
            _close(acting, importing.report)
            watch.on_kept(outcome)
        transaction.set_rollback(not kept)
    return outcome


def _take_all(
    kind: Kind, rows: Iterable[Row | list[Bad]], importing: Importing, sheet: Sheet, watch: Watch
) -> bool:
    """Whether it was cancelled on the way."""
    loader = kind.loader(importing)
    sound = _sound(kind, rows, importing)
    for batch in _batches(_things(sound, importing.report, kind.together)):
        _take(loader, batch, importing)
        watch.tell(sheet.line, sheet.dialect.lines)
        if watch.is_cancelled():
            return True
    loader.finish()
    kind.finish(importing)
    if importing.reached:
        reach_changed.send(sender=Client, client_ids=frozenset(importing.reached), now=importing.now)
    return False


def _sound(kind: Kind, rows: Iterable[Row | list[Bad]], importing: Importing) -> Iterator[Row | list[Bad]]:
    for row in rows:
        yield row if isinstance(row, list) else kind.wrong(importing, row) or row


def _things(rows: Iterable[Row | list[Bad]], report: Report, together: str) -> Iterator[list[Row]]:
    """The good rows, those that are one thing in one list; the bad ones go into the report."""
    thing: list[Row] = []
    for row in rows:
        if isinstance(row, list):
            report.bad.extend(row)
            continue
        if thing and not (together and row[together] == thing[0][together]):
            yield thing
            thing = []
        thing.append(row)
    if thing:
        yield thing


def _batches(things: Iterable[list[Row]]) -> Iterator[list[list[Row]]]:
    """Of BATCH rows, or what the last thing takes more."""
    batch: list[list[Row]] = []
    count = 0
    for thing in things:
        batch.append(thing)
        count += len(thing)
        if count >= BATCH:
            yield batch
            batch, count = [], 0
    yield batch


def _take(loader: Loader, things: Sequence[list[Row]], importing: Importing) -> None:
    """Rules answer in words; what only the database can refuse is found by halving the batch."""
    if not things:
        return
    mark = importing.report.mark()
    try:
        with transaction.atomic():
            loader.take([row for thing in things for row in thing])
    except (IntegrityError, DataError):
        importing.report.back_to(mark)
        if len(things) == 1:
            importing.refuse(things[0][0], "", REFUSED)
            return
        half = len(things) // 2
        _take(loader, things[:half], importing)
        _take(loader, things[half:], importing)


def _close(acting: Acting, report: Report) -> None:
    counts: dict[str, Any] = {name: getattr(report, name) for name in ("added", "changed", "unchanged")}
    acting.close(counts | {"bad": len(report.bad)})


def _in_order(report: Report) -> Report:
    report.bad.sort(key=lambda bad: bad.line)
    report.notes.sort(key=lambda note: note.line)
    return report
