"""The calendar's address: everything one sees is in its query, and nonsense in it is left out."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

VIEWS = ("day", "providers")
NEEDS = ("unconfirmed", "failed", "outcome")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """`providers`: public ids, none for everybody. `need`: which visits of the rail's counts stand out."""

    on: dt.date
    view: str = "providers"
    location: int | None = None
    providers: tuple[uuid.UUID, ...] = ()
    visit: uuid.UUID | None = None
    cancelled: bool = False
    need: str = ""

    @classmethod
    def read(cls, query: Mapping[str, Sequence[str]], today: dt.date) -> Shown:
        """`query`: every name with all its values."""
        last = {name: values[-1] for name, values in query.items() if values}
        found = (_uuid(text) for text in query.get("p", ()))
        return cls(
            on=_date(last.get("on", "")) or today,
            view=_one_of(VIEWS, last.get("view", "")) or "providers",
            location=_id(last.get("location", "")),
            providers=tuple(dict.fromkeys(pk for pk in found if pk)),
            visit=_uuid(last.get("visit", "")),
            cancelled=last.get("cancelled") == "1",
            need=_one_of(NEEDS, last.get("need", "")),
        )

    def query(self, **changes: Any) -> str:
        """Without the question mark; what is usual is left out, the date never."""
        to = replace(self, **changes)
        pairs: list[tuple[str, Any]] = [("on", to.on.isoformat())]
        pairs += [("view", to.view)] * (to.view != "providers")
        pairs += [("location", to.location)] * (to.location is not None)
        pairs += [("cancelled", "1")] * to.cancelled
        pairs += [("need", to.need)] * bool(to.need)
        pairs += [("visit", to.visit)] * (to.visit is not None)
        return urlencode(pairs) + _people(to.providers)


@lru_cache(maxsize=64)
def _people(providers: tuple[uuid.UUID, ...]) -> str:
    """A page says the same choice in dozens of links. Ids need no quoting."""
    return "".join(f"&p={pk}" for pk in providers)


def _one_of(words: Sequence[str], text: str) -> str:
    return text if text in words else ""


def _date(text: str) -> dt.date | None:
    """Only the years a clinic lives in: date arithmetic has room on both sides."""
    try:
        on = dt.date.fromisoformat(text)
    except ValueError:
        return None
    return on if 1990 <= on.year <= 2200 else None


def _id(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
