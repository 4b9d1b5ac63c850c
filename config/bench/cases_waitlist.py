"""The waiting list with ten thousand people on it: matching, many times at once, priorities, how soon a text goes."""

import datetime as dt
import time
from dataclasses import replace
from itertools import islice

from django.db import connection

from config.bench import cases_timeoff, ledger, outbox, practice, waiting, workers
from config.bench.bench import Bench, Figures, Run
from config.bench.cases_dispatch import carrier, twilio_at
from config.bench.databases import copied
from config.bench.measure import percentile, times
from config.bench.processes import Children, free_port
from config.bench.trouble import CouldNotRun
from core import clock
from core.actors import SYSTEM
from practice.queries import one_practice, the_practice
from practice.states import Channel
from scheduling.models import Appointment
from scheduling.operations import cancel
from scheduling.states import CancelReason, Notice
from waitlist.forms.entries import waitable_types
from waitlist.models import FreedSpan, Offer, WaitlistEntry
from waitlist.operations.ageing import rescore
from waitlist.operations.filling import fill_due
from waitlist.queries.candidates import candidates, free_time
from waitlist.queries.policy import the_policy
from waitlist.rules.matching import matches
from waitlist.rules.priority import FULL

SPANS, MATCHED, RESCORED, FIRSTS = 200, 100, 5, 5
UNDO_SECONDS, PATIENCE_SECONDS = 3, 30.0


def match_one(run: Run) -> Figures:
    """One freed time against everybody: the query, what is free, constraints, scores and turns."""
    with copied(run.site):
        _fill(run)
        spans = _freed(min(run.options.n, MATCHED))
        took, found = [], 0
        with one_practice():
            for span in spans:
                began = time.perf_counter()
                found += len(_line(span))
                took.append((time.perf_counter() - began) * 1000)
        return {**times(took), "matched": round(found / len(spans))}


def _line(span: FreedSpan) -> list:
    here, policy, now = the_practice(), the_policy(), clock.now()
    free = free_time(span, policy=policy, practice=here, now=now)
    people = candidates(span, practice=here, now=now)
    return matches(people, free.free, free.starts, threshold=policy.threshold)


def spans_200(run: Run) -> Figures:
    """So many visits cancelled at once, and every time looked at: held and offered where somebody fits."""
    with copied(run.site):
        _fill(run)
        _freed(SPANS)
        now, began, looked = clock.now(), time.perf_counter(), 0
        while fill_due(now):
            looked += 1
        took = time.perf_counter() - began
        doubled = _held_twice()
        return {
            "n": looked, "took_s": round(took, 2), "offers": Offer.objects.count(),
            "duplicates": doubled, "lost": SPANS - looked,
        }  # fmt: skip


def _held_twice() -> int:
    """Holds that share a provider and overlap; the database refuses them, so there are none."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM scheduling_appointment a JOIN scheduling_appointment b ON a.id < b.id "
            "AND a.provider_id = b.provider_id AND a.blocked && b.blocked "
            "WHERE a.state = 'held' AND b.state IN ('held', 'scheduled') "
            "AND NOT (a.overbooked_provider OR b.overbooked_provider)"
        )
        return cursor.fetchone()[0]


def rescore_all(run: Run) -> Figures:
    """Every priority of the list anew, all of them others than before."""
    with copied(run.site):
        _fill(run)
        took = []
        for _ in range(RESCORED):
            WaitlistEntry.objects.update(priority=FULL)
            began = time.perf_counter()
            changed = rescore(clock.now())
            took.append((time.perf_counter() - began) * 1000)
        return {**times(took), "entries": changed}


def first_offer_after_window(run: Run) -> Figures:
    """The desk cancels, with real workers and beat: from the end of the undo window until the carrier has the text."""
    with copied(run.site) as database, Children(run.folder) as children:
        _fill(run)
        outbox.clear()  # thousands of reminders are due as the clock opens; a number sends one text a second
        texts, book = carrier("standin", run, children)
        base = f"http://127.0.0.1:{free_port()}"
        workers.start(
            children, database, count=run.options.workers, public_base_url=base, carriers=twilio_at(texts)
        )
        each = (_seconds_to_text(book, visit) for visit in _ahead(2 * FIRSTS))
        took = list(islice((seconds for seconds in each if seconds is not None), FIRSTS))
        workers.stop(children)
    if len(took) < FIRSTS:
        raise CouldNotRun(f"Somebody was asked by text about {len(took)} of the times that were freed.")
    return {
        "n": len(took), "median_s": round(percentile(took, 0.5), 2), "most_s": round(max(took), 2),
    }  # fmt: skip


def _seconds_to_text(book, visit: Appointment) -> float | None:
    """None for a time that was looked at, and that nobody is asked about by text."""
    before = ledger.count(book)
    by = replace(practice.desk(), undo_seconds=UNDO_SECONDS)
    cancel(visit.pk, reason=CancelReason.CLIENT_REQUEST, by=by, notice=Notice.NONE)
    ends, patience = time.time() + UNDO_SECONDS, time.monotonic() + UNDO_SECONDS + PATIENCE_SECONDS
    while ledger.count(book) == before:
        looked_at = FreedSpan.objects.filter(appointment=visit, matched_at__isnull=False)
        if looked_at.exclude(offers__channel=Channel.SMS).exists():
            return None
        if time.monotonic() > patience:
            raise CouldNotRun("No offer reached the carrier; is it within the hours for messages?")
        time.sleep(0.02)
    return list(ledger.read(book))[before].at - ends


def _fill(run: Run) -> None:
    run.rows.update(practice.counted() | {"entries": waiting.fill()})


def _ahead(count: int) -> list[Appointment]:
    """Ordinary visits of different times, from the day after tomorrow on."""
    soon = clock.now() + dt.timedelta(days=2)
    visits = Appointment.objects.filter(
        state="scheduled", starts_at__gt=soon, series__isnull=False, type__in=waitable_types()
    )
    found = list(
        visits.filter(attendances__state="expected").distinct().order_by("starts_at", "pk")[: 4 * count : 4]
    )
    if len(found) < count:
        raise CouldNotRun(f"This practice has only {len(found)} such visits ahead.")
    return found


def _freed(count: int) -> list[FreedSpan]:
    for visit in _ahead(count):
        cancel(visit.pk, reason=CancelReason.CLIENT_REQUEST, by=SYSTEM, notice=Notice.NONE)
    return list(FreedSpan.objects.select_related("provider").order_by("pk")[:count])


BENCH = Bench(
    about="ten thousand people waiting: one time matched, 200 at once, all priorities, how soon a text is out",
    cases={
        "first_offer_after_window": first_offer_after_window,
        "match_one": match_one,
        "spans_200": spans_200,
        "rescore_all": rescore_all,
        **cases_timeoff.CASES,
    },
)
