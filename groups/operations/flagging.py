"""Sessions whose facilitator is away wait for somebody to decide. Derived from the hours, so nobody's act: no edition
rises, and what takes the absence away takes the flag along.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from availability.queries import hours_of_days
from groups.models import Meeting
from groups.states import Flag
from practice.queries import the_practice
from scheduling.models import Appointment
from scheduling.queries.problems import hours_of
from scheduling.rules.facts import Hours, overlap
from scheduling.states import AppointmentState


def look_at_absences(
    provider_ids: Collection[int], first: dt.date, last: dt.date | None, now: dt.datetime
) -> None:
    """last: None from then on. What somebody reported by hand stays."""
    zone = the_practice().tz
    since = max(dt.datetime.combine(first, dt.time(), zone), now)
    rows = Meeting.objects.filter(
        appointment__state=AppointmentState.SCHEDULED,
        appointment__provider__in=list(provider_ids),
        appointment__starts_at__gte=since,
        flag__in=(Flag.NONE, Flag.AWAY),
    ).select_related("appointment")
    if last is not None:
        until = dt.datetime.combine(last + dt.timedelta(days=1), dt.time(), zone)
        rows = rows.filter(appointment__starts_at__lt=until)
    meetings = list(rows)
    days = hours_of_days(_day(meeting.appointment, zone) for meeting in meetings)
    found = {
        meeting: _away(meeting.appointment, hours_of(days[_day(meeting.appointment, zone)]))
        for meeting in meetings
    }
    changed = [meeting for meeting, is_away in found.items() if is_away != (meeting.flag == Flag.AWAY)]
    for meeting in changed:
        meeting.flag = Flag.AWAY if found[meeting] else Flag.NONE
    Meeting.objects.bulk_update(changed, ["flag"])


def _day(visit: Appointment, zone: dt.tzinfo) -> tuple[int, dt.date]:
    return visit.provider_id or 0, visit.starts_at.astimezone(zone).date()


def _away(visit: Appointment, hours: Hours) -> bool:
    """Weekly hours are no absence: a group may meet outside them."""
    span = (visit.starts_at, visit.ends_at)
    return any(overlap((start, end), span) for start, end, _ in hours.closed)
