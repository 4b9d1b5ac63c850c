"""In which zone somebody is told of a visit."""

from zoneinfo import ZoneInfo

from practice.models import Practice
from practice.states import Modality
from scheduling.models import Attendance


def zone_told(attendance: Attendance, practice: Practice) -> ZoneInfo:
    """The location's zone, where there is one to go to; by video or phone the client's own."""
    visit, own = attendance.appointment, attendance.client.zone
    place = visit.location.zone if visit.location else ""
    if visit.modality == Modality.IN_PERSON or not own:
        return ZoneInfo(place) if place else practice.tz
    return ZoneInfo(own)
