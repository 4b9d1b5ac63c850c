"""The drawn week for the template: columns, tiles and what each says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from practice.models import Practice
from practice.states import Hue
from scheduling.forms.hours import EVERY_WEEK, BlockForm, Draft
from scheduling.rules import words
from scheduling.rules.grid import STEP, Box
from scheduling.rules.week import DayColumn, Drawn, columns_of, frame_of, said_span

HUES = [hue.value for hue in Hue]


@dataclass(frozen=True, slots=True)
class Tile:
    """`hue`: of the location; hours kept anywhere have the first."""

    index: int
    css: str
    time: str
    place: str
    notes: list[str]
    clash: str
    is_open: bool
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Column:
    day: DayColumn
    length: str
    tiles: list[Tile]


def week_of(draft: Draft, practice: Practice) -> dict[str, Any]:
    pieces = draft.pieces
    frame = frame_of(pieces, practice.opens_at, practice.closes_at)
    days = columns_of(pieces, frame, practice.week_starts_on)
    hues = {pk: HUES[n % len(HUES)] for n, (pk, _) in enumerate(draft.options.locations)}
    h24 = practice.clock_24h
    starts = range(*frame, 60)
    return {
        "columns": [_column(day, draft, hues, h24=h24) for day in days],
        "frame": frame,
        "whole": Box(0, (frame[1] - frame[0]) // STEP),
        "hours": [(Box((m - frame[0]) // STEP, 60 // STEP), *words.hour(m, h24=h24)) for m in starts],
        "legend": [(hues[pk], name) for pk, name in draft.options.locations if pk in _used(draft)],
        "total": words.minutes(sum(day.minutes for day in days)) if pieces else "No hours",
        "editing": next((row for row in draft.rows if row.index == draft.opened), None),
        "unsound": [row for row in draft.rows if row.errors and row.index != draft.opened],
    }


def _used(draft: Draft) -> set[int | str]:
    return {row.cleaned_data["location"] or "" for row in draft.rows if row.is_valid()}


def _column(day: DayColumn, draft: Draft, hues: dict[int | str, str], *, h24: bool) -> Column:
    tiles = [_tile(drawn, draft, hues, h24=h24) for drawn in day.pieces]
    return Column(day, words.minutes(day.minutes) if day.minutes else "Not in", tiles)


def _tile(drawn: Drawn, draft: Draft, hues: dict[int | str, str], *, h24: bool) -> Tile:
    row = draft.rows[drawn.piece.index]
    place = row.cleaned_data["location"] or ""
    name = dict(draft.options.locations).get(place, "")
    notes, clash = _notes(row, draft), draft.clashes.get(row.index, "")
    css = f"{drawn.box.css} hue-{hues.get(place, HUES[0])}"
    return Tile(
        row.index,
        css,
        said_span(drawn.piece.span, h24=h24),
        name,
        notes,
        clash,
        row.index == draft.opened,
        *drawn.piece.span,
    )


def _notes(row: BlockForm, draft: Draft) -> list[str]:
    data = row.cleaned_data
    first, last, most = data["effective_from_on"], data["effective_until_on"], data["max_visits"]
    often = "" if data["weeks"] == EVERY_WEEK else dict(draft.options.weeks)[data["weeks"]]
    said = [
        "" if data["telehealth_ok"] else "in person only",
        f"at most {most}" if most else "",
        often[:1].lower() + often[1:],
        f"from {words.short_day(first)}" if first and first > draft.from_on else "",
        f"until {words.short_day(last)}" if last else "",
    ]
    return [note for note in said if note]
