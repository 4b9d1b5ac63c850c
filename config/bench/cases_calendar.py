"""The calendar as the front desk has it open all day: the whole page, and the poll that finds nothing new."""

import html
import re
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlencode

from django.urls import reverse

from config.bench import practice
from config.bench.bench import Bench, Figures, Run
from config.bench.client import PART, Client, timed
from config.bench.databases import opened
from config.bench.processes import Children
from config.bench.server import web
from config.bench.trouble import CouldNotRun
from practice.models import Provider

COLUMNS = 20
WEEKDAYS = 20
POLL = re.compile(rb'id="calendar"[^>]* hx-get="([^"]+)"')


def day_20_providers(run: Run) -> Figures:
    """The day page with twenty columns; another weekday each time."""
    with _desk(run) as (desk, pages, columns):
        return timed(desk, pages, n=run.options.n) | {"columns": columns}


def poll_unchanged(run: Run) -> Figures:
    """The poll of those pages with the version they carry: answered 204."""
    with _desk(run) as (desk, pages, columns):
        polls = [_poll_of(desk.get(page).body) for page in pages]
        return timed(desk, polls, n=run.options.n, status=204, headers=PART) | {"columns": columns}


@contextmanager
def _desk(run: Run) -> Iterator[tuple[Client, list[str], int]]:
    """Somebody signed in, the pages they turn, and how many columns these have."""
    with (
        opened(run.site) as database,
        Children(run.folder) as children,
        web(children, database) as port,
        Client(port) as desk,
    ):
        run.rows.update(practice.counted())
        desk.sign_in(*practice.sign_in_words())
        shown = Provider.objects.filter(is_active=True).order_by("pk")[:COLUMNS]
        chosen = [("p", str(public_id)) for public_id in shown.values_list("public_id", flat=True)]
        yield desk, [_page(on.isoformat(), chosen) for on in practice.next_weekdays(WEEKDAYS)], len(chosen)


def _page(on: str, chosen: list[tuple[str, str]]) -> str:
    return f"{reverse('scheduling:calendar')}?{urlencode([('on', on), *chosen])}"


def _poll_of(page: bytes) -> str:
    found = POLL.search(page)
    if found is None:
        raise CouldNotRun("The calendar page does not say how it polls.")
    return html.unescape(found[1].decode())


BENCH = Bench(
    about="the day page of the calendar with 20 columns, and its poll when nothing is new",
    cases={"day_20_providers": day_20_providers, "poll_unchanged": poll_unchanged},
)
