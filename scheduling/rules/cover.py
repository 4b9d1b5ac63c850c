"""Who could take a visit over, best first, and why. Values in, values out.

Only what is on file counts: neither risk nor who came or stayed away (RISK-4). Whoever may not take the visit at all
(no hours, not free, no licence where the client is, kept apart) never gets here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

# They sum to one.
WEIGHTS = {
    "continuity": 0.30,
    "specialty": 0.18,
    "insurance": 0.16,
    "language": 0.14,
    "capacity": 0.12,
    "licence": 0.10,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """What the visit asks for. Words are casefolded. specialties: of the provider who is away."""

    clients: frozenset[int] = frozenset()
    specialties: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()
    insurances: frozenset[str] = frozenset()
    regions: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Colleague:
    """knows: the clients whose care team they are on. free, open: minutes of that day not booked, and kept at all."""

    id: int
    name: str
    knows: frozenset[int] = frozenset()
    specialties: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()
    insurances: frozenset[str] = frozenset()
    regions: frozenset[str] = frozenset()
    free: int = 0
    open: int = 0
    is_suggested: bool = False


@dataclass(frozen=True, slots=True)
class Reason:
    """One part of the score in words; `speaks_for` or against."""

    words: str
    speaks_for: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """score: 0 to 1. parts: by the names of WEIGHTS, each 0 to 1."""

    colleague: Colleague
    score: float
    parts: dict[str, float] = field(default_factory=dict)
    reasons: tuple[Reason, ...] = ()


def ranked(need: Need, colleagues: Iterable[Colleague]) -> list[Scored]:
    """Best first; of equals the one with more room that day, then by id."""
    scored = [score(need, one) for one in colleagues]
    return sorted(scored, key=lambda s: (-s.score, -s.colleague.free, s.colleague.id))


def score(need: Need, one: Colleague) -> Scored:
    parts = {
        "continuity": _continuity(need, one),
        "specialty": _share(need.specialties, one.specialties),
        "insurance": _all_or_none(need.insurances, one.insurances),
        "language": _all(need.languages, one.languages),
        "capacity": min(1.0, one.free / one.open) if one.open else 0.0,
        "licence": _all(need.regions, one.regions) if one.regions else 0.5,
    }
    total = sum(WEIGHTS[name] * part for name, part in parts.items())
    return Scored(
        colleague=one, score=round(total, 4), parts=parts, reasons=tuple(_reasons(need, one, parts))
    )


def _continuity(need: Need, one: Colleague) -> float:
    knows = len(need.clients & one.knows) / len(need.clients) if need.clients else 0.0
    return max(knows, 0.6 if one.is_suggested else 0.0)


def _share(wanted: frozenset[str], has: frozenset[str]) -> float:
    """How much of it; nothing wanted is all there."""
    return len(wanted & has) / len(wanted) if wanted else 1.0


def _all(wanted: frozenset[str], has: frozenset[str]) -> float:
    return 1.0 if wanted <= has else 0.0


def _all_or_none(wanted: frozenset[str], has: frozenset[str]) -> float:
    """One of a client's insurances is enough."""
    return 1.0 if not wanted or wanted & has else 0.0


def _reasons(need: Need, one: Colleague, parts: dict[str, float]) -> Iterable[Reason]:
    if need.clients & one.knows:
        yield Reason("knows them" if len(need.clients) == 1 else "knows some of them")
    if one.is_suggested:
        yield Reason("suggested")
    if shared := need.specialties & one.specialties:
        yield Reason(", ".join(sorted(shared)))
    elif need.specialties:
        yield Reason("another specialty", speaks_for=False)
    if need.insurances:
        yield from _insurance(need, one)
    if need.languages - {"english"}:
        spoken = ", ".join(word.title() for word in sorted(need.languages))
        yield Reason(f"speaks {spoken}" if parts["language"] else f"no {spoken}", bool(parts["language"]))
    if need.regions and not parts["licence"]:
        yield Reason("no licence where they live", speaks_for=False)
    yield Reason(f"{_hours(one.free)} free that day")


def _insurance(need: Need, one: Colleague) -> Iterable[Reason]:
    taken = sorted(need.insurances & one.insurances)
    if taken:
        yield Reason(f"takes {taken[0].title()}")
    else:
        yield Reason(f"does not take {min(need.insurances).title()}", speaks_for=False)


def _hours(minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    if not hours:
        return f"{rest} min"
    return f"{hours} h {rest} min" if rest else f"{hours} h"
