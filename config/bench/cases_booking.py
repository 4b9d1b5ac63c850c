"""Booking itself: the operation with its audit trail and its reminders planned, alone and four at a time."""

import datetime as dt
from collections.abc import Iterator, Sequence
from itertools import islice, product

from config.bench import measure, practice
from config.bench.bench import Case, Figures, Run
from config.bench.databases import copied
from config.bench.racing import BOOKED, Told, race
from config.bench.trouble import CouldNotRun
from core import clock
from practice.models import Client, Practice
from practice.queries import the_practice
from practice.states import ClientStatus
from scheduling import operations
from scheduling.models import TypeOffer
from scheduling.queries.openings import Search, find_openings
from scheduling.rules.wishes import Wish

CLIENTS = 4
WARM_UP = 10
DAYS_AHEAD = (7, 110)
FAR_APART = 240  # minutes


def book(run: Run) -> Figures:
    """One client books one visit after another, each at a time that is free, among what stands there."""
    return _book(run, at_once=1)


def book_at_4(run: Run) -> Figures:
    return _book(run, at_once=CLIENTS)


def _book(run: Run, *, at_once: int) -> Figures:
    with copied(run.site):
        run.rows.update(practice.counted())
        each = WARM_UP + run.options.n
        by, wishes = practice.desk(), list(islice(_wishes(), each * at_once))
        if len(wishes) < each * at_once:
            raise CouldNotRun(f"{len(wishes)} free times are too few.")

        def attempt(me: int, number: int) -> None:
            operations.book(wishes[number * at_once + me], by=by)

        told = race(attempt, contenders=at_once, rounds=each, in_step=False)
        return _figures([one for one in told if one.round >= WARM_UP])


def _figures(told: Sequence[Told]) -> Figures:
    took = max(one.ended for one in told) - min(one.began for one in told)
    wrong = sum(one.what != BOOKED for one in told)
    figures = measure.times([(one.ended - one.began) * 1000 for one in told])
    return {**figures, "per_second": round(len(told) / took, 1)} | ({"errors": wrong} if wrong else {})


def _wishes() -> Iterator[Wish]:
    """The first and the last free time of each provider a day, far apart, so that no cap is reached by those before.

    Each for another client, and looked for with them: their other visits, licences and insurance count.
    """
    now, own = clock.now(), the_practice()
    active = Client.objects.filter(status=ClientStatus.ACTIVE).order_by("pk")
    clients = iter(active.values_list("pk", flat=True))
    today = now.astimezone(own.tz).date()
    days = [today + dt.timedelta(days=n) for n in range(*DAYS_AHEAD)]
    for on, offer in product(days, practice.ordinary_offers().values()):
        starts = _free(offer, on, own, now)
        ends = (0, -1) if starts and starts[-1] - starts[0] >= FAR_APART else (0,) if starts else ()
        for end, client_id in zip(ends, clients, strict=False):
            if theirs := _free(offer, on, own, now, client_id):
                yield _wish(offer, client_id, theirs[end])


def _free(offer: TypeOffer, on: dt.date, own: Practice, now: dt.datetime, *client_ids: int) -> Sequence[int]:
    search = Search(
        type_id=offer.type_id,
        first=on,
        last=on,
        providers=(offer.provider.public_id,),
        client_ids=client_ids,
        modality=offer.type.modalities[0],
    )
    found = find_openings(search, by=practice.desk(), practice=own, now=now)
    return found.minutes.get(offer.provider_id, ())


def _wish(offer: TypeOffer, client_id: int, start: int) -> Wish:
    return Wish(
        type_id=offer.type_id,
        provider_id=offer.provider_id,
        modality=offer.type.modalities[0],
        starts_at=dt.datetime.fromtimestamp(start * 60, dt.UTC),
        minutes=offer.duration_minutes or offer.type.duration_minutes,
        client_ids=(client_id,),
    )


CASES: dict[str, Case] = {"book": book, "book_at_4": book_at_4}
