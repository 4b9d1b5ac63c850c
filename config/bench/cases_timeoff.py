"""A full provider's week off, looked at before it is approved: every visit with what could become of it."""

import datetime as dt
import time

from django.db import connection
from django.db.models import Count
from django.test.utils import CaptureQueriesContext

from availability.models import TimeOff
from config.bench import practice
from config.bench.bench import Case, Figures, Run
from config.bench.databases import copied
from config.bench.measure import times
from config.bench.trouble import CouldNotRun
from core import clock
from practice.models import Provider, User
from practice.queries import the_practice
from scheduling.models import Appointment
from scheduling.queries.dry_run import dry_run
from scheduling.states import AppointmentState

LOOKED = 20


def dry_run_week(run: Run) -> Figures:
    """Of the provider with the most visits in the week after next."""
    with copied(run.site):
        run.rows.update(practice.counted())
        row, here, now = _week_off(), the_practice(), clock.now()
        took, rows = [], []
        for _ in range(min(run.options.n, LOOKED)):
            began = time.perf_counter()
            rows = dry_run(row, practice=here, now=now)
            took.append((time.perf_counter() - began) * 1000)
        with CaptureQueriesContext(connection) as asked:
            dry_run(row, practice=here, now=now)
        proposals = sum(len(one.proposals) for one in rows)
        return {**times(took), "queries": len(asked), "visits": len(rows), "proposals": proposals}


def _week_off() -> TimeOff:
    today = practice.today()
    monday = today + dt.timedelta(days=14 - today.weekday())
    start = dt.datetime.combine(monday, dt.time(), the_practice().tz)
    end = start + dt.timedelta(days=7)
    booked = Appointment.objects.filter(
        starts_at__gte=start, starts_at__lt=end, state=AppointmentState.SCHEDULED
    )
    busiest = booked.values("provider").annotate(n=Count("pk")).order_by("-n", "provider").first()
    if busiest is None:
        raise CouldNotRun("Nobody has visits in that week.")
    desk = User.objects.get(email=practice.DESK)
    made = TimeOff.objects.create(
        provider=Provider.objects.get(pk=busiest["provider"]),
        kind="vacation",
        starts_at=start,
        ends_at=end,
        asked_at=clock.now(),
        asked_by=desk,
    )
    return TimeOff.objects.select_related("provider").get(pk=made.pk)


CASES: dict[str, Case] = {"dry_run_week": dry_run_week}
