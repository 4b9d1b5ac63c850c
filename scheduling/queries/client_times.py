"""When a client may move their own visit to: the openings of staff, with the notice and horizon of online booking.

Keeping apart is silent: such times are simply not there.
"""

import datetime as dt
from collections.abc import Sequence
from itertools import pairwise

from core.actors import SYSTEM
from core.walltime import ONE_DAY, day_bounds
from practice.models import Practice
from scheduling.models import Attendance
from scheduling.queries.openings import Search, find_openings
from scheduling.states import Source


def times_for(
    person: Attendance, *, first: dt.date, last: dt.date, practice: Practice, now: dt.datetime
) -> dict[dt.date, list[int]]:
    """{practice's date: epoch minutes, ascending}, only dates with any. Between minimum notice and horizon."""
    visit = person.appointment
    if visit.provider is None:
        return {}
    search = Search(
        type_id=visit.type_id,
        first=first,
        last=min(last, _horizon(practice, now)),
        providers=(visit.provider.public_id,),
        minutes=visit.minutes,
        client_ids=(person.client_id,),
        location_id=visit.location_id,
        room_id=visit.room_id,
        modality=visit.modality,
        source=Source.CLIENT,
        instead_of=visit.pk,
    )
    if search.last < first:
        return {}
    found = find_openings(search, by=SYSTEM, practice=practice, now=now).minutes.get(visit.provider.pk, [])
    return _by_day(found, search.days, practice)


def _by_day(minutes: Sequence[int], days: Sequence[dt.date], practice: Practice) -> dict[dt.date, list[int]]:
    midnights = [day_bounds(day, practice.tz)[0] for day in [*days, days[-1] + ONE_DAY]]
    parts = zip(days, pairwise(midnights), strict=True)
    by_day = {day: [m for m in minutes if start <= m < end] for day, (start, end) in parts}
    return {day: found for day, found in by_day.items() if found}


def _horizon(practice: Practice, now: dt.datetime) -> dt.date:
    return (now + dt.timedelta(days=practice.horizon_days)).astimezone(practice.tz).date()
