"""All benches by name. A new one is a file `cases_….py` with a BENCH, and a line here."""

from config.bench import (
    cases_booking_race,
    cases_calendar,
    cases_dispatch,
    cases_groups,
    cases_openings,
    cases_planning,
    cases_waitlist,
)
from config.bench.bench import Bench

BENCHES: dict[str, Bench] = {
    "openings": cases_openings.BENCH,
    "calendar": cases_calendar.BENCH,
    "booking-race": cases_booking_race.BENCH,
    "dispatch": cases_dispatch.BENCH,
    "groups": cases_groups.BENCH,
    "planning": cases_planning.BENCH,
    "waitlist": cases_waitlist.BENCH,
}
