"""Slot search over HTTP: one provider for a day and for four weeks, anybody for two; and whether a long past costs."""

import datetime as dt
from collections.abc import Callable, Sequence
from functools import partial
from urllib.parse import urlencode

from django.urls import reverse

from config.bench import cases_booking, cases_series, practice
from config.bench.bench import Bench, Case, Figures, Run
from config.bench.client import Client, timed
from config.bench.databases import opened
from config.bench.processes import Children
from config.bench.server import web
from config.bench.trouble import CouldNotRun
from scheduling.models import TypeOffer
from scheduling.states import Category

STARTS = 20
# Past visits of the two histories: one and a hundred times, as long as the scale has a past for.
HISTORIES = {"large": {"x1": 10_000, "x100": 1_000_000}, "small": {"x1": 700, "x100": 70_000}}
Offers = Sequence[tuple[int, str]]


def _offers() -> Offers:
    """(type, provider's public id): for each provider the first ordinary visit they offer."""
    rows = TypeOffer.objects.filter(
        provider__is_active=True, type__is_active=True, type__category=Category.INDIVIDUAL
    )
    rows = rows.order_by("provider_id", "type_id").distinct("provider_id")
    return [
        (type_id, str(public_id)) for type_id, public_id in rows.values_list("type", "provider__public_id")
    ]


def _one_provider(days: int, offers: Offers, starts: Sequence[dt.date]) -> list[str]:
    """Every provider from every start; neighbours in the list differ in both."""
    turns = len(offers) * len(starts)
    pairs = ((offers[i % len(offers)], starts[(i + i // len(offers)) % len(starts)]) for i in range(turns))
    return [_path(type_id, on, days, provider=provider) for (type_id, provider), on in pairs]


def _any_provider(days: int, offers: Offers, starts: Sequence[dt.date]) -> list[str]:
    types = sorted({type_id for type_id, _ in offers})
    return [_path(type_id, on, days) for on in starts for type_id in types]


def _path(type_id: int, first: dt.date, days: int, **more: str) -> str:
    last = first + dt.timedelta(days=days - 1)
    query = {"format": "json", "type": type_id, **more, "from": first.isoformat(), "to": last.isoformat()}
    return f"{reverse('scheduling:openings')}?{urlencode(query)}"


SEARCHES: dict[str, Callable[[Offers, Sequence[dt.date]], list[str]]] = {
    "one_provider_1d": partial(_one_provider, 1),
    "one_provider_28d": partial(_one_provider, 28),
    "any_provider_14d": partial(_any_provider, 14),
}


def _search(name: str, history: str, run: Run) -> Figures:
    """`history`: empty for the scale's own past, else how long the past is."""
    past = HISTORIES[run.site.scale][history] if history else None
    with (
        opened(run.site, past) as database,
        Children(run.folder) as children,
        web(children, database) as port,
        Client(port) as desk,
    ):
        rows = practice.counted()
        if not history or not run.rows:
            run.rows.update(rows)
        desk.sign_in(*practice.sign_in_words())
        if not (offers := _offers()):
            raise CouldNotRun("No provider of this practice offers an ordinary visit.")
        paths = SEARCHES[name](offers, practice.next_weekdays(STARTS))
        figures = timed(desk, paths, n=run.options.n)
        return {**figures, "appointments": rows["appointments"]} if history else figures


def _cases() -> dict[str, Case]:
    plain: dict[str, Case] = {name: partial(_search, name, "") for name in SEARCHES}
    with_past: dict[str, Case] = {
        f"{name}_history_{history}": partial(_search, name, history)
        for history in ("x1", "x100")
        for name in SEARCHES
    }
    return plain | with_past


BENCH = Bench(
    about="slot search over HTTP, the histories being the same weeks ahead after a short and a hundred times longer "
    "past; booking what was found; and a year of weekly visits looked at",
    cases=_cases() | cases_booking.CASES | cases_series.CASES,
)
