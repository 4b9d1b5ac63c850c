"""Cells about consent."""

from __future__ import annotations

import datetime as dt
import re

from core.sheets import cells
from core.sheets.cells import ISO_DATE, SLASH_DATE, Reader, Style
from messaging.rules.agreeing import given_at
from messaging.states import ConsentSource
from practice.importing.kinds import Importing
from practice.importing.readers import phone
from practice.states import Channel

E164 = re.compile(r"\+[1-9][0-9]{6,14}$")
LATER = "This day has not come yet."
TOLD = "messaging.told"

source = cells.choice({label: value for value, label in ConsentSource.choices})
channel = cells.choice({label: value for value, label in Channel.choices})


def address_for(some_channel: str, cell: str) -> str:
    """As the history keeps it. A number once in use may not be in any plan today: its shape is enough."""
    if some_channel == Channel.EMAIL:
        return cells.email(cell)
    if some_channel == Channel.PORTAL or E164.match(cell):
        return cell
    return phone(cell)


def moment_or_day(style: Style) -> Reader:
    """An aware moment, or a date where that is all there is."""
    moment, day = cells.moment(style), cells.date(style)

    def read(cell: str) -> dt.datetime | dt.date:
        return day(cell) if ISO_DATE.match(cell) or SLASH_DATE.match(cell) else moment(cell)

    return read


def counts_from(said: dt.datetime | dt.date, importing: Importing, *, granted: bool) -> dt.datetime:
    """Aware UTC. Raises ValueError for what has not come yet."""
    if isinstance(said, dt.datetime):
        at: dt.datetime | None = said if said <= importing.now else None
    else:
        try:
            at = given_at(said, granted=granted, now=importing.now, zone=importing.style.zone)
        except OverflowError:
            raise ValueError("There is no such date.") from None
    if at is None:
        raise ValueError(LATER)
    return at


def told(importing: Importing) -> set[int]:
    """Ids of the clients whose consent this file has changed so far."""
    clients: set[int] = importing.memory.setdefault(TOLD, set())
    return clients
