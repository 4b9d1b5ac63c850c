"""Fifty clients at one slot, as processes at one barrier: how many get it, and when the last one has its answer."""

import datetime as dt
import statistics
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from availability.queries import open_spans
from config.bench import measure, practice
from config.bench.bench import Bench, Figures, Run
from config.bench.databases import copied
from config.bench.racing import BOOKED, REFUSED, Told, race
from config.bench.trouble import CouldNotRun
from core.actors import Actor
from core.intervals import Span
from practice.models import Client
from practice.queries import the_practice
from practice.states import ClientStatus
from scheduling import operations
from scheduling.models import Appointment, TypeOffer
from scheduling.rules.wishes import Wish

CLIENTS = 50
MINUTES = 50
# Starts 5 to 45 minutes apart: any two of these visits overlap.
STEP_MINUTES, STEPS = 5, 10
# The longest shift, the visit and its buffers fit into this.
ROOM_MINUTES = 150
DAYS_TO_LOOK = 366


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    provider_id: int
    type_id: int
    modality: str
    starts_at: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    by: Actor
    slots: Sequence[Slot]
    clients: Sequence[int]


def same_slot(run: Run) -> Figures:
    """Everybody wants the very same start."""
    return _race(run, lambda me: 0)


def shifted_overlap(run: Run) -> Figures:
    """Ten starts that all overlap one another."""
    return _race(run, lambda me: STEP_MINUTES * (me % STEPS))


def _race(run: Run, minutes_later: Callable[[int], int]) -> Figures:
    with copied(run.site):
        run.rows.update(practice.counted())
        cast = _cast(run.options.rounds)
        before = Appointment.objects.count()

        def attempt(me: int, number: int) -> None:
            wish = _wish(cast.slots[number], cast.clients[me], minutes_later(me))
            operations.book(wish, by=cast.by)

        told = race(attempt, contenders=CLIENTS, rounds=run.options.rounds)
        return figures(told, rows=Appointment.objects.count() - before, rounds=run.options.rounds)


def figures(told: Sequence[Told], *, rows: int, rounds: int) -> Figures:
    """`rows`: appointments the database has gained. Errors: neither booked nor told why not; not one per round."""
    booked = Counter(one.round for one in told if one.what == BOOKED)
    per_round = [booked[number] for number in range(rounds)]
    last = [_last_answer_ms([one for one in told if one.round == number]) for number in range(rounds)]
    unclear = sum(one.what not in (BOOKED, REFUSED) for one in told)
    return {
        "rounds": rounds,
        "clients": CLIENTS,
        "booked_per_round": measure.whole(sum(per_round) / rounds),
        "booked_per_round_min": min(per_round),
        "booked_per_round_max": max(per_round),
        "errors": unclear + sum(count != 1 for count in per_round) + abs(rows - sum(per_round)),
        "last_answer_median_ms": round(statistics.median(last), 1),
        "last_answer_p95_ms": round(measure.percentile(last, 0.95), 1),
    }


def _last_answer_ms(told: Sequence[Told]) -> float:
    """From the opening of the gate."""
    return (max(one.ended for one in told) - min(one.began for one in told)) * 1000


def _cast(rounds: int) -> Cast:
    active = Client.objects.filter(status=ClientStatus.ACTIVE).order_by("pk")
    clients = list(active.values_list("pk", flat=True)[:CLIENTS])
    slots = [slot for slot, _ in zip(_slots(), range(rounds), strict=False)]
    if len(clients) < CLIENTS or len(slots) < rounds:
        raise CouldNotRun(f"{len(clients)} clients and {len(slots)} free slots are too few for this race.")
    return Cast(by=practice.desk(), slots=slots, clients=clients)


def _slots() -> Iterator[Slot]:
    """One a day, the providers in turn, after the last visit there is: nothing else is in anybody's way there."""
    offers = practice.ordinary_offers()
    providers = sorted(offers)
    tz = the_practice().tz
    last = Appointment.objects.order_by("-starts_at").values_list("starts_at", flat=True).first()
    first = (last.astimezone(tz).date() if last else practice.today()) + dt.timedelta(days=1)
    for n in range(DAYS_TO_LOOK if offers else 0):
        on, turn = first + dt.timedelta(days=n), n % len(providers)
        spans = open_spans(providers, on, on)
        starts = ((pk, _start(spans[pk])) for pk in providers[turn:] + providers[:turn])
        slot = next(((offers[pk], start) for pk, start in starts if start is not None), None)
        if slot is not None:
            yield _slot(*slot)


def _start(spans: Sequence[Span]) -> int | None:
    """The first minute with room enough after it."""
    return next((start for start, end in spans if end - start >= ROOM_MINUTES), None)


def _slot(offer: TypeOffer, start: int) -> Slot:
    return Slot(
        provider_id=offer.provider_id,
        type_id=offer.type_id,
        modality=offer.type.modalities[0],
        starts_at=dt.datetime.fromtimestamp(start * 60, dt.UTC),
    )


def _wish(slot: Slot, client_id: int, minutes_later: int) -> Wish:
    return Wish(
        type_id=slot.type_id,
        provider_id=slot.provider_id,
        modality=slot.modality,
        starts_at=slot.starts_at + dt.timedelta(minutes=minutes_later),
        minutes=MINUTES,
        client_ids=(client_id,),
    )


BENCH = Bench(
    about=f"{CLIENTS} clients at one slot, --rounds times",
    cases={"same_slot": same_slot, "shifted_overlap": shifted_overlap},
)
