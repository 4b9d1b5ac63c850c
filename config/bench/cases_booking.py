"""Booking itself: the operation with its audit trail and its reminders planned, alone and four at a time."""

import datetime as dt
from collections.abc import Iterator, Sequence
from itertools import islice

from config.bench import measure, practice
from config.bench.bench import Case, Figures, Run
from config.bench.databases import copied
from config.bench.racing import BOOKED, Told, race
from config.bench.trouble import CouldNotRun
from core import clock
from practice.models import Client
from practice.queries import the_practice
from practice.states import ClientStatus
from scheduling import operations
from scheduling.models import TypeOffer
from scheduling.queries.openings import Search, find_openings
from scheduling.rules.wishes import Wish

CLIENTS = 4
WARM_UP = 10
DAYS_AHEAD = (7, 60)


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
    """Free times that leave one another alone, the providers in turn, each for a client with nothing ahead."""
    now = clock.now()
    idle = Client.objects.filter(status=ClientStatus.ACTIVE).exclude(
        attendances__appointment__starts_at__gte=now
    )
    clients = iter(idle.order_by("pk").values_list("pk", flat=True))
    for offer, start in _starts(now):
        if (client_id := next(clients, None)) is None:
            return
        yield Wish(
            type_id=offer.type_id,
            provider_id=offer.provider_id,
            modality=offer.type.modalities[0],
            starts_at=dt.datetime.fromtimestamp(start * 60, dt.UTC),
            minutes=offer.type.duration_minutes,
            client_ids=(client_id,),
        )


def _starts(now: dt.datetime) -> Iterator[tuple[TypeOffer, int]]:
    """Day by day, so that everybody's row is locked about as often as in a practice."""
    by, own, offers = practice.desk(), the_practice(), practice.ordinary_offers()
    today = now.astimezone(own.tz).date()
    for n in range(*DAYS_AHEAD):
        on = today + dt.timedelta(days=n)
        for type_id in sorted({offer.type_id for offer in offers.values()}):
            found = find_openings(Search(type_id=type_id, first=on, last=on), by=by, practice=own, now=now)
            mine = {pk: starts for pk, starts in found.minutes.items() if offers[pk].type_id == type_id}
            yield from (
                (offers[pk], start) for pk, starts in mine.items() for start in _apart(starts, offers[pk])
            )


def _apart(starts: Sequence[int], offer: TypeOffer) -> Iterator[int]:
    """Of these starts those that leave one another their margins."""
    kind, free_from = offer.type, 0
    for start in starts:
        if start - kind.buffer_before_minutes >= free_from:
            yield start
            free_from = start + kind.duration_minutes + kind.buffer_after_minutes


CASES: dict[str, Case] = {"book": book, "book_at_4": book_at_4}
