"""What a bench is: named cases, each with its figures; and what a whole run says."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from config.bench.databases import Site
from config.bench.trouble import CouldNotRun

Figures = Mapping[str, float]
# More than none of these in any case, and the run has failed.
MUST_BE_NONE = ("errors", "duplicates", "lost")


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """n: timed requests per case. Each bench reads what concerns it."""

    n: int = 200
    rounds: int = 20
    count: int = 10_000
    latency_ms: int = 50
    workers: int = 2
    doubled: bool = False
    shuffled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """`folder`: for logs and ledgers, gone afterwards. `rows` is filled by the first case that opens a database."""

    site: Site
    options: Options
    folder: Path
    rows: dict[str, int]


Case = Callable[[Run], Figures]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    about: str
    cases: Mapping[str, Case]


def figures_of(bench: Bench, run: Run, names: list[str]) -> Iterator[tuple[str, Figures | CouldNotRun]]:
    for name in names:
        try:
            yield name, bench.cases[name](run)
        except CouldNotRun as trouble:
            yield name, trouble


def failures(name: str, figures: Figures) -> list[str]:
    return [f"{name}: {figures[what]} {what}" for what in MUST_BE_NONE if figures.get(what)]


def table(cases: Mapping[str, Figures]) -> str:
    """Aligned for people: one line per case, one column per figure any of them has."""
    columns = list(dict.fromkeys(column for figures in cases.values() for column in figures))
    if not columns:
        return "no figures"
    lines = [["", *columns]]
    lines += [[name, *(f"{figures.get(one, '')}" for one in columns)] for name, figures in cases.items()]
    widths = [max(len(line[n]) for line in lines) for n in range(len(columns) + 1)]
    return "\n".join(_aligned(line, widths) for line in lines)


def _aligned(line: list[str], widths: list[int]) -> str:
    first, *others = zip(line, widths, strict=True)
    return "  ".join([first[0].ljust(first[1]), *(text.rjust(width) for text, width in others)]).rstrip()
