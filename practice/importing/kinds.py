"""What can be imported: each app registers its kinds in `ready()`, and may add columns to a kind from below.

A *kind* is one sort of file: clients, rooms, appointments. Its loader gets rows in batches, inside one
transaction, and writes them set-wise; what a row cannot be is said with `Importing.refuse`, line by line.
"""

from __future__ import annotations

import datetime as dt
from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import models

from core.actors import Actor
from core.sheets.cells import Style
from core.sheets.columns import Bad, Column, Row
from practice.models import Change


@dataclass(slots=True)
class Report:
    """What became of a file. `bad` holds every reason, in the order of the lines they were found in.

    `notes`: what somebody should look at though the line was taken; line 1 for the file as a whole.
    """

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    bad: list[Bad] = field(default_factory=list)
    notes: list[Bad] = field(default_factory=list)

    def mark(self) -> tuple[int, int, int, int, int]:
        return self.added, self.changed, self.unchanged, len(self.bad), len(self.notes)

    def back_to(self, mark: tuple[int, int, int, int, int]) -> None:
        """Forget what was counted since: its batch was rolled back."""
        self.added, self.changed, self.unchanged = mark[:3]
        del self.bad[mark[3] :]
        del self.notes[mark[4] :]


@dataclass(frozen=True, slots=True)
class Attested:
    """The practice's word that it holds consent on file for everybody in this import."""

    wording: str
    on: dt.date


@dataclass(slots=True)
class Importing:
    """One file on its way in. `is_trial`: nothing will be kept, so take no locks others would wait for.

    `memory`: what extensions keep until the end of the file, by their own names. `reached`: clients who may be reached
    otherwise than before; told of once, after the last row.
    """

    change: Change
    by: Actor
    now: dt.datetime
    style: Style
    is_trial: bool
    attested: Attested | None = None
    report: Report = field(default_factory=Report)
    memory: dict[str, Any] = field(default_factory=dict)
    reached: set[int] = field(default_factory=set)

    def refuse(self, row: Row, column: str, reason: str) -> None:
        """This row cannot be taken. The loader goes on without it."""
        self.report.bad.append(Bad(row.line, column, reason))

    def note(self, line: int, column: str, words: str) -> None:
        """Once, however often a batch is taken again."""
        note = Bad(line, column, words)
        if line != 1 or note not in self.report.notes:
            self.report.notes.append(note)


class Loader(ABC):
    """Made once per file; may remember look-ups, but only of rows that are written.

    `take` may be called again with part of the same rows when the database refused the whole of them.
    """

    def __init__(self, importing: Importing) -> None:
        self.importing = importing

    @abstractmethod
    def take(self, rows: Sequence[Row]) -> None: ...

    def finish(self) -> None:  # noqa: B027  most have nothing left to say
        """After the last row: what can only be said of the file as a whole."""


Pairs = Sequence[tuple[Row, models.Model]]
# Which column, and why it cannot be taken.
Reason = tuple[str, str]


def _nothing_wrong(importing: Importing, row: Row) -> Sequence[Reason]:
    return ()


def _nothing_left(importing: Importing) -> None:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Extension:
    """Columns an upper app reads from a lower app's file.

    `wrong` looks at a row before anything of it is written. `load` gets the rows with what they became, where the
    file has one of the columns, or with `attests` where something is attested. `finish` comes once, at the end.
    """

    columns: Callable[[Style], Sequence[Column]]
    load: Callable[[Importing, Pairs], None]
    wrong: Callable[[Importing, Row], Sequence[Reason]] = _nothing_wrong
    finish: Callable[[Importing], None] = _nothing_left
    attests: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """`rank`: kinds that build on others come after them. `rows`: what stands, by the columns' names, in an order
    that does not depend on ids; a column it never fills is for reading only. `stands`: how many rows that is.
    `together`: rows in a row that say the same in this column are one thing and come in one batch.
    """

    name: str
    label: str
    rank: int
    says: str
    columns: Callable[[Style], Sequence[Column]]
    loader: Callable[[Importing], Loader]
    rows: Callable[[Style], Iterator[Mapping[str, Any]]]
    exported: Sequence[str]
    stands: Callable[[], int] | None = None
    together: str = ""

    def all_columns(self, style: Style) -> list[Column]:
        return [*self.columns(style), *(c for e in _extensions[self.name] for c in e.columns(style))]

    def extend(self, importing: Importing, pairs: Pairs) -> None:
        """Loaders call this once a batch is written."""
        for extension in _extensions[self.name]:
            names = {column.name for column in extension.columns(importing.style)}
            is_attested = extension.attests and importing.attested is not None
            if pairs and (is_attested or names & pairs[0][0].values.keys()):
                extension.load(importing, pairs)

    @property
    def can_be_attested(self) -> bool:
        return any(extension.attests for extension in _extensions[self.name])

    def wrong(self, importing: Importing, row: Row) -> list[Bad]:
        """What extensions have against this row."""
        reasons = (reason for e in _extensions[self.name] for reason in e.wrong(importing, row))
        return [Bad(row.line, column, words) for column, words in reasons]

    def finish(self, importing: Importing) -> None:
        for extension in _extensions[self.name]:
            extension.finish(importing)


_kinds: dict[str, Kind] = {}
_extensions: dict[str, list[Extension]] = defaultdict(list)


def register(kind: Kind) -> None:
    _kinds[kind.name] = kind


def add_columns(
    to: str,
    *,
    columns: Callable[[Style], Sequence[Column]],
    load: Callable[[Importing, Pairs], None],
    wrong: Callable[[Importing, Row], Sequence[Reason]] = _nothing_wrong,
    finish: Callable[[Importing], None] = _nothing_left,
    attests: bool = False,
) -> None:
    """From `ready()` of an app above the one that registers the kind."""
    _extensions[to].append(Extension(columns=columns, load=load, wrong=wrong, finish=finish, attests=attests))


def kinds() -> list[Kind]:
    """In the order an empty practice is filled."""
    return sorted(_kinds.values(), key=lambda kind: kind.rank)


def kind_named(name: str) -> Kind:
    """Raises KeyError."""
    return _kinds[name]
