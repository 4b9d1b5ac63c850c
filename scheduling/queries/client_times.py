"""When a client may move their own visit to: the openings of staff, narrowed by what holds online.

Keeping apart is silent: such times are simply not there.
"""

import datetime as dt
from collections.abc import Sequence
from itertools import pairwise

from django.db.models import Q

from core.actors import SYSTEM
from core.intervals import Span, merge
from core.walltime import ONE_DAY, day_bounds, epoch_minutes, from_epoch_minutes
from practice.models import KeepApart, Practice
from scheduling.models import Appointment, Attendance
from scheduling.queries.openings import Search, find_openings
from scheduling.rules.client_times import WAITING_ROOM_MINUTES
from scheduling.states import UNCOUNTED


def times_for(
    person: Attendance, *, first: dt.date, last: dt.date, practice: Practice, now: dt.datetime
) -> dict[dt.date, list[int]]:
    """{practice's date: epoch minutes, ascending}, only dates with any. Between minimum notice and horizon."""
    visit = person.appointment
    if visit.provider is None or _is_kept_from_provider(person):
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
    )
    if search.last < first:
        return {}
    found = find_openings(search, by=SYSTEM, practice=practice, now=now).minutes.get(visit.provider.pk, [])
    soonest = epoch_minutes(now + dt.timedelta(minutes=practice.minimum_notice_minutes))
    apart = _apart(person, search, practice)
    free = [m for m in found if m >= soonest and not _meets(m, m + visit.minutes, apart)]
    return _by_day(free, search.days, practice)


def _by_day(minutes: Sequence[int], days: Sequence[dt.date], practice: Practice) -> dict[dt.date, list[int]]:
    midnights = [day_bounds(day, practice.tz)[0] for day in [*days, days[-1] + ONE_DAY]]
    parts = zip(days, pairwise(midnights), strict=True)
    by_day = {day: [m for m in minutes if start <= m < end] for day, (start, end) in parts}
    return {day: found for day, found in by_day.items() if found}


def _horizon(practice: Practice, now: dt.datetime) -> dt.date:
    return (now + dt.timedelta(days=practice.horizon_days)).astimezone(practice.tz).date()


def _is_kept_from_provider(person: Attendance) -> bool:
    visit = person.appointment
    pairs = KeepApart.objects.filter(client=person.client_id)
    return pairs.filter(provider__in=visit.people).exists()


def _apart(person: Attendance, search: Search, practice: Practice) -> list[Span]:
    """When somebody this client must not meet comes to the same place, with the time they may wait there."""
    if person.appointment.location_id is None:
        return []
    pairs = KeepApart.objects.filter(Q(client=person.client_id) | Q(other_client=person.client_id))
    others = {pk for pair in pairs.values_list("client_id", "other_client_id") for pk in pair}
    others -= {None, person.client_id}
    if not others:
        return []
    since, until = (day_bounds(day, practice.tz) for day in (search.first, search.last))
    visits = Appointment.objects.blocking().filter(
        location=person.appointment.location_id,
        starts_at__gte=from_epoch_minutes(since[0]) - ONE_DAY,
        starts_at__lt=from_epoch_minutes(until[1]),
        attendances__in=Attendance.objects.filter(client__in=others).exclude(state__in=UNCOUNTED),
    )
    margin = WAITING_ROOM_MINUTES
    return merge(
        (epoch_minutes(start) - margin, epoch_minutes(end) + margin)
        for start, end in visits.values_list("starts_at", "ends_at")
    )


def _meets(start: int, end: int, spans: Sequence[Span]) -> bool:
    return any(start < until and since < end for since, until in spans)
